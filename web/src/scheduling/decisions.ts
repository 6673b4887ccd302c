/** What may have been decided about a planned fire: its tone and sign, in the order of a filter. */
import {
  Calendar,
  CircleCheck,
  CircleDashed,
  CircleSlash,
  CircleX,
  Clock,
  Clock3,
  Combine,
  Pause,
  SkipForward,
  TimerOff,
} from "@lucide/vue";
import type { Component } from "vue";

import type { Decision } from "@/api/generated";
import type { DataTone } from "@/ui";

export interface DecisionLook {
  tone: DataTone;
  icon: Component;
}

const LOOKS: Record<Decision, DecisionLook> = {
  fired: { tone: "succeeded", icon: CircleCheck },
  buffered: { tone: "queued", icon: CircleDashed },
  skipped_overlap: { tone: "warn", icon: CircleSlash },
  coalesced: { tone: "info", icon: Combine },
  missed: { tone: "timed-out", icon: TimerOff },
  paused: { tone: "neutral", icon: Pause },
  skipped: { tone: "neutral", icon: SkipForward },
  dst_gap: { tone: "scheduled", icon: Clock },
  dst_repeat: { tone: "scheduled", icon: Clock3 },
  calendar: { tone: "neutral", icon: Calendar },
  refused: { tone: "failed", icon: CircleX },
};

export const DECISIONS = Object.keys(LOOKS) as Decision[];

export const decisionLook = (decision: Decision): DecisionLook => LOOKS[decision];
