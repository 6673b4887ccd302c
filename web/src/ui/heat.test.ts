import { expect, test } from "vitest";

import { gridMove, heatLevel, monthWeeks } from "./heat";
import { linePath } from "./sparkline";

test.each([
  [0, 10, 0],
  [1, 1000, 1],
  [1000, 1000, 4],
  [5, 0, 0],
])("%d of at most %d has strength %d", (value, highest, level) => {
  expect(heatLevel(value, highest)).toBe(level);
});

test("a month is whole weeks from the day that weeks begin with", () => {
  const monday = monthWeeks(2026, 11);
  expect(monday[0]?.[0]).toEqual({ key: "2026-10-26", day: 26, inside: false });
  expect(monday.at(-1)?.at(-1)?.key).toBe("2026-12-06");
  expect(monthWeeks(2026, 11, 7)[0]?.[0]).toEqual({ key: "2026-11-01", day: 1, inside: true });
  expect(
    monthWeeks(2024, 2)
      .flat()
      .filter((day) => day.inside),
  ).toHaveLength(29);
});

test("arrows stay inside the grid", () => {
  const size = { rows: 2, columns: 3 };
  expect(gridMove("ArrowUp", { row: 0, column: 1 }, size)).toEqual({ row: 0, column: 1 });
  expect(gridMove("End", { row: 1, column: 0 }, size)).toEqual({ row: 1, column: 2 });
  expect(gridMove("a", { row: 0, column: 0 }, size)).toBeUndefined();
});

test.each([
  [[1, 3, 2], "M0 10L5 0L10 5"],
  [[1, null, 2], "M0 10M10 0"],
  [[4, 4], "M0 5L10 5"],
  [[], ""],
])("the line through %j", (points, path) => {
  expect(linePath(points, { width: 10, height: 10 })).toBe(path);
});
