/** A run in few words. */
import type { RunItem } from "@/api/generated";
import { WAITING } from "@/domain/status";

/** Ids begin with the time, so that their ends tell neighbours apart. */
export const shortRunId = (id: string): string => id.slice(-8);

type Said = Pick<RunItem, "status" | "message" | "error" | "cancel_reason">;

/** The one line that tells most about a run: why it failed, why it was cancelled, what it last said. */
export function headline(run: Said): string {
  const { error } = run;
  if (error && run.status !== "succeeded" && run.status !== "running") {
    const first = firstLine(error.message);
    return first && error.type ? `${error.type}: ${first}` : first || error.type;
  }
  if (run.status === "cancelled" && run.cancel_reason) return firstLine(run.cancel_reason);
  return firstLine(run.message ?? "");
}

const firstLine = (text: string) => text.trimStart().split("\n", 1)[0]?.trimEnd() ?? "";

/** Where a run came from. */
export function triggerOf(
  run: Pick<RunItem, "schedule_id" | "rerun_of">,
): "schedule" | "rerun" | "asked" {
  if (run.schedule_id) return "schedule";
  return run.rerun_of ? "rerun" : "asked";
}

/** A queued run waits for something that only the server knows; a scheduled one for its time. */
export const needsReason = (run: Pick<RunItem, "status">): boolean =>
  WAITING.has(run.status) && run.status !== "scheduled";
