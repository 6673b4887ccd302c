import { expect, it } from "vitest";

import type { Change } from "@/api/changes";
import type { TaskItem } from "@/api/generated";

import { nextFire, patched, RECENT } from "./patching";

const task = (id: string, more: Partial<TaskItem> = {}): TaskItem =>
  ({
    id,
    paused: false,
    deleted_at: null,
    recent_runs: [],
    schedules: [],
    ...more,
  }) as unknown as TaskItem;
const run = (id: string, more: object): Change =>
  ({ seq: 1, kind: "run", object: { id, ...more } }) as Change;

it("shows a run as it goes on, once, newest first", () => {
  const start = [task("a"), task("b")];
  const one = patched(start, [
    run("r1", { task_id: "a", status: "queued", submitted_at: "T1" }),
    run("r2", { task_id: "a", status: "running", submitted_at: "T2", started_at: "S2" }),
    run("r1", { task_id: "a", status: "succeeded", submitted_at: "T1", finished_at: "F1" }),
  ]);
  expect(one.isStale).toBe(false);
  expect(one.tasks[0]?.recent_runs.map(({ id, status }) => [id, status])).toEqual([
    ["r2", "running"],
    ["r1", "succeeded"],
  ]);
  expect(one.tasks[1]).toBe(start[1]);
});

it("keeps only as many runs as are shown, and no drafts", () => {
  const changes = Array.from({ length: 20 }, (_, at) =>
    run(`r${String(at).padStart(2, "0")}`, { task_id: "a", status: "succeeded" }),
  );
  const draft = run("r99", { task_id: "a", status: "succeeded", draft: true });
  const [after] = patched([task("a")], [...changes, draft]).tasks;
  expect(after?.recent_runs).toHaveLength(RECENT);
  expect(after?.recent_runs[0]?.id).toBe("r19");
});

it("is the same list when nothing of it changed", () => {
  const start = [task("a")];
  const result = patched(start, [run("r", { task_id: "other", status: "queued" })]);
  expect(result).toEqual({ tasks: start, isStale: false });
  expect(result.tasks).toBe(start);
});

it("takes a task's change, and asks again when the filters may care", () => {
  const change = (object: object): Change => ({ seq: 1, kind: "task", object }) as Change;
  const start = [task("a", { recent_runs: [{ id: "r" }] as never })];
  const edited = patched(start, [change({ id: "a", paused: false, version: 2, schedules: [] })]);
  expect(edited.isStale).toBe(false);
  expect(edited.tasks[0]).toMatchObject({ version: 2, recent_runs: [{ id: "r" }] });
  expect(patched(start, [change({ id: "a", paused: true })]).isStale).toBe(true);
  expect(patched(start, [change({ id: "new", paused: false })]).isStale).toBe(true);
  expect(patched(start, [change({ id: "a", paused: false, deleted_at: "T" })]).isStale).toBe(true);
});

it("moves the next fire", () => {
  const change = (object: object): Change => ({ seq: 1, kind: "schedule", object }) as Change;
  const start = [task("a", { schedules: [{ id: "s", next_at: "2026-02", paused: false }] })];
  const [moved] = patched(start, [change({ id: "s", task_id: "a", next_at: "2026-03" })]).tasks;
  expect(moved && nextFire(moved)).toBe("2026-03");
  const [gone] = patched(start, [change({ id: "s", task_id: "a", deleted_at: "T" })]).tasks;
  expect(gone && nextFire(gone)).toBeNull();
  expect(
    nextFire({
      paused: false,
      schedules: [
        { id: "x", next_at: "2026-01", paused: true },
        { id: "y", next_at: "2026-05", paused: false },
        { id: "z", next_at: "2026-04", paused: false },
      ],
    }),
  ).toBe("2026-04");
});
