import { expect, it } from "vitest";

import type { RunBriefAnswer } from "@/api/generated";

import { barsOf, lastMoment, problemText, tally } from "./words";

const T = (seconds: number) => new Date(seconds * 1000).toISOString();
const run = (
  id: string,
  status: RunBriefAnswer["status"],
  seconds: number | null,
): RunBriefAnswer => ({
  id,
  status,
  submitted_at: T(0),
  started_at: seconds === null ? null : T(1),
  finished_at: seconds === null ? null : T(1 + seconds),
});

it("draws the oldest first, the longest highest, and what has not begun lowest", () => {
  const bars = barsOf(
    [run("c", "queued", null), run("b", "failed", 100), run("a", "succeeded", 1)],
    ({ id }, seconds) => `${id} ${seconds}`,
    0,
  );
  expect(bars.map(({ key, tone, label }) => [key, tone, label])).toEqual([
    ["a", "succeeded", "a 1.0 s"],
    ["b", "failed", "b 1 m 40 s"],
    ["c", "queued", "c "],
  ]);
  expect(bars[1]?.height).toBe(1);
  expect(bars[2]?.height).toBe(0.25);
  expect(bars[0]?.height).toBeGreaterThan(0.3);
  expect(bars[0]?.to).toEqual({ name: "run", params: { id: "a" } });
});

it("counts what ended well; cancelled runs say nothing", () => {
  const runs = [
    run("a", "succeeded", 1),
    run("b", "crashed", 1),
    run("c", "cancelled", 1),
    run("d", "queued", null),
  ];
  expect(tally(runs)).toEqual({ ended: 2, succeeded: 1 });
});

it("speaks of the latest moment that is known", () => {
  expect(lastMoment(run("a", "succeeded", 5))).toBe(T(6));
  expect(lastMoment(run("a", "queued", null))).toBe(T(0));
});

it("says where a problem is", () => {
  expect(problemText({ where: "python", line: 6, column: 1, message: "no" })).toBe("python:6: no");
  expect(problemText({ where: "", line: null, column: null, message: "no" })).toBe("no");
});
