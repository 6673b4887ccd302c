import { describe, expect, test } from "vitest";

import type { RunStatus } from "@/api/generated";

import { freeId, inOrder, NEW_TOUR, statesOf, STEPS, type Tour } from "./tour";

describe("how far the tour is", () => {
  const made = { ...NEW_TOUR, taskId: "hello" };
  const run = { ...made, runId: "r1" };
  const cases: [Tour, RunStatus | undefined, string][] = [
    [NEW_TOUR, undefined, "current later later later"],
    [made, undefined, "done current later later"],
    [run, undefined, "done done current later"],
    [run, "running", "done done current later"],
    [run, "failed", "done done done current"],
    [{ ...run, scheduleId: "s" }, "succeeded", "done done done done"],
    [{ ...run, withoutSchedule: true }, "succeeded", "done done done done"],
    // Run once more after the last step: what is watched is current again.
    [{ ...run, scheduleId: "s" }, "running", "done done current done"],
  ];
  test.each(cases)("%o with a run that is %s", (tour, status, expected) => {
    const states = statesOf(tour, status);
    expect(STEPS.map((step) => states[step]).join(" ")).toBe(expected);
  });
});

test("the name of an example gets a number when it is taken", () => {
  expect(freeId("hello", new Set(["other"]))).toBe("hello");
  expect(freeId("hello", new Set(["hello", "hello_2", "hello_4"]))).toBe("hello_3");
});

test("the best example comes first, the others stay in order", () => {
  const ids = inOrder(["minimal", "steps", "hello", "plain"].map((id) => ({ id })));
  expect(ids.map(({ id }) => id)).toEqual(["hello", "minimal", "steps", "plain"]);
  expect(inOrder([{ id: "a" }, { id: "b" }])).toEqual([{ id: "a" }, { id: "b" }]);
});
