/** Changes of the live stream, put into the list of tasks that is shown. */
import type { Change } from "@/api/changes";
import type { TaskItem } from "@/api/generated";

export const RECENT = 12;

/**
 * The same list with what is new in it (the very same where nothing is); `isStale` when the list
 * must be asked again: a task came, went, or was changed in a way that the filters may care about.
 */
export function patched(
  tasks: readonly TaskItem[],
  changes: readonly Change[],
): { tasks: readonly TaskItem[]; isStale: boolean } {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const news = new Map<string, TaskItem>();
  let isStale = false;
  const current = (id: string) => news.get(id) ?? byId.get(id);
  for (const change of changes) {
    if (change.kind === "task") {
      const task = current(change.object.id);
      if (!task || change.object.deleted_at || change.object.paused !== task.paused) isStale = true;
      if (task) news.set(task.id, { ...task, ...definedOf(change.object) });
    } else if (change.kind === "run") {
      const task = change.object.task_id ? current(change.object.task_id) : undefined;
      if (task && !change.object.draft) news.set(task.id, withRun(task, change.object));
    } else if (change.kind === "schedule") {
      const task = change.object.task_id ? current(change.object.task_id) : undefined;
      if (task) news.set(task.id, withSchedule(task, change.object));
    }
  }
  if (!news.size) return { tasks, isStale };
  return { tasks: tasks.map((task) => news.get(task.id) ?? task), isStale };
}

/** The stream's tasks carry no runs and no schedules: those stay as they are known. */
function definedOf(object: object): Partial<TaskItem> {
  const known = Object.entries(object).filter(
    ([name, value]) => value !== undefined && name !== "schedules" && name !== "recent_runs",
  );
  return Object.fromEntries(known) as Partial<TaskItem>;
}

function withRun(task: TaskItem, run: Extract<Change, { kind: "run" }>["object"]): TaskItem {
  const at = task.recent_runs.findIndex(({ id }) => id === run.id);
  const old = task.recent_runs[at];
  const brief = {
    id: run.id,
    status: run.status,
    submitted_at: run.submitted_at ?? old?.submitted_at ?? "",
    started_at: run.started_at ?? old?.started_at ?? null,
    finished_at: run.finished_at ?? old?.finished_at ?? null,
  };
  const others = task.recent_runs.filter(({ id }) => id !== run.id);
  // Ids begin with the moment of submission, so their order is that of the runs.
  const runs = [...others, brief].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, RECENT);
  return { ...task, recent_runs: runs };
}

function withSchedule(
  task: TaskItem,
  schedule: Extract<Change, { kind: "schedule" }>["object"],
): TaskItem {
  const others = task.schedules.filter(({ id }) => id !== schedule.id);
  if (schedule.deleted_at) return { ...task, schedules: others };
  const old = task.schedules.find(({ id }) => id === schedule.id);
  const now = {
    id: schedule.id,
    next_at: schedule.next_at !== undefined ? schedule.next_at : (old?.next_at ?? null),
    paused: schedule.paused ?? old?.paused ?? false,
  };
  return { ...task, schedules: [...others, now] };
}

/** The next fire of any of its schedules; null when none will come. */
export function nextFire(task: Pick<TaskItem, "schedules" | "paused">): string | null {
  const moments = task.schedules.flatMap(({ next_at, paused }) =>
    next_at && !paused ? [next_at] : [],
  );
  return moments.sort()[0] ?? null;
}
