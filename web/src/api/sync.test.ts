/** The cache follows the stream: patched at once, asked again not too often. */
import { QueryClient } from "@tanstack/vue-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Change } from "./changes";
import type { Live } from "./live";
import { keepInStep } from "./sync";

let queries: QueryClient;
let tell: (changes: Change[]) => void;
let gap: () => void;
let stop: () => void;

const key = (_id: string, more: object = {}) => [{ _id, baseUrl: "", ...more }];
const run = (id: string, more: object = {}): Change =>
  ({ seq: 1, kind: "run", object: { id, status: "running", ...more } }) as Change;
const isAskedAgain = (_id: string, more: object = {}) =>
  queries.getQueryState(key(_id, more))?.isInvalidated;

beforeEach(() => {
  vi.useFakeTimers();
  queries = new QueryClient();
  const live = {
    onChanges: (listener: typeof tell) => ((tell = listener), () => (tell = () => undefined)),
    onGap: (listener: typeof gap) => ((gap = listener), () => (gap = () => undefined)),
  } as unknown as Live;
  stop = keepInStep(queries, live);
});

afterEach(() => {
  stop();
  vi.useRealTimers();
});

describe("what is known is patched at once", () => {
  it("in lists, in lists of pages and on the run's own page", () => {
    const page = { items: [{ id: "a", status: "queued", message: null }, { id: "b" }] };
    queries.setQueryData(key("listRuns", { query: { limit: 5 } }), page);
    queries.setQueryData(key("listRuns", { _infinite: true }), {
      pages: [page],
      pageParams: [null],
    });
    queries.setQueryData(key("readRun", { path: { run_id: "a" } }), {
      id: "a",
      status: "queued",
      attempts: [],
    });
    tell([run("a", { message: "half" })]);
    const row = { id: "a", status: "running", message: "half" };
    expect(queries.getQueryData(key("listRuns", { query: { limit: 5 } }))).toEqual({
      items: [row, { id: "b" }],
    });
    expect(queries.getQueryData(key("listRuns", { _infinite: true }))).toEqual({
      pages: [{ items: [row, { id: "b" }] }],
      pageParams: [null],
    });
    expect(queries.getQueryData(key("readRun", { path: { run_id: "a" } }))).toEqual({
      ...row,
      attempts: [],
    });
    expect(isAskedAgain("readRun", { path: { run_id: "a" } })).toBe(true);
  });

  it("touches nothing that has not changed", () => {
    const page = { items: [{ id: "a", status: "queued" }] };
    queries.setQueryData(key("listRuns"), page);
    const before = queries.getQueryData(key("listRuns"));
    tell([run("other"), { seq: 2, kind: "queue", object: { name: "q" } }]);
    expect(queries.getQueryData(key("listRuns"))).toBe(before);
  });

  it("asks for a run again when its state changes, not for each step of its progress", () => {
    queries.setQueryData(key("readRun"), { id: "a", status: "running", attempt: 1, progress: 1 });
    tell([run("a", { attempt: 1, progress: 50 })]);
    expect(isAskedAgain("readRun")).toBe(false);
    tell([run("a", { attempt: 2 })]);
    expect(isAskedAgain("readRun")).toBe(true);
  });
});

describe("what depends on it is asked again", () => {
  const CASES: [Change, string[], string[]][] = [
    [run("a"), ["listRuns", "countRuns", "listQueues", "readTimeline"], ["readTask"]],
    [{ seq: 1, kind: "task", object: { id: "t" } }, ["listTasks", "readTask"], ["listRuns"]],
    [{ seq: 1, kind: "queue", object: { name: "q" } }, ["listQueues"], ["listTasks"]],
    [
      { seq: 1, kind: "schedule", object: { id: "s" } },
      ["listSchedules", "listUpcoming"],
      ["listRuns"],
    ],
  ];

  it.each(CASES)("%j", async (change, concerned, others) => {
    for (const name of [...concerned, ...others]) queries.setQueryData(key(name), { items: [] });
    tell([change]);
    expect(concerned.map((name) => isAskedAgain(name))).not.toContain(true);
    await vi.advanceTimersByTimeAsync(300);
    expect(concerned.map((name) => isAskedAgain(name))).not.toContain(false);
    expect(others.map((name) => isAskedAgain(name))).not.toContain(true);
  });

  it("at most every two seconds while changes go on", async () => {
    let asked = 0;
    queries.setQueryData(key("countRuns"), {});
    queries.getQueryCache().subscribe((event) => {
      if (event.type === "updated" && event.action.type === "invalidate") asked += 1;
    });
    for (let count = 0; count < 100; count += 1) {
      tell([run("a")]);
      await vi.advanceTimersByTimeAsync(100);
      queries.setQueryData(key("countRuns"), { count });
    }
    expect(asked).toBeGreaterThanOrEqual(4);
    expect(asked).toBeLessThanOrEqual(6);
  });

  it("but not the pages of a list that is scrolled", async () => {
    queries.setQueryData(key("listRuns", { _infinite: true }), { pages: [], pageParams: [] });
    tell([run("a")]);
    await vi.advanceTimersByTimeAsync(300);
    expect(isAskedAgain("listRuns", { _infinite: true })).toBe(false);
  });
});

it("asks for everything after a gap", () => {
  for (const name of ["readTask", "listExamples"]) queries.setQueryData(key(name), {});
  gap();
  expect(["readTask", "listExamples"].map((name) => isAskedAgain(name))).toEqual([true, true]);
});

it("does nothing more once it is stopped", async () => {
  queries.setQueryData(key("countRuns"), {});
  tell([run("a")]);
  stop();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(isAskedAgain("countRuns")).toBe(false);
});
