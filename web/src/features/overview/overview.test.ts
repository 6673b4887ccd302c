/** The pure parts: failures by task, rows that linger, lanes and bars, curves, next fires. */
import { describe, expect, test } from "vitest";

import type { RunSpanAnswer, TaskItem } from "@/api/generated";
import { sampleRun } from "@/runs/sample";

import { curvePath } from "./curve";
import { groupFailures, momentAfter } from "./failures";
import { nextFires } from "./fires";
import { settle, type Lingering } from "./lingering";
import { barsOf, lanesOf, OTHERS } from "./spans";
import { isEmpty } from "./useFirstVisit";

const at = (minute: number) => `2026-11-22T10:${String(minute).padStart(2, "0")}:00Z`;
const ended = (id: string, task: string | null, minute: number) =>
  sampleRun({ id, task_id: task, executor: "shell", status: "failed", finished_at: at(minute) });

describe("failures", () => {
  test("stand by task, the newest first, with the newest run of each", () => {
    const groups = groupFailures([
      ended("a", "crawl", 1),
      ended("b", "report", 2),
      ended("c", "crawl", 5),
      ended("d", null, 3),
    ]);
    expect(groups.map(({ key, count, newest }) => [key, count, newest.id])).toEqual([
      ["crawl", 2, "c"],
      ["(shell)", 1, "d"],
      ["report", 1, "b"],
    ]);
  });

  test("a task that succeeded later works again and comes last; an earlier success says nothing", () => {
    const groups = groupFailures(
      [ended("a", "crawl", 5), ended("b", "report", 2)],
      [ended("c", "crawl", 8), ended("d", "crawl", 9), ended("e", "report", 1)],
    );
    expect(groups.map(({ key, recovered }) => [key, recovered?.id])).toEqual([
      ["report", undefined],
      ["crawl", "d"],
    ]);
  });

  test("what was seen ends after the newest, whatever the browser's clock says", () => {
    expect(momentAfter([])).toBeUndefined();
    const run = { ...ended("a", "crawl", 1), finished_at: "2026-11-22T10:01:00.123999Z" };
    expect(momentAfter([ended("b", "crawl", 0), run])).toBe("2026-11-22T10:01:00.124Z");
  });
});

describe("rows that end", () => {
  // Small letters belong here; capitals have ended.
  const rows = (text: string) =>
    [...text].map((letter) => ({ id: letter.toLowerCase(), ended: letter < "a" }));
  const ids = (shown: readonly Lingering<{ id: string }>[]) =>
    shown.map(({ row, goneMs }) => (goneMs === undefined ? row.id : row.id.toUpperCase())).join("");
  const belongs = ({ ended: over }: { ended: boolean }) => !over;
  const steps: [string, number, boolean, string][] = [
    ["abc", 0, false, "abc"],
    // `b` has ended and keeps its place, also when the list forgets it; `d` comes below.
    ["daBc", 1_000, false, "aBcd"],
    ["dac", 4_999, false, "aBcd"],
    ["dac", 5_000, true, "aBcd"],
    ["dac", 5_001, false, "acd"],
    ["dca", 6_000, false, "acd"],
    // What became of `a` and `c` is not known.
    ["d", 7_000, false, "d"],
    ["DE", 8_000, false, "D"],
    ["d", 9_000, false, "d"],
  ];
  test("stay at their place for a while, or as long as they are held", () => {
    let shown: Lingering<{ id: string; ended: boolean }>[] = [];
    for (const [fresh, nowMs, held, expected] of steps) {
      shown = settle(shown, rows(fresh), { belongs, nowMs, keepMs: 4_000, held });
      expect(ids(shown)).toBe(expected);
    }
  });
});

describe("the timeline", () => {
  const span = (task: string, fields: Partial<RunSpanAnswer> = {}): RunSpanAnswer => ({
    id: `run-${task}`,
    task_id: task,
    executor: "script",
    queue: "q",
    status: "succeeded",
    submitted_at: at(0),
    started_at: at(1),
    finished_at: at(2),
    ...fields,
  });

  test("has the busiest tasks as lanes by name, the rest share the last", () => {
    const runs = ["z", "z", "b", "b", "c", "d"].map((task) => span(task));
    const { lanes, laneOf, others } = lanesOf(runs, "task", 3);
    expect(lanes.map(({ id }) => id)).toEqual(["b", "z", OTHERS]);
    expect(others).toBe(2);
    expect([laneOf(span("z")), laneOf(span("d"))]).toEqual(["z", OTHERS]);
  });

  test("needs no lane for the rest when all fit", () => {
    expect(lanesOf([span("b"), span("a")], "task", 2)).toMatchObject({
      lanes: [{ id: "a" }, { id: "b" }],
      others: 0,
    });
    expect(lanesOf([span("b"), span("a")], "queue").lanes).toEqual([{ id: "q", label: "q" }]);
  });

  test("shows waiting from the submission on, running without end, and nothing of what is planned", () => {
    const bars = barsOf(
      [
        span("a"),
        span("b", { status: "running", finished_at: null }),
        span("c", { status: "queued", started_at: null, finished_at: null }),
        span("d", { status: "scheduled", started_at: null, finished_at: null }),
      ],
      (run) => run.queue,
      (run) => run.status,
    );
    expect(bars.map(({ label, start, end, tone }) => [label, start, end, tone])).toEqual([
      ["a", Date.parse(at(1)), Date.parse(at(2)), "succeeded"],
      ["b", Date.parse(at(1)), null, "running"],
      ["c", Date.parse(at(0)), null, "queued"],
    ]);
  });
});

describe("a curve", () => {
  const box = { width: 100, height: 10, top: 50, fromMs: 1_000, toMs: 2_000 };
  const path = (...points: [number, number][]) =>
    curvePath(
      points.map(([atMs, value]) => ({ atMs, value })),
      box,
      300,
    );
  test("lies on its scale, leaves out what is outside, and is cut to it", () => {
    expect(path([900, 1], [1_000, 0], [1_200, 25], [1_400, 99], [2_100, 1])).toBe(
      "M0.0 10.0L20.0 5.0L40.0 0.0",
    );
  });
  test("breaks where nothing was measured", () => {
    expect(path([1_000, 0], [1_500, 0])).toBe("M0.0 10.0M50.0 10.0");
  });
});

test("the next fires come from all schedules of the tasks, without those at rest", () => {
  const task = (id: string, paused: boolean, ...schedules: TaskItem["schedules"]) =>
    ({ id, paused, schedules }) as TaskItem;
  const plan = (id: string, next_at: string | null, paused = false) => ({ id, next_at, paused });
  const fires = nextFires(
    [
      task("a", false, plan("a:daily", at(30)), plan("a:default", at(10)), plan("a:x", null)),
      task("b", true, plan("b-own", at(20)), plan("b:rest", at(1), true)),
    ],
    5,
  );
  expect(fires.map(({ taskId, name, taskPaused }) => [taskId, name, taskPaused])).toEqual([
    ["a", "", false],
    ["b", "b-own", true],
    ["a", "daily", false],
  ]);
});

test("an installation is empty without tasks and without runs", () => {
  expect(isEmpty({ tasks: 0, runs: { queued: 0, failed: 0 } })).toBe(true);
  expect(isEmpty({ tasks: 1, runs: { queued: 0 } })).toBe(false);
  expect(isEmpty({ tasks: 0, runs: { queued: 0, failed: 1 } })).toBe(false);
});
