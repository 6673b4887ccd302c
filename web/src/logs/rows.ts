/** Rows: what the viewer shows of one line, joined from its pieces, with redraws folded and great lengths cut. */
import {
  type AnsiSpan,
  type AnsiStyle,
  isPlain,
  parseAnsi,
  PLAIN,
  plainText,
  styleAfter,
} from "./ansi";
import type { LogLine, LogStream } from "./types";

/** A line in the window. Changes only through the window, which knows its heights. */
export interface LogRow {
  readonly key: number;
  readonly offset: number;
  readonly at: string | null;
  readonly stream: LogStream;
  /** As it came, with carriage returns and control sequences. */
  text: string;
  /** Its line break has not come yet. */
  open: boolean;
  /** Its beginning stands in an earlier row, or was not read. */
  continues: boolean;
  /** What earlier lines of the stream left switched on. */
  style: AnsiStyle;
}

/** Past this a line goes on in a further row, so that one endless line can't fill the memory. */
export const ROW_CHARS = 1024 * 1024;
/** How much of a line is shown at first, and how much more at a time. */
export const SHOWN_AT_FIRST = 2_000;
export const SHOWN_MORE = 50_000;
/** States of one progress bar that are shown when all are asked for: the newest. */
const MOST_REDRAWS = 200;

let lastKey = 0;

export function rowOf(line: LogLine, style: AnsiStyle = PLAIN): LogRow {
  lastKey += 1;
  const { offset, at, stream, text, partial } = line;
  return { key: lastKey, offset, at, stream, text, open: partial, continues: false, style };
}

/** How a row is to be shown. */
export interface Shown {
  /** Characters of each state. */
  limit: number;
  /** All that carriage returns overwrote, too. */
  redraws: boolean;
}

export interface Presented {
  /** One list of spans for each line on the screen. */
  lines: AnsiSpan[][];
  /** States that were overwritten. */
  redraws: number;
  /** Characters that `limit` holds back. */
  cut: number;
}

/** What to show of a row. */
export function present(row: LogRow, shown: Shown): Presented {
  const states = statesOf(row.text);
  const redraws = states.length - 1;
  const wanted = shown.redraws ? states.slice(-MOST_REDRAWS) : states.slice(-1);
  let cut = 0;
  const lines = wanted.map(([from, to]) => {
    const style = from === 0 ? row.style : styleAfter(row.text.slice(0, from), row.style);
    const end = Math.min(to, from + shown.limit);
    cut += to - end;
    return spansOf(row.text.slice(from, end), style);
  });
  return { lines, redraws, cut };
}

/** What a reader searches and copies: the last state, without control sequences. */
export function textOf(row: LogRow): string {
  const [from, to] = lastState(row.text);
  return plainText(from === 0 && to === row.text.length ? row.text : row.text.slice(from, to));
}

function spansOf(text: string, style: AnsiStyle): AnsiSpan[] {
  if (text === "") return [];
  return isPlain(text) ? [{ text, style }] : parseAnsi(text, { style, pending: "" })[0];
}

type Part = [from: number, to: number];

/** The part of the text that a terminal would show at the end: after the last carriage return that draws anything. */
export function lastState(text: string): Part {
  let to = text.length;
  for (;;) {
    const from = text.lastIndexOf("\r", to - 1) + 1;
    if (to === 0 || from === 0) return from < to || to === 0 ? [from, to] : [0, text.length];
    if (drawsAnything(text, from, to)) return [from, to];
    to = from - 1;
  }
}

function statesOf(text: string): Part[] {
  if (!text.includes("\r")) return [[0, text.length]];
  const states: Part[] = [];
  let from = 0;
  while (from <= text.length) {
    const found = text.indexOf("\r", from);
    const to = found < 0 ? text.length : found;
    if (drawsAnything(text, from, to)) states.push([from, to]);
    from = to + 1;
  }
  return states.length === 0 ? [[0, 0]] : states;
}

function drawsAnything(text: string, from: number, to: number): boolean {
  if (from >= to) return false;
  const code = text.charCodeAt(from);
  if (code > 0x20 && code < 0x7f) return true;
  return plainText(text.slice(from, to)).trim() !== "";
}

/** The lines a row takes when `columns` characters fit side by side; exact heights are measured. */
export function estimatedLines(row: LogRow, columns: number | null): number {
  if (columns === null || row.text.length <= columns) return 1;
  const [from, to] = lastState(row.text);
  const length = Math.min(SHOWN_AT_FIRST, to - from);
  return Math.max(1, Math.ceil(length / columns));
}
