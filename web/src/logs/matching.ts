/** Finding words in shown text: a pattern from what a reader typed, and where it matches. */

export interface Wanted {
  query: string;
  caseSensitive: boolean;
  regex: boolean;
}

export type Range = readonly [from: number, to: number];

/** A pattern for the browser's search: null for nothing, or why it can't be. */
export type Pattern = RegExp | null | SyntaxError;

/** A line is searched up to here; the server searches all of it. */
const SEARCHED_CHARS = 20_000;
const MOST_RANGES = 500;

export function patternOf(wanted: Wanted): Pattern {
  if (wanted.query === "") return null;
  const source = wanted.regex
    ? wanted.query
    : wanted.query.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  try {
    return new RegExp(source, wanted.caseSensitive ? "gu" : "giu");
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return withoutUnicode(source, wanted.caseSensitive) ?? error;
  }
}

/** Patterns such as `\-` or `{` are fine without the strictness of `u`. */
function withoutUnicode(source: string, caseSensitive: boolean): RegExp | null {
  try {
    return new RegExp(source, caseSensitive ? "g" : "gi");
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null; // no pattern either way: the first reason is told
  }
}

export function matches(text: string, pattern: RegExp): boolean {
  pattern.lastIndex = 0;
  return pattern.test(searched(text));
}

/** Where it matches, in order; empty matches count for nothing. */
export function rangesIn(text: string, pattern: RegExp): Range[] {
  const ranges: Range[] = [];
  pattern.lastIndex = 0; // `matchAll` begins there
  for (const match of searched(text).matchAll(pattern)) {
    if (match[0] !== "") ranges.push([match.index, match.index + match[0].length]);
    if (ranges.length >= MOST_RANGES) break;
  }
  return ranges;
}

function searched(text: string): string {
  return text.length > SEARCHED_CHARS ? text.slice(0, SEARCHED_CHARS) : text;
}

/** Cuts pieces of a line at the edges of ranges: each part lies in a piece, and is marked or not. */
export function marked<T extends { text: string }>(
  pieces: readonly T[],
  ranges: readonly Range[],
): (T & { hit: boolean })[] {
  if (ranges.length === 0) return pieces.map((piece) => ({ ...piece, hit: false }));
  const parts: (T & { hit: boolean })[] = [];
  let start = 0;
  let next = 0;
  for (const piece of pieces) {
    const end = start + piece.text.length;
    let at = start;
    while (at < end) {
      while (next < ranges.length && (ranges[next]?.[1] ?? 0) <= at) next += 1;
      const [from, to] = ranges[next] ?? [Infinity, Infinity];
      const hit = from <= at;
      const until = Math.min(end, hit ? to : from);
      parts.push({ ...piece, text: piece.text.slice(at - start, until - start), hit });
      at = until;
    }
    start = end;
  }
  return parts;
}
