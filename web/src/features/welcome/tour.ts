/** How far the reader is in the tour. Pure. */
import type { RunStatus } from "@/api/generated";
import { isFinal } from "@/domain/status";

export const STEPS = ["make", "run", "watch", "schedule"] as const;
export type Step = (typeof STEPS)[number];
export type StepState = "done" | "current" | "later";

/** What the reader has made so far; kept for the tab, so that a reload goes on. */
export interface Tour {
  taskId: string | null;
  runId: string | null;
  scheduleId: string | null;
  /** No schedule was wanted. */
  withoutSchedule: boolean;
}

export const NEW_TOUR: Tour = {
  taskId: null,
  runId: null,
  scheduleId: null,
  withoutSchedule: false,
};

export function statesOf(tour: Tour, runStatus: RunStatus | undefined): Record<Step, StepState> {
  const done: Record<Step, boolean> = {
    make: tour.taskId !== null,
    run: tour.runId !== null,
    watch: runStatus !== undefined && isFinal(runStatus),
    schedule: tour.scheduleId !== null || tour.withoutSchedule,
  };
  const current = STEPS.find((step) => !done[step]);
  return Object.fromEntries(
    STEPS.map((step) => [step, done[step] ? "done" : step === current ? "current" : "later"]),
  ) as Record<Step, StepState>;
}

/** The id itself when it is free, else with the first number that is. */
export function freeId(id: string, taken: ReadonlySet<string>): string {
  if (!taken.has(id)) return id;
  for (let number = 2; ; number += 1) {
    const candidate = `${id}_${String(number)}`;
    if (!taken.has(candidate)) return candidate;
  }
}

const BEST = "hello";

/** The one to begin with comes first: it shows progress and needs no network. */
export const inOrder = <E extends { id: string }>(examples: readonly E[]): E[] =>
  [...examples].sort((one, other) => Number(other.id === BEST) - Number(one.id === BEST));
