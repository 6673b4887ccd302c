/** Which runs, as the API is asked, and whether a given run is one of them. */
import type { ListRunsData, RunItem } from "@/api/generated";
import { GROUPS, type RunStatus } from "@/domain/status";

/** All that is given must hold; within one list any value does (every one for `label`). */
export type RunFilter = Omit<NonNullable<ListRunsData["query"]>, "limit" | "cursor">;

/** The statuses that a filter lets through; undefined for all. Groups become their members. */
export function statusesOf(filter: RunFilter): ReadonlySet<RunStatus> | undefined {
  const asked = [filter.status ?? []].flat();
  if (!asked.length) return undefined;
  return new Set(asked.flatMap((word) => GROUPS[word] ?? [word as RunStatus]));
}

/** The server's own rules, so that a run that comes by the stream finds its place without asking. */
export function runMatcher(filter: RunFilter): (run: RunItem) => boolean {
  const statuses = statusesOf(filter);
  const text = filter.q?.toLowerCase();
  const time = (at: string | null | undefined) => (at ? Date.parse(at) : undefined);
  const [since, until] = [time(filter.since), time(filter.until)];
  const [endedSince, endedUntil] = [time(filter.finished_since), time(filter.finished_until)];
  const oneOf = (allowed: readonly string[] | undefined, value: string | null) =>
    !allowed?.length || (value !== null && allowed.includes(value));
  return (run) =>
    (!statuses || statuses.has(run.status)) &&
    oneOf(filter.task_id, run.task_id) &&
    oneOf(filter.queue, run.queue) &&
    oneOf(filter.project, run.project) &&
    oneOf(filter.executor, run.executor) &&
    oneOf(filter.schedule_id, run.schedule_id) &&
    (filter.label ?? []).every((label) => run.labels.includes(label)) &&
    isWithin(run.submitted_at, since, until) &&
    isWithin(run.finished_at, endedSince, endedUntil) &&
    (!text ||
      [run.task_id, run.message, run.id].some((one) => one?.toLowerCase().includes(text) ?? false));
}

/** `from` <= at < `to`; what has no time lies in no span that has a border. */
function isWithin(at: string | null, from: number | undefined, to: number | undefined): boolean {
  if (from === undefined && to === undefined) return true;
  if (at === null) return false;
  const ms = Date.parse(at);
  return (from === undefined || ms >= from) && (to === undefined || ms < to);
}
