/** From a filter's text to what it means, with every mistake at its place. */
import {
  isListKey,
  isTimeKey,
  STATUS_WORDS,
  type FilterExpr,
  type FilterProblem,
  type ListKey,
  type ProblemCode,
  type TimeKey,
} from "./grammar";
import { momentOf, type Clock } from "./moments";
import { splitWords, type Part, type Word } from "./words";

export interface ParsedFilter {
  expr: FilterExpr;
  /** In the order of their places. Words with a mistake are left out of `expr`. */
  problems: FilterProblem[];
}

/** Never throws. `clock` only decides what is a moment at all. */
export function parseFilter(text: string, clock: Clock): ParsedFilter {
  const lists: Partial<Record<ListKey, string[]>> = {};
  const times: Partial<Record<TimeKey, string>> = {};
  const free: string[] = [];
  const problems: FilterProblem[] = [];
  const wrong = (code: ProblemCode, { from, to }: { from: number; to: number }) =>
    problems.push({ code, from, to, word: text.slice(from, to) });

  for (const word of splitWords(text)) {
    const key = word.key?.toLowerCase() ?? null;
    if (word.isOpen) wrong("openQuote", word);
    else if (key === null) free.push(word.parts[0]?.value ?? "");
    else if (isListKey(key)) takeList(key, word);
    else if (isTimeKey(key)) takeTime(key, word);
    else wrong(isNegated(key) ? "negation" : "unknownKey", word);
  }

  function takeList(key: ListKey, word: Word): void {
    const values = (lists[key] ??= []);
    for (const part of word.parts) {
      const value = key === "status" ? statusWord(part.value) : part.value;
      if (!value) wrong("noValue", part.from === part.to ? word : part);
      else if (key === "status" && !STATUS_WORDS.includes(value)) wrong("unknownStatus", part);
      else if (!values.includes(value)) values.push(value);
    }
    // Nothing that could be used: as if the key were not there.
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete
    if (!values.length) delete lists[key];
  }

  function takeTime(key: TimeKey, word: Word): void {
    const [part, ...more] = word.parts as [Part, ...Part[]];
    if (!part.value && !more.length) wrong("noValue", word);
    else if (more.length || times[key] !== undefined) wrong("manyTimes", word);
    else if (momentOf(part.value, clock) === undefined) wrong("badTime", part);
    else times[key] = part.value;
  }

  const said = free.filter((one) => one !== "").join(" ");
  return { expr: { lists, times, text: said }, problems };
}

const statusWord = (value: string) => value.toLowerCase().replaceAll("-", "_");

const isNegated = (key: string) =>
  /^[-!]/.test(key) && (isListKey(key.slice(1)) || isTimeKey(key.slice(1)));
