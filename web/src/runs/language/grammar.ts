/**
 * The filter language: words that stand for themselves and `key:value,value`, in any order.
 * A value or text with spaces, commas, colons or quotes stands in double quotes (`\"` and `\\` inside).
 */
import { STATUSES } from "@/domain/status";

/** Any value does; of labels every one must be there. */
export const LIST_KEYS = [
  "status",
  "task",
  "queue",
  "project",
  "label",
  "executor",
  "schedule",
] as const;
/** One moment each: submitted at or after, before; ended at or after, before. */
export const TIME_KEYS = ["since", "until", "finished", "finished-until"] as const;

export type ListKey = (typeof LIST_KEYS)[number];
export type TimeKey = (typeof TIME_KEYS)[number];
export type FilterKey = ListKey | TimeKey;

export const FILTER_KEYS: readonly FilterKey[] = [...LIST_KEYS, ...TIME_KEYS];
export const STATUS_WORDS: readonly string[] = [...STATUSES, "waiting", "live", "final", "bad"];

/** A filter as it is meant, whatever way it was written. */
export interface FilterExpr {
  lists: Partial<Record<ListKey, readonly string[]>>;
  times: Partial<Record<TimeKey, string>>;
  text: string;
}

export const NO_FILTER: FilterExpr = { lists: {}, times: {}, text: "" };

export type ProblemCode =
  | "unknownKey"
  | "negation"
  | "noValue"
  | "unknownStatus"
  | "badTime"
  | "manyTimes"
  | "openQuote"
  | "noTask"
  | "manyTasks";

/** What is wrong with the characters `from` (included) to `to` (not). */
export interface FilterProblem {
  code: ProblemCode;
  from: number;
  to: number;
  word: string;
}

export const isListKey = (key: string): key is ListKey =>
  (LIST_KEYS as readonly string[]).includes(key);
export const isTimeKey = (key: string): key is TimeKey =>
  (TIME_KEYS as readonly string[]).includes(key);
