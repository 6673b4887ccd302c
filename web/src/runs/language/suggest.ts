/** What could stand at the caret of a filter's text. */
import {
  FILTER_KEYS,
  isListKey,
  isTimeKey,
  LIST_KEYS,
  STATUS_WORDS,
  type FilterKey,
  type ListKey,
} from "./grammar";
import { printValue } from "./print";
import { splitWords, type Word } from "./words";

/** Values that exist, with how many have them. */
export type FilterFacts = Partial<
  Record<Exclude<ListKey, "status">, readonly { value: string; count?: number }[]>
>;

export interface Suggestion {
  /** A key leads on to its values; a value ends the word. */
  kind: "key" | "value";
  key: FilterKey;
  /** "" for a key. */
  value: string;
  count?: number;
}

export interface Completion {
  /** The characters that a suggestion replaces. */
  from: number;
  to: number;
  /** The key that is being written a value for, and what there is of the value. */
  key: FilterKey | null;
  typed: string;
  items: Suggestion[];
}

const MOMENTS = ["15m", "1h", "24h", "7d", "today", "yesterday"];
const MOST_VALUES = 12;
const MOST_ACROSS = 6;

export function suggest(text: string, caret: number, facts: FilterFacts): Completion {
  const word = splitWords(text).find(({ from, to }) => from <= caret && caret <= to);
  if (!word) {
    return { from: caret, to: caret, key: null, typed: "", items: keysLike("") };
  }
  const key = word.key?.toLowerCase() ?? null;
  if (key !== null && (isListKey(key) || isTimeKey(key))) return inValues(word, key, caret, facts);
  const typed = text.slice(word.from, caret).replaceAll('"', "");
  return {
    from: word.from,
    to: word.to,
    key: null,
    typed,
    items: key === null ? [...keysLike(typed), ...across(typed, facts)] : [],
  };
}

function inValues(word: Word, key: FilterKey, caret: number, facts: FilterFacts): Completion {
  const part = word.parts.find(({ from, to }) => from <= caret && caret <= to);
  const { from, to, value: typed } = part ?? { from: caret, to: caret, value: "" };
  const others = new Set(word.parts.filter((one) => one !== part).map(({ value }) => value));
  const items = ranked(valuesOf(key, facts), typed)
    .filter(({ value }) => !others.has(value))
    .slice(0, key === "status" ? STATUS_WORDS.length : MOST_VALUES)
    .map((one): Suggestion => ({ kind: "value", key, ...one }));
  return { from, to, key, typed, items };
}

function valuesOf(
  key: FilterKey,
  facts: FilterFacts,
): readonly { value: string; count?: number }[] {
  if (key === "status") return STATUS_WORDS.map((value) => ({ value }));
  if (isTimeKey(key)) return MOMENTS.map((value) => ({ value }));
  return facts[key] ?? [];
}

function keysLike(typed: string): Suggestion[] {
  const start = typed.toLowerCase();
  return FILTER_KEYS.filter((key) => key.startsWith(start)).map((key) => ({
    kind: "key",
    key,
    value: "",
  }));
}

/** Whole `key:value` pairs for somebody who types only the value. */
function across(typed: string, facts: FilterFacts): Suggestion[] {
  if (typed.length < 2) return [];
  return LIST_KEYS.flatMap((key) =>
    ranked(valuesOf(key, facts), typed).map((one): Suggestion => ({ kind: "value", key, ...one })),
  ).slice(0, MOST_ACROSS);
}

/** Those that begin with what is typed, then those that contain it. */
function ranked<T extends { value: string }>(values: readonly T[], typed: string): T[] {
  const part = typed.toLowerCase().replaceAll("*", "");
  const has = (test: (value: string) => boolean) =>
    values.filter(({ value }) => test(value.toLowerCase()));
  if (!part) return [...values];
  return [
    ...has((value) => value.startsWith(part)),
    ...has((value) => !value.startsWith(part) && value.includes(part)),
  ];
}

/** The text and the caret after a suggestion was taken. */
export function accept(
  text: string,
  { from, to, key }: Completion,
  { kind, key: about, value }: Suggestion,
): { text: string; caret: number } {
  const before = text.slice(0, from);
  const after = text.slice(to);
  if (kind === "key") {
    const put = `${about}:`;
    return { text: before + put + after, caret: before.length + put.length };
  }
  const put = key === null ? `${about}:${printValue(value)}` : printValue(value);
  // More values may follow in this word; else the next word begins.
  const gap = after === "" ? " " : "";
  return { text: before + put + gap + after, caret: before.length + put.length + gap.length };
}
