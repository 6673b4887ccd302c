/** Durations and sizes as settings hold them: a number, or a text with units. */
import { formatDuration, parseDuration } from "@/ui";

/** Seconds; null for nothing, or for what is none. */
export function secondsOf(written: unknown): number | null {
  if (typeof written === "number") return written;
  return typeof written === "string" ? parseDuration(written) : null;
}

/** `1h30m`; null for nothing. */
export function durationText(seconds: number | null): string | null {
  return seconds === null ? null : formatDuration(seconds).replaceAll(" ", "");
}
