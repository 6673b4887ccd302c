/** The states of runs: their order, their tone and icon, and what may be done in them. */
import {
  Ban,
  CalendarClock,
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CircleX,
  LoaderCircle,
  RotateCw,
  TimerOff,
} from "@lucide/vue";
import type { Component } from "vue";

import type { RunStatus } from "@/api/generated";
import type { DataTone } from "@/ui/tones";

export type { RunStatus };

interface Look {
  tone: DataTone;
  icon: Component;
}

/** In the order of a run's life. */
export const LOOKS: Record<RunStatus, Look> = {
  scheduled: { tone: "scheduled", icon: CalendarClock },
  queued: { tone: "queued", icon: CircleDashed },
  running: { tone: "running", icon: LoaderCircle },
  retrying: { tone: "retrying", icon: RotateCw },
  succeeded: { tone: "succeeded", icon: CircleCheck },
  failed: { tone: "failed", icon: CircleX },
  timed_out: { tone: "timed-out", icon: TimerOff },
  crashed: { tone: "crashed", icon: CircleAlert },
  cancelled: { tone: "cancelled", icon: Ban },
};

export const STATUSES = Object.keys(LOOKS) as RunStatus[];
export const FINAL: ReadonlySet<RunStatus> = new Set([
  "succeeded",
  "failed",
  "timed_out",
  "crashed",
  "cancelled",
]);
/** Ended without what was wanted; a cancelled run is not a failure. */
export const BAD: ReadonlySet<RunStatus> = new Set(["failed", "timed_out", "crashed"]);
export const WAITING: ReadonlySet<RunStatus> = new Set(["scheduled", "queued", "retrying"]);

export const isFinal = (status: RunStatus): boolean => FINAL.has(status);

/** `failed` -> the statuses; `live`, `waiting`, `final` are groups as in the API. */
export const GROUPS: Record<string, readonly RunStatus[]> = {
  waiting: [...WAITING],
  live: STATUSES.filter((status) => !FINAL.has(status)),
  final: [...FINAL],
  bad: [...BAD],
};
