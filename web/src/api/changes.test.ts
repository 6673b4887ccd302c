import { describe, expect, it } from "vitest";

import { newestOfEach, parseFrame, type Change } from "./changes";

describe("frames", () => {
  it.each([
    ['{"hello":{"seq":3}}', { hello: { seq: 3 } }],
    ['{"seq":1,"kind":"run","object":{"id":"a"}}', { seq: 1, kind: "run", object: { id: "a" } }],
    ["", undefined],
    ["{", undefined],
    ["null", undefined],
    ["7", undefined],
    ['"text"', undefined],
  ])("%s", (text, expected) => {
    expect(parseFrame(text)).toEqual(expected);
  });
});

it("keeps the newest change of each thing, in the order in which they came", () => {
  const change = (seq: number, kind: string, id: string) =>
    ({ seq, kind, object: kind === "queue" ? { name: id } : { id } }) as Change;
  const changes = [
    change(1, "run", "a"),
    change(2, "task", "a"),
    change(3, "queue", "q"),
    change(4, "run", "b"),
    change(5, "run", "a"),
    change(6, "queue", "q"),
  ];
  expect(newestOfEach(changes).map(({ seq }) => seq)).toEqual([2, 4, 5, 6]);
  expect(newestOfEach([])).toEqual([]);
});
