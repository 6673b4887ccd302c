/** From what a filter means to its text: the shortest that is read as the same. */
import type { RunFilter } from "../filter";

import { LIST_KEYS, NO_FILTER, TIME_KEYS, type FilterExpr } from "./grammar";

/** `parseFilter(printFilter(x))` is x again. */
export function printFilter({ lists, times, text }: FilterExpr): string {
  const words: string[] = [];
  for (const key of LIST_KEYS) {
    const values = lists[key];
    if (values?.length) words.push(`${key}:${values.map(printValue).join(",")}`);
  }
  for (const key of TIME_KEYS) {
    const value = times[key];
    if (value) words.push(`${key}:${printValue(value)}`);
  }
  if (text) words.push(printText(text));
  return words.join(" ");
}

export function printValue(value: string): string {
  return /^[^\s",]+$/.test(value) ? value : quoted(value);
}

function printText(text: string): string {
  const isPlain = text.split(" ").every((word) => /^[^\s":]+$/.test(word));
  return isPlain ? text : quoted(text);
}

const quoted = (text: string) => `"${text.replaceAll(/["\\]/g, "\\$&")}"`;

const list = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === "string" ? [value] : value;

/** The text for a filter as the API takes it, for links to the page of runs. */
export function filterText(filter: RunFilter): string {
  return printFilter({
    ...NO_FILTER,
    lists: {
      status: list(filter.status),
      task: list(filter.task_id),
      queue: list(filter.queue),
      project: list(filter.project),
      label: list(filter.label),
      executor: list(filter.executor),
      schedule: list(filter.schedule_id),
    },
    times: {
      ...(filter.since ? { since: filter.since } : {}),
      ...(filter.until ? { until: filter.until } : {}),
      ...(filter.finished_since ? { finished: filter.finished_since } : {}),
      ...(filter.finished_until ? { "finished-until": filter.finished_until } : {}),
    },
    text: filter.q ?? "",
  });
}
