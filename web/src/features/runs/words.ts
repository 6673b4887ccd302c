/** The filter's parts in the reader's words. */
import { STATUSES } from "@/domain/status";
import { LIST_KEYS, TIME_KEYS, type FilterExpr, type FilterKey } from "@/runs/language";

/** The message key of a filter's key. */
export const keyName = (key: FilterKey): string =>
  key === "finished-until" ? "finishedUntil" : key;

export interface FilterChip {
  key: FilterKey | "text";
  /** The values as they are read. */
  text: string;
  /** The filter without it. */
  without: FilterExpr;
}

/** One chip for each key, in a fixed order. `t` translates. */
export function chipsOf(expr: FilterExpr, t: (key: string) => string): FilterChip[] {
  const chips: FilterChip[] = [];
  for (const key of LIST_KEYS) {
    const values = expr.lists[key];
    if (!values?.length) continue;
    const words = key === "status" ? values.map((value) => statusName(value, t)) : values;
    const lists = Object.fromEntries(Object.entries(expr.lists).filter(([one]) => one !== key));
    chips.push({ key, text: words.join(", "), without: { ...expr, lists } });
  }
  for (const key of TIME_KEYS) {
    const text = expr.times[key];
    if (!text) continue;
    const times = Object.fromEntries(Object.entries(expr.times).filter(([one]) => one !== key));
    chips.push({ key, text, without: { ...expr, times } });
  }
  if (expr.text) chips.push({ key: "text", text: expr.text, without: { ...expr, text: "" } });
  return chips;
}

export function chipLabel({ key, text }: FilterChip, t: (key: string) => string): string {
  return `${t(`runs.keys.${key === "text" ? "text" : keyName(key)}`)}: ${text}`;
}

const statusName = (value: string, t: (key: string) => string) =>
  t((STATUSES as string[]).includes(value) ? `domain.status.${value}` : `runs.groups.${value}`);
