import { describe, expect, test } from "vitest";

import { fitColumns, movedTo, nextSort, rowShift, toggled } from "./dataTable";

const column = (id: string, priority: number) => ({ id, header: id, minWidth: 100, priority });

describe("columns of a narrow table", () => {
  const columns = [column("a", 0), column("b", 2), column("c", 1), column("d", 2)];

  test.each([
    [400, "abcd"],
    [399, "abc"],
    [299, "ac"],
    [150, "a"],
    [10, "a"],
    [0, "abcd"],
  ])("%d pixels hold %s", (width, kept) => {
    expect(
      fitColumns(columns, width)
        .map((one) => one.id)
        .join(""),
    ).toBe(kept);
  });
});

test("a header's clicks go up, down, off", () => {
  const up = nextSort(null, "a");
  expect(up).toEqual({ id: "a", desc: false });
  const down = nextSort(up, "a");
  expect(down).toEqual({ id: "a", desc: true });
  expect(nextSort(down, "a")).toBeNull();
  expect(nextSort(down, "b")).toEqual({ id: "b", desc: false });
});

describe("selection", () => {
  const keys = ["a", "b", "c", "d"];

  test("one row turns", () => {
    expect([...toggled(new Set(["a"]), keys, { at: 0, from: null })]).toEqual([]);
  });

  test("a range takes the state of the clicked row, upwards, too", () => {
    expect([...toggled(new Set(["d"]), keys, { at: 1, from: 3 })].sort()).toEqual(["b", "c", "d"]);
    expect([...toggled(new Set(keys), keys, { at: 2, from: 0 })]).toEqual(["d"]);
  });
});

describe("how far the reader's rows moved", () => {
  const shift = (wanted: string, after: string) =>
    rowShift(
      [...wanted].map((key, index) => ({ key, index })),
      after.length,
      (index) => after[index] ?? "",
    );

  test.each([
    ["abc", "xyabc", 2],
    ["abc", "bc", -1],
    ["abc", "abc", 0],
    ["abc", "xyz", 0],
    ["abc", "", 0],
  ])("%s to %s: %d", (before, after, rows) => {
    expect(shift(before, after)).toBe(rows);
  });
});

test.each([
  ["ArrowDown", 9],
  ["j", 9],
  ["k", 7],
  ["PageDown", 9],
  ["PageUp", 3],
  ["Home", 0],
  ["End", 9],
  ["x", undefined],
])("%s leads from row 8 of 10 to %s", (key, to) => {
  expect(movedTo(key, 8, { count: 10, page: 5 })).toBe(to);
});
