import { describe, expect, it } from "vitest";

import { replacement } from "./replace";

describe("the smallest replacement", () => {
  it.each([
    ["abc", "abc", null],
    ["a 1 c", "a 2 c", { from: 2, to: 3, insert: "2" }],
    ["aa", "aaa", { from: 2, to: 2, insert: "a" }],
    ["aaa", "a", { from: 1, to: 3, insert: "" }],
    ["", "x", { from: 0, to: 0, insert: "x" }],
    ["x", "", { from: 0, to: 1, insert: "" }],
  ])("of %j by %j", (before, after, expected) => {
    const found = replacement(before, after);
    expect(found).toEqual(expected);
    if (found) {
      expect(before.slice(0, found.from) + found.insert + before.slice(found.to)).toBe(after);
    }
  });
});
