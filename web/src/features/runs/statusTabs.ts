/** The quick choices by status over the list, and their numbers. */
import type { RunCountsAnswer } from "@/api/generated";
import { BAD, GROUPS, WAITING, type RunStatus } from "@/domain/status";
import type { FilterExpr } from "@/runs/language";
import type { DataTone } from "@/ui/tones";

export interface StatusTab {
  id: string;
  /** A message key. */
  label: string;
  /** What the filter says; empty for all. */
  status: readonly string[];
  tone?: DataTone;
}

export const STATUS_TABS: readonly StatusTab[] = [
  { id: "all", label: "runs.all", status: [] },
  { id: "waiting", label: "runs.waiting", status: ["waiting"], tone: "queued" },
  { id: "running", label: "domain.status.running", status: ["running"], tone: "running" },
  { id: "succeeded", label: "domain.status.succeeded", status: ["succeeded"], tone: "succeeded" },
  { id: "failed", label: "runs.failed", status: ["bad"], tone: "failed" },
  { id: "cancelled", label: "domain.status.cancelled", status: ["cancelled"], tone: "cancelled" },
];

const GROUP_MEMBERS: Record<string, readonly RunStatus[]> = {
  ...GROUPS,
  waiting: [...WAITING],
  bad: [...BAD],
};

export function membersOf(words: readonly string[]): Set<RunStatus> {
  return new Set(words.flatMap((word) => GROUP_MEMBERS[word] ?? [word as RunStatus]));
}

/** The tab whose statuses are exactly the filter's. */
export function activeTab(expr: FilterExpr): string | undefined {
  const wanted = membersOf(expr.lists.status ?? []);
  return STATUS_TABS.find(({ status }) => {
    const members = membersOf(status);
    return members.size === wanted.size && [...members].every((one) => wanted.has(one));
  })?.id;
}

/** The filter with the tab's statuses instead of its own. */
export function withStatus(expr: FilterExpr, status: readonly string[]): FilterExpr {
  const lists = { ...expr.lists };
  delete lists.status;
  return { ...expr, lists: status.length ? { ...lists, status } : lists };
}

/** How many runs have one of the statuses (none named: all). */
export function countOf({ counts, total }: RunCountsAnswer, status: readonly string[]): number {
  if (!status.length) return total;
  return [...membersOf(status)].reduce((sum, one) => sum + counts[one], 0);
}
