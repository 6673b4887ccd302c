/** What failed, by task: the newest first, and whether the task has recovered since. Pure. */
import type { RunItem } from "@/api/generated";

export interface FailureGroup {
  /** The task, or the executor of runs that have none. */
  key: string;
  taskId: string | null;
  newest: RunItem;
  count: number;
  /** A later run of the task that succeeded. */
  recovered: RunItem | undefined;
}

const endOf = (run: RunItem): number => Date.parse(run.finished_at ?? run.submitted_at);

/** Groups in the order of their newest failure; those that have recovered come last. */
export function groupFailures(
  failed: readonly RunItem[],
  succeeded: readonly RunItem[] = [],
): FailureGroup[] {
  const groups = new Map<string, FailureGroup>();
  for (const run of failed) {
    const key = run.task_id ?? `(${run.executor})`;
    const group = groups.get(key);
    if (!group) {
      groups.set(key, { key, taskId: run.task_id, newest: run, count: 1, recovered: undefined });
      continue;
    }
    group.count += 1;
    if (endOf(run) > endOf(group.newest)) group.newest = run;
  }
  for (const run of succeeded) {
    const group = run.task_id === null ? undefined : groups.get(run.task_id);
    if (!group || endOf(run) <= endOf(group.newest)) continue;
    if (!group.recovered || endOf(run) > endOf(group.recovered)) group.recovered = run;
  }
  return [...groups.values()].sort(
    (one, other) =>
      Number(one.recovered !== undefined) - Number(other.recovered !== undefined) ||
      endOf(other.newest) - endOf(one.newest),
  );
}

/** The first moment after all of these, by the server's clock; undefined when there are none. */
export function momentAfter(failed: readonly RunItem[]): string | undefined {
  if (!failed.length) return undefined;
  // The server counts microseconds, a Date milliseconds: the next one is after either.
  return new Date(Math.max(...failed.map(endOf)) + 1).toISOString();
}
