/** The columns that a list of runs can have. */
import type { RunItem } from "@/api/generated";
import type { DataColumn } from "@/ui";

export const RUN_COLUMNS = [
  "status",
  "task",
  "id",
  "started",
  "duration",
  "detail",
  "queue",
  "project",
  "labels",
  "executor",
  "attempt",
  "trigger",
  "submitted",
] as const;

export type RunColumn = (typeof RUN_COLUMNS)[number];

/** What fits beside other things on a page. */
export const COMPACT_COLUMNS: readonly RunColumn[] = [
  "status",
  "task",
  "started",
  "duration",
  "detail",
  "trigger",
];

type Shape = Omit<DataColumn<RunItem>, "id" | "header">;

const shapes: Record<RunColumn, Shape> = {
  status: { width: "7.5rem", minWidth: 120, hideable: false },
  task: { width: "minmax(8.5rem, 1fr)", minWidth: 136, link: true, hideable: false },
  id: { width: "6.25rem", minWidth: 100, priority: 3 },
  started: { width: "7.5rem", minWidth: 120, priority: 1 },
  duration: { width: "5.75rem", minWidth: 92, align: "end", priority: 1 },
  detail: { width: "minmax(14rem, 2.4fr)", minWidth: 224, priority: 2 },
  queue: { width: "minmax(5.5rem, 0.6fr)", minWidth: 88, priority: 5 },
  project: { width: "minmax(5.5rem, 0.6fr)", minWidth: 88, priority: 6 },
  labels: { width: "minmax(7rem, 0.8fr)", minWidth: 112, priority: 7 },
  executor: { width: "6rem", minWidth: 96, priority: 8, hidden: true },
  attempt: { width: "5.25rem", minWidth: 84, align: "end", priority: 8, hidden: true },
  trigger: { width: "4.5rem", minWidth: 72, align: "center", priority: 4 },
  submitted: { width: "7.5rem", minWidth: 120, priority: 8, hidden: true },
};

/** These columns in this order, with their headers by `name`; what is asked for is not hidden. */
export function runColumns(
  ids: readonly RunColumn[],
  name: (id: RunColumn) => string,
  { asAsked = false } = {},
): DataColumn<RunItem>[] {
  return ids.map((id) => ({
    id,
    header: name(id),
    ...shapes[id],
    ...(asAsked ? { hidden: false } : {}),
  }));
}
