import { describe, expect, test } from "vitest";

import { ancestors, childPath, findJson, jsonRows } from "./jsonRows";

const value = { a: [1, { "b c": "needle" }], d: null };

describe("lines of a tree", () => {
  test("stand in reading order, open to the depth wanted", () => {
    const rows = jsonRows(value, { openTo: 1, chosen: new Map() });
    expect(rows.map((row) => [row.path, row.kind, row.open])).toEqual([
      ["$", "object", true],
      ["$.a", "array", false],
      ["$.d", "null", false],
    ]);
  });

  test("follow what the reader opened and closed", () => {
    const chosen = new Map([
      ["$.a", true],
      ["$.a[1]", true],
    ]);
    const paths = jsonRows(value, { openTo: 1, chosen }).map((row) => row.path);
    expect(paths).toEqual(["$", "$.a", "$.a[0]", "$.a[1]", '$.a[1]["b c"]', "$.d"]);
    expect(jsonRows(value, { openTo: 9, chosen: new Map([["$", false]]) })).toHaveLength(1);
  });

  test("survive a value that is deep or long", () => {
    let deep: unknown = 1;
    for (let level = 0; level < 20_000; level += 1) deep = [deep];
    expect(jsonRows(deep, { openTo: 100, chosen: new Map() })).toHaveLength(101);
    const long = Array.from({ length: 200_000 }, () => 0);
    const rows = jsonRows(long, { openTo: 1, chosen: new Map([["$", true]]) });
    expect(rows).toHaveLength(50_000);
  });
});

test("finds keys and values in any case", () => {
  expect(findJson(value, "NEEDLE")).toEqual(['$.a[1]["b c"]']);
  expect(findJson(value, "b c")).toEqual(['$.a[1]["b c"]']);
  expect(findJson(value, " ")).toEqual([]);
});

test("knows the way to a path, quotes and brackets within", () => {
  const path = childPath(childPath("$.a[0]", 'x"].y'), "z");
  expect(ancestors(path)).toEqual(["$", "$.a", "$.a[0]", String.raw`$.a[0]["x\"].y"]`]);
});
