import { describe, expect, it } from "vitest";

import type { RunAnswer } from "@/api/generated";

import { at, makeAttempt, makeRun, NOON } from "./making";
import { placeOf, scaleOf, spansOf } from "./timings";

/** kind, from and to in seconds after the submission. */
const told = (run: RunAnswer) =>
  spansOf(run).map(({ kind, fromMs, toMs }) => [
    kind,
    (fromMs - NOON) / 1000,
    toMs === null ? null : (toMs - NOON) / 1000,
  ]);

describe("what the time was spent on", () => {
  it("is waiting, starting, the attempt", () => {
    expect(told(makeRun({ attempts: [makeAttempt()] }))).toEqual([
      ["waiting", 0, 1],
      ["starting", 1, 2],
      ["attempt", 2, 11],
    ]);
  });

  it("knows a run that was not due yet", () => {
    const later = { not_before: at(60), started_at: at(62), finished_at: at(80) };
    const attempts = [makeAttempt({ started_at: at(62), finished_at: at(80) })];
    expect(told(makeRun({ ...later, attempts }))).toEqual([
      ["delay", 0, 60],
      ["waiting", 60, 62],
      ["attempt", 62, 80],
    ]);
    const not_yet = { status: "scheduled", started_at: null, finished_at: null } as const;
    expect(told(makeRun({ ...not_yet, not_before: at(60) }))).toEqual([["delay", 0, null]]);
  });

  it("knows a run that waits for its place, and one that was cancelled while it waited", () => {
    const waits = { status: "queued", started_at: null, finished_at: null } as const;
    expect(told(makeRun(waits))).toEqual([["waiting", 0, null]]);
    const gone = { status: "cancelled", started_at: null, finished_at: at(9) } as const;
    expect(told(makeRun(gone))).toEqual([["waiting", 0, 9]]);
    expect(told(makeRun({ ...gone, not_before: at(60) }))).toEqual([["delay", 0, 9]]);
  });

  it("shows the wait before a retry, also while it lasts, whatever its backoff overwrote", () => {
    const attempts = [
      makeAttempt({ finished_at: at(10), status: "failed" }),
      makeAttempt({ number: 2, started_at: at(30), finished_at: at(40), status: "failed" }),
    ];
    const run = makeRun({ status: "retrying", finished_at: null, not_before: at(90), attempts });
    expect(told(run)).toEqual([
      ["waiting", 0, 1],
      ["starting", 1, 2],
      ["attempt", 2, 10],
      ["backoff", 10, 30],
      ["attempt", 30, 40],
      ["backoff", 40, null],
    ]);
  });

  it("has no delay when the first attempt failed and its retry is awaited", () => {
    const attempts = [makeAttempt({ finished_at: at(10), status: "failed" })];
    const run = makeRun({ status: "retrying", finished_at: null, not_before: at(90), attempts });
    expect(told(run)[0]).toEqual(["waiting", 0, 1]);
  });
});

describe("the scale", () => {
  it("ends with the run, or now", () => {
    expect(scaleOf(makeRun(), NOON + 99_000).toMs).toBe(NOON + 11_000);
    const running = makeRun({ status: "running", finished_at: null });
    expect(scaleOf(running, NOON + 99_000)).toEqual({ fromMs: NOON, toMs: NOON + 99_000 });
  });

  it("is never empty, and places stay on it", () => {
    const instant = makeRun({ finished_at: at(0) });
    const scale = scaleOf(instant, NOON);
    expect(scale.toMs).toBeGreaterThan(scale.fromMs);
    const place = placeOf({ kind: "waiting", fromMs: NOON - 5, toMs: NOON + 5_000 }, scale);
    expect(place).toEqual({ left: 0, width: 100 });
    const open = { fromMs: 0, toMs: 100 };
    expect(placeOf({ kind: "attempt", fromMs: 25, toMs: null }, open)).toEqual({
      left: 25,
      width: 75,
    });
  });
});
