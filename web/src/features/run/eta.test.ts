import { describe, expect, it } from "vitest";

import { remainingSeconds, roughly, withMark, type Mark } from "./eta";

const mark = (seconds: number, progress: number): Mark => ({ atMs: seconds * 1000, progress });

describe("the time that remains", () => {
  it.each<[string, Mark[], number, number | null]>([
    ["nothing was said", [], 60, null],
    ["it is too early", [mark(3, 50)], 3, null],
    ["there is hardly any progress", [mark(60, 0.5)], 60, null],
    ["it is done", [mark(60, 100)], 60, null],
    ["by the whole of it", [mark(20, 20)], 20, 80],
    ["less what went by since", [mark(20, 20)], 50, 50],
    ["it should have been over", [mark(20, 90)], 60, null],
    ["the last minute is faster", [mark(100, 10), mark(130, 40), mark(140, 50)], 140, 50],
    [
      "what is older than a minute doesn't count",
      [mark(10, 40), mark(100, 50), mark(110, 52)],
      110,
      240,
    ],
    ["two marks at once tell nothing", [mark(99, 10), mark(100, 50)], 100, 100],
  ])("%s", (_, marks, now, expected) => {
    const left = remainingSeconds(marks, 0, now * 1000);
    if (expected === null) expect(left).toBeNull();
    else expect(left).toBeCloseTo(expected);
  });
});

it("keeps the marks of a minute, and starts anew when progress falls", () => {
  const marks = [mark(0, 1), mark(50, 5), mark(100, 9)].reduce(withMark, [] as Mark[]);
  expect(marks).toEqual([mark(50, 5), mark(100, 9)]);
  expect(withMark(marks, mark(101, 9))).toEqual(marks);
  expect(withMark(marks, mark(101, 2))).toEqual([mark(101, 2)]);
});

it.each([
  [0.2, 1],
  [7.4, 7],
  [43, 45],
  [132, 130],
  [1295, 1320],
])("rounds %s s to %s s", (seconds, expected) => {
  expect(roughly(seconds)).toBe(expected);
});
