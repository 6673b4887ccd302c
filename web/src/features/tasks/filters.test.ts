import { expect, it } from "vitest";

import {
  apiQuery,
  countOf,
  isNarrowed,
  readFilters,
  writeFilters,
  type TaskFilters,
} from "./filters";

const nothing = readFilters({});

it("reads an address back as it was written", () => {
  const filters: TaskFilters = {
    ...nothing,
    q: "nightly report",
    view: "paused",
    lastStatus: ["failed", "crashed"],
    sort: { id: "last", desc: true },
    queue: "gpu",
    label: "a,b",
  };
  const query = writeFilters(filters);
  expect(query).toEqual({
    q: "nightly report",
    view: "paused",
    last: "failed,crashed",
    sort: "-last",
    queue: "gpu",
    label: "a,b",
  });
  expect(readFilters(query as Record<string, string>)).toEqual(filters);
  expect(writeFilters(nothing)).toEqual({});
});

it("leaves nonsense in an address alone", () => {
  const found = readFilters({ view: "odd", last: "failed,odd", sort: "-odd", queue: ["a", "b"] });
  expect(found).toEqual({ ...nothing, lastStatus: ["failed"], queue: "a" });
});

it("asks the API for what the reader means", () => {
  expect(apiQuery(nothing)).toEqual({});
  expect(apiQuery({ ...nothing, view: "failing" })).toEqual({
    last_status: ["failed", "timed_out", "crashed"],
  });
  expect(apiQuery({ ...nothing, view: "failing", lastStatus: ["crashed"] })).toEqual({
    last_status: ["crashed"],
  });
  expect(
    apiQuery({
      ...nothing,
      q: " x ",
      view: "broken",
      sort: { id: "next", desc: true },
      owner: "ann",
    }),
  ).toEqual({ q: "x", broken: true, sort: "-next_at", owner: "ann" });
});

it("counts what narrows the list", () => {
  expect(isNarrowed(nothing)).toBe(false);
  expect(isNarrowed({ ...nothing, q: "  " })).toBe(false);
  expect(isNarrowed({ ...nothing, view: "paused" })).toBe(true);
  expect(countOf({ ...nothing, queue: "a", lastStatus: ["failed"] })).toBe(2);
});
