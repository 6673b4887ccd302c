/** Why a run waits, as words and the place where that can be changed. Pure. */
import type { WaitCode } from "@/api/generated";

export interface WaitLook {
  /** Message keys below `run`. */
  title: string;
  text: string | null;
  /** Where what holds it is steered. */
  place: "queues" | "system" | null;
}

const look = (name: string, place: WaitLook["place"] = null): WaitLook => ({
  title: `waiting.${name}`,
  text: `waiting.${name}Text`,
  place,
});
/** A matter of time, which the title says. */
const brief = (name: string, place: WaitLook["place"] = null): WaitLook => ({
  ...look(name, place),
  text: null,
});

const LOOKS: Record<WaitCode, WaitLook> = {
  not_before: brief("notBefore"),
  task_paused: look("taskPaused"),
  queue_paused: look("queuePaused", "queues"),
  no_place: look("noPlace", "system"),
  key_busy: look("keyBusy"),
  queue_full: look("queueFull", "queues"),
  total_full: look("totalFull", "system"),
  rate_limited: brief("rateLimited", "queues"),
  starting: brief("starting"),
};

export const waitLook = (code: WaitCode): WaitLook => LOOKS[code];
