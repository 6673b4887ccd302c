/** The choices of the run dialog beside the parameters, and the request that they make. */
import type { IfBusy, SubmitBody } from "@/api/generated";

export interface RunOptionsDraft {
  start: "now" | "delay" | "at";
  delayS: number | null;
  at: string | null;
  ifBusy: IfBusy;
  /** 0: the newest. */
  version: number;
  priority: number | null;
  timeoutS: number | null;
  labels: string[];
}

export function usualOptions(): RunOptionsDraft {
  return {
    start: "now",
    delayS: null,
    at: null,
    ifBusy: "queue",
    version: 0,
    priority: null,
    timeoutS: null,
    labels: [],
  };
}

/** Only what differs from the usual, so that the server's and the task's defaults count. */
export function optionsBody(draft: RunOptionsDraft): SubmitBody {
  const body: SubmitBody = {};
  if (draft.start === "delay" && draft.delayS) body.delay_s = draft.delayS;
  if (draft.start === "at" && draft.at) body.not_before = draft.at;
  if (draft.ifBusy !== "queue") body.if_busy = draft.ifBusy;
  if (draft.version) body.version = draft.version;
  if (draft.priority !== null) body.priority = draft.priority;
  if (draft.timeoutS) body.timeout_s = draft.timeoutS;
  if (draft.labels.length) body.labels = draft.labels;
  return body;
}

/** How many choices are not the usual ones: what a folded section would hide. */
export const unusualCount = (draft: RunOptionsDraft): number =>
  Object.keys(optionsBody(draft)).length;
