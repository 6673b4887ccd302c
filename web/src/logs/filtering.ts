/** Which rows are shown: by stream, or only those that tell of a problem. */
import { type LogRow, textOf } from "./rows";
import type { LogStream } from "./types";

export interface RowFilter {
  streams: readonly LogStream[];
  onlyProblems: boolean;
}

export const STREAMS: readonly LogStream[] = ["stdout", "stderr", "platform"];
export const EVERYTHING: RowFilter = { streams: STREAMS, onlyProblems: false };

const PROBLEM =
  /\b(?:ERROR|ERR|FATAL|CRITICAL|PANIC|WARN|WARNING|[Ee]rror|[Ww]arning|Traceback)\b|\w(?:Error|Exception)\b/;
const LOOKED_AT = 2_000;

export function passes(row: LogRow, filter: RowFilter): boolean {
  if (!filter.streams.includes(row.stream)) return false;
  return !filter.onlyProblems || PROBLEM.test(textOf(row).slice(0, LOOKED_AT));
}

export function hidesAnything(filter: RowFilter): boolean {
  return filter.onlyProblems || filter.streams.length < STREAMS.length;
}
