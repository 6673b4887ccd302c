/** The runs of the last hours as bars in lanes. Pure. */
import type { RunSpanAnswer } from "@/api/generated";
import { LOOKS } from "@/domain/status";
import type { TimelineBar, TimelineLane } from "@/ui";

export const SPANS = { "1h": 3_600_000, "6h": 6 * 3_600_000, "24h": 86_400_000 } as const;
export type Span = keyof typeof SPANS;
export const LANES_BY = ["task", "queue"] as const;
export type LanesBy = (typeof LANES_BY)[number];

/** The lane of all that have no lane of their own. */
export const OTHERS = "\u0000others";
const MOST_LANES = 8;

export interface Lanes {
  lanes: TimelineLane[];
  /** Of which lane a run is. */
  laneOf: (run: RunSpanAnswer) => string;
  /** How many share the last lane. */
  others: number;
}

const nameOf = (run: RunSpanAnswer, by: LanesBy): string =>
  by === "queue" ? run.queue : (run.task_id ?? run.executor);

/** The lanes with most runs, by name, so that they keep their places while runs come and go. */
export function lanesOf(runs: readonly RunSpanAnswer[], by: LanesBy, most = MOST_LANES): Lanes {
  const counts = new Map<string, number>();
  for (const run of runs) counts.set(nameOf(run, by), (counts.get(nameOf(run, by)) ?? 0) + 1);
  const all = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([name]) => name);
  const fits = all.length <= most;
  const own = (fits ? all : all.slice(0, most - 1)).sort((a, b) => (a < b ? -1 : 1));
  const lanes = own.map((name) => ({ id: name, label: name }));
  if (!fits) lanes.push({ id: OTHERS, label: "" });
  const known = new Set(own);
  return {
    lanes,
    laneOf: (run) => (known.has(nameOf(run, by)) ? nameOf(run, by) : OTHERS),
    others: all.length - own.length,
  };
}

/** A bar for each run that has begun or waits to; one that waits reaches from its submission on. */
export function barsOf(
  runs: readonly RunSpanAnswer[],
  laneOf: (run: RunSpanAnswer) => string,
  detail: (run: RunSpanAnswer) => string,
): TimelineBar[] {
  return runs
    .filter((run) => run.started_at !== null || run.status !== "scheduled")
    .map((run) => ({
      id: run.id,
      lane: laneOf(run),
      start: Date.parse(run.started_at ?? run.submitted_at),
      end: run.finished_at === null ? null : Date.parse(run.finished_at),
      tone: LOOKS[run.status].tone,
      label: run.task_id ?? run.executor,
      detail: detail(run),
    }));
}
