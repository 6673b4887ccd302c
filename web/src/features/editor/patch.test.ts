import { describe, expect, it } from "vitest";

import { applied, orNull, patchOf, together } from "./patch";

describe("patches of settings", () => {
  it.each([
    [{ a: 1 }, { a: 1 }, {}],
    [{ a: 1 }, { a: 2 }, { a: 2 }],
    [{ a: 1, b: 2 }, { b: 2 }, { a: null }],
    [{ t: { x: 1, y: 2 } }, { t: { x: 3 } }, { t: { x: 3, y: null } }],
    [{ t: 5 }, { t: { x: 3 } }, { t: { x: 3 } }],
    [{ t: { x: 3 } }, { t: 5 }, { t: 5 }],
    [{ l: [1, 2] }, { l: [2] }, { l: [2] }],
    [{}, { t: { x: {} } }, { t: { x: {} } }],
  ])("from %j to %j", (before, after, patch) => {
    expect(patchOf(before, after)).toEqual(patch);
    expect(applied(before, patch)).toEqual(after);
  });

  it("that come one after the other are one", () => {
    const before = { title: "a", env: { A: "1", B: "2" } };
    const first = { env: { A: null, C: "3" }, title: "b" };
    const second = { env: { C: "4" }, queue: "q", title: null };
    expect(applied(before, together(first, second))).toEqual(
      applied(applied(before, first), second),
    );
  });

  it("do not change what they are applied to", () => {
    const before = { env: { A: "1" } };
    applied(before, { env: { A: null } });
    expect(before).toEqual({ env: { A: "1" } });
  });

  it.each([
    ["", null],
    [[], null],
    [{}, null],
    [undefined, null],
    [0, 0],
    [false, false],
    ["x", "x"],
  ])("%j is written as %j", (value, expected) => {
    expect(orNull(value)).toEqual(expected);
  });
});
