/** What the list says about a task's newest runs. */
import type { RunBriefAnswer, TaskItem } from "@/api/generated";
import { isFinal, LOOKS } from "@/domain/status";
import { durationText, secondsBetween } from "@/domain/time";
import type { Sparkbar } from "@/ui";

/** Oldest first; the longest run is the full height, one that has not begun is the lowest. */
export function barsOf(
  runs: readonly RunBriefAnswer[],
  words: (run: RunBriefAnswer, seconds: string) => string,
  now: number,
): Sparkbar[] {
  const seconds = runs.map((run) => secondsBetween(run.started_at, run.finished_at, now) ?? 0);
  const longest = Math.max(...seconds, 0.001);
  return runs
    .map((run, at) => {
      const length = seconds[at] ?? 0;
      return {
        key: run.id,
        tone: LOOKS[run.status].tone,
        // A long and a short run may be a thousand times apart: the root keeps both visible.
        height: 0.25 + 0.75 * Math.sqrt(length / longest),
        label: words(run, run.started_at ? durationText(length) : ""),
        to: { name: "run", params: { id: run.id } },
      };
    })
    .reverse();
}

/** How many of them ended, and how many of those well. */
export function tally(runs: readonly RunBriefAnswer[]): { ended: number; succeeded: number } {
  const ended = runs.filter(({ status }) => isFinal(status) && status !== "cancelled");
  return {
    ended: ended.length,
    succeeded: ended.filter(({ status }) => status === "succeeded").length,
  };
}

/** The moment that its newest run speaks of. */
export function lastMoment(run: RunBriefAnswer): string {
  return run.finished_at ?? run.started_at ?? run.submitted_at;
}

/** `file.py:3:7: message`, as far as it is known. */
export function problemText({ where, line, message }: TaskItem["problems"][number]): string {
  const place = [where, line].filter((one) => one !== null && one !== "").join(":");
  return place ? `${place}: ${message}` : message;
}
