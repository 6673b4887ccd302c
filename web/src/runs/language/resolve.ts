/** From what a filter means to what the API is asked, at a given time. */
import { BAD, type RunStatus } from "@/domain/status";

import type { RunFilter } from "../filter";

import type { FilterExpr, TimeKey } from "./grammar";
import { momentOf, type Clock } from "./moments";

const FIELDS: Record<TimeKey, "since" | "until" | "finished_since" | "finished_until"> = {
  since: "since",
  until: "until",
  finished: "finished_since",
  "finished-until": "finished_until",
};

/** The tasks with a `*` in them: they must be looked up before the API can be asked. */
export function patternsOf(expr: FilterExpr): string[] {
  return (expr.lists.task ?? []).filter((task) => task.includes("*"));
}

/** `*` stands for any characters; letters count as they are. */
export function globMatcher(pattern: string): (id: string) => boolean {
  const parts = pattern.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"));
  const regex = new RegExp(`^${parts.join(".*")}$`, "su");
  return (id) => regex.test(id);
}

/** `matched`: the ids that the patterns stand for. */
export function resolveFilter(
  { lists, times, text }: FilterExpr,
  clock: Clock,
  matched: readonly string[] = [],
): RunFilter {
  const filter: RunFilter = {};
  const { status, task, queue, project, label, executor, schedule } = lists;
  if (status?.length) {
    const words = status.flatMap((word) => (word === "bad" ? [...BAD] : [word]));
    filter.status = [...new Set(words)] as RunStatus[];
  }
  if (task?.length) {
    const exact = task.filter((id) => !id.includes("*"));
    const found = new Set([...exact, ...matched]);
    // Patterns that stand for no task let nothing through: no task is called like one.
    filter.task_id = found.size ? [...found] : [...task];
  }
  if (queue?.length) filter.queue = [...queue];
  if (project?.length) filter.project = [...project];
  if (label?.length) filter.label = [...label];
  if (executor?.length) filter.executor = [...executor];
  if (schedule?.length) filter.schedule_id = [...schedule];
  for (const [key, value] of Object.entries(times)) {
    const at = momentOf(value, clock);
    if (at !== undefined) filter[FIELDS[key as TimeKey]] = new Date(at).toISOString();
  }
  if (text) filter.q = text;
  return filter;
}
