/** The part of a log that is held: rows in blocks, between two byte offsets, with their heights.
 *
 * Bounded in rows and characters. Blocks make everything cheap that happens at the ends (append,
 * prepend, drop) and finding a place by height; nothing ever moves 50,000 entries.
 */
import { type AnsiState, type AnsiStyle, sameStyle, START, stateAfter, styleAfter } from "./ansi";
import { type LogRow, ROW_CHARS, rowOf } from "./rows";
import type { LogLine, LogPage, LogStream } from "./types";

export const MOST_ROWS = 50_000;
export const MOST_CHARS = 32 * 1024 * 1024;
const BLOCK_ROWS = 256;

interface Block {
  rows: LogRow[];
  heights: number[];
  height: number;
  chars: number;
}

/** A row and where it stands. */
export interface Place {
  row: LogRow;
  /** Among the held rows. */
  index: number;
  /** Its upper edge. */
  top: number;
  height: number;
}

export interface WindowLimits {
  rows: number;
  chars: number;
}

export class LogWindow {
  /** Bytes from `start` to before `end` are held. */
  start = 0;
  end = 0;
  count = 0;
  chars = 0;
  height = 0;
  /** The first row's number in the log, known once the log was read from its start. */
  firstNumber: number | null = 1;

  private blocks: Block[] = [];
  private home = new Map<LogRow, Block>();
  private open: Partial<Record<LogStream, LogRow>> = {};
  private states: Partial<Record<LogStream, AnsiState>> = {};

  /** `heightOf` gives a row's height before it was measured; 0 hides it. */
  constructor(
    private heightOf: (row: LogRow) => number,
    private readonly limits: WindowLimits = { rows: MOST_ROWS, chars: MOST_CHARS },
  ) {}

  /** Holds nothing but `page`, which starts at `offset`. */
  replace(page: Pick<LogPage, "lines" | "nextOffset">, offset: number): void {
    this.blocks = [];
    this.home.clear();
    this.open = {};
    this.states = {};
    this.count = this.chars = this.height = 0;
    this.start = this.end = offset;
    this.firstNumber = offset === 0 ? 1 : null;
    this.append(page);
  }

  /** Adds what follows `end`. The caller drops from the other side with `trim...`. */
  append(page: Pick<LogPage, "lines" | "nextOffset">): void {
    for (const line of page.lines) this.add(line);
    this.end = Math.max(this.end, page.nextOffset);
  }

  /** Adds what ends at `start`; `offset` is where it begins. */
  prepend(lines: readonly LogLine[], offset: number): void {
    const before = new LogWindow(this.heightOf, { rows: Infinity, chars: Infinity });
    before.append({ lines, nextOffset: this.start });
    for (const stream of Object.keys(before.open) as LogStream[]) {
      const next = before.open[stream] === undefined ? null : this.firstOf(stream);
      if (next !== null) next.continues = true;
    }
    this.carry(before.states);
    for (const block of before.blocks) for (const row of block.rows) this.home.set(row, block);
    this.blocks.unshift(...before.blocks);
    this.count += before.count;
    this.chars += before.chars;
    this.height += before.height;
    this.start = offset;
    if (offset <= 0) this.firstNumber = 1;
    else if (this.firstNumber !== null) this.firstNumber -= before.count;
  }

  get isFull(): boolean {
    return this.count > this.limits.rows || this.chars > this.limits.chars;
  }

  /** Forgets the oldest rows until the window keeps its limits. */
  trimHead(): void {
    while (this.isFull && this.blocks.length > 1) {
      const block = this.blocks.shift();
      if (block === undefined) return;
      this.forget(block);
      this.start = this.blocks[0]?.rows[0]?.offset ?? this.end;
      if (this.firstNumber !== null) this.firstNumber += block.rows.length;
    }
  }

  /** Forgets the newest rows until the window keeps its limits. */
  trimTail(): void {
    while (this.isFull && this.blocks.length > 1) {
      const block = this.blocks.pop();
      if (block === undefined) return;
      this.forget(block);
      this.end = block.rows[0]?.offset ?? this.end;
      for (const row of block.rows.toReversed()) {
        this.states[row.stream] = { style: row.style, pending: "" };
      }
    }
  }

  /** The rows from one on, or all. */
  *rows(from?: LogRow, direction: 1 | -1 = 1): IterableIterator<LogRow> {
    let b = direction === 1 ? 0 : this.blocks.length - 1;
    let i: number | null = null;
    const home = from === undefined ? undefined : this.home.get(from);
    if (from !== undefined && home !== undefined) {
      b = this.blocks.indexOf(home);
      i = home.rows.indexOf(from);
    }
    for (; b >= 0 && b < this.blocks.length; b += direction) {
      const rows = this.blocks[b]?.rows ?? [];
      for (i ??= direction === 1 ? 0 : rows.length - 1; i >= 0 && i < rows.length; i += direction) {
        const row = rows[i];
        if (row !== undefined) yield row;
      }
      i = null;
    }
  }

  holds(row: LogRow): boolean {
    return this.home.has(row);
  }

  /** The last row that begins at or before a byte offset, or the first one. */
  rowAt(offset: number): LogRow | null {
    let b = this.blocks.findLastIndex((block) => (block.rows[0]?.offset ?? 0) <= offset);
    b = Math.max(0, b);
    const rows = this.blocks[b]?.rows ?? [];
    return rows.findLast((row) => row.offset <= offset) ?? rows[0] ?? null;
  }

  /** The row at a height, counted from the top of the window; null only when nothing is shown. */
  placeAt(y: number): Place | null {
    let top = 0;
    let index = 0;
    let last: Place | null = null;
    for (const block of this.blocks) {
      if (top + block.height <= y && top + block.height < this.height) {
        top += block.height;
        index += block.rows.length;
        continue;
      }
      for (let i = 0; i < block.rows.length; i += 1) {
        const height = block.heights[i] ?? 0;
        const row = block.rows[i];
        if (row !== undefined && height > 0) {
          last = { row, index: index + i, top, height };
          if (top + height > y) return last;
        }
        top += height;
      }
      index += block.rows.length;
    }
    return last;
  }

  /** The shown rows that touch the strip from `top` to `bottom`. */
  placesBetween(top: number, bottom: number): Place[] {
    const places: Place[] = [];
    let y = 0;
    let index = 0;
    for (const block of this.blocks) {
      if (y >= bottom) break;
      if (y + block.height > top) {
        let at = y;
        for (let i = 0; i < block.rows.length && at < bottom; i += 1) {
          const height = block.heights[i] ?? 0;
          const row = block.rows[i];
          if (row !== undefined && height > 0 && at + height > top) {
            places.push({ row, index: index + i, top: at, height });
          }
          at += height;
        }
      }
      y += block.height;
      index += block.rows.length;
    }
    return places;
  }

  placeOf(row: LogRow): Place | null {
    const home = this.home.get(row);
    if (home === undefined) return null;
    let top = 0;
    let index = 0;
    for (const block of this.blocks) {
      if (block === home) break;
      top += block.height;
      index += block.rows.length;
    }
    const i = home.rows.indexOf(row);
    for (let n = 0; n < i; n += 1) top += home.heights[n] ?? 0;
    return { row, index: index + i, top, height: home.heights[i] ?? 0 };
  }

  /** A measured height; true when it changes anything. */
  setHeight(row: LogRow, height: number): boolean {
    const block = this.home.get(row);
    const i = block?.rows.indexOf(row) ?? -1;
    if (block === undefined || i < 0) return false;
    const change = height - (block.heights[i] ?? 0);
    if (Math.abs(change) < 0.01) return false;
    block.heights[i] = height;
    block.height += change;
    this.height += change;
    return true;
  }

  /** Estimates every height anew: the width, the wrapping or the filter is another. */
  layOut(heightOf: (row: LogRow) => number = this.heightOf): void {
    this.heightOf = heightOf;
    this.height = 0;
    for (const block of this.blocks) {
      block.heights = block.rows.map(heightOf);
      block.height = block.heights.reduce((sum, height) => sum + height, 0);
      this.height += block.height;
    }
  }

  private firstOf(stream: LogStream): LogRow | null {
    for (const row of this.rows()) if (row.stream === stream) return row;
    return null;
  }

  private add(line: LogLine): void {
    const { stream, text, partial } = line;
    const state = this.states[stream] ?? START;
    const begun = this.open[stream];
    if (begun !== undefined && begun.text.length + text.length <= ROW_CHARS) {
      this.extend(begun, line);
    } else {
      const row = rowOf(line, state.style);
      row.continues = begun !== undefined;
      this.put(row);
      this.open[stream] = partial ? row : undefined;
    }
    const after = stateAfter(text, state);
    this.states[stream] =
      partial || after.pending === "" ? after : { style: after.style, pending: "" };
  }

  private extend(row: LogRow, line: LogLine): void {
    const block = this.home.get(row);
    row.text += line.text;
    row.open = line.partial;
    if (!line.partial) this.open[row.stream] = undefined;
    if (block === undefined) return;
    block.chars += line.text.length;
    this.chars += line.text.length;
    this.setHeight(row, this.heightOf(row));
  }

  private put(row: LogRow): void {
    let block = this.blocks.at(-1);
    if (block === undefined || block.rows.length >= BLOCK_ROWS) {
      block = { rows: [], heights: [], height: 0, chars: 0 };
      this.blocks.push(block);
    }
    const height = this.heightOf(row);
    block.rows.push(row);
    block.heights.push(height);
    block.height += height;
    block.chars += row.text.length;
    this.home.set(row, block);
    this.count += 1;
    this.chars += row.text.length;
    this.height += height;
  }

  private forget(block: Block): void {
    for (const row of block.rows) {
      this.home.delete(row);
      if (this.open[row.stream] === row) this.open[row.stream] = undefined;
    }
    this.count -= block.rows.length;
    this.chars -= block.chars;
    this.height -= block.height;
  }

  /** Colours that earlier lines left switched on go through the held rows, until nothing changes. */
  private carry(states: Partial<Record<LogStream, AnsiState>>): void {
    const styles = new Map<LogStream, AnsiStyle>();
    for (const [stream, state] of Object.entries(states) as [LogStream, AnsiState][]) {
      styles.set(stream, state.style);
    }
    for (const row of this.rows()) {
      if (styles.size === 0) return;
      const style = styles.get(row.stream);
      if (style === undefined) continue;
      if (sameStyle(style, row.style)) styles.delete(row.stream);
      else {
        row.style = style;
        styles.set(row.stream, styleAfter(row.text, style));
      }
    }
    for (const [stream, style] of styles) this.states[stream] = { style, pending: "" };
  }
}
