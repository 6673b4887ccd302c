/** Goes from match to match: in the held rows at once, through the source for the rest of the log. */
import { matches, patternOf, type Wanted } from "./matching";
import type { LogReader } from "./reader";
import { type LogRow, textOf } from "./rows";
import type { LogSource } from "./types";

export type Found =
  { kind: "row"; row: LogRow; wrapped: boolean } | { kind: "none" } | { kind: "stopped" };

/** Rows that are counted before the page gets its turn again. */
const COUNTED_AT_ONCE = 2_000;

export class LogFinder {
  wanted: Wanted = { query: "", caseSensitive: false, regex: false };
  pattern: RegExp | null = null;
  /** Why the pattern is none. */
  invalid: string | null = null;

  private search = new AbortController();

  constructor(
    private readonly source: LogSource,
    private readonly reader: LogReader,
    private readonly isShown: (row: LogRow) => boolean,
  ) {}

  look(wanted: Wanted): void {
    this.stop();
    this.wanted = wanted;
    const pattern = patternOf(wanted);
    this.pattern = pattern instanceof RegExp ? pattern : null;
    this.invalid = pattern instanceof SyntaxError ? pattern.message : null;
  }

  stop(): void {
    this.search.abort();
    this.search = new AbortController();
  }

  /** The match after (or before) a row, or with `inclusive` in it; goes round once. */
  async next(from: LogRow | null, direction: 1 | -1, inclusive = false): Promise<Found> {
    this.stop();
    const { signal } = this.search;
    const pattern = this.pattern;
    if (pattern === null) return { kind: "none" };
    const held = this.held(from, direction, pattern, inclusive);
    if (held !== null) return { kind: "row", row: held, wrapped: false };
    const { window } = this.reader;
    const isEnd = direction === 1 ? this.reader.reachesEnd : window.start <= 0;
    if (!isEnd) {
      const start = direction === 1 ? window.end : window.start;
      const found = await this.remote(start, direction, signal);
      if (found !== null) return found;
    }
    if (signal.aborted) return { kind: "stopped" };
    if (!this.reader.holdsAll) {
      const found = await this.remote(direction === 1 ? 0 : this.reader.size, direction, signal);
      return found?.kind === "row" ? { ...found, wrapped: true } : (found ?? { kind: "none" });
    }
    const around = this.held(null, direction, pattern);
    return around === null ? { kind: "none" } : { kind: "row", row: around, wrapped: true };
  }

  /** The first line that tells of an error: a traceback, else anything on stderr; null: none. */
  async firstError(): Promise<LogRow | null> {
    this.stop();
    const { signal } = this.search;
    const { window } = this.reader;
    const held = [...window.rows()];
    const isTraceback = (row: LogRow): boolean => textOf(row).includes(TRACEBACK);
    if (!this.reader.holdsAll && this.source.search !== undefined) {
      const wanted = { query: TRACEBACK, caseSensitive: true, regex: false };
      const found = await this.ask(wanted, 0, 1, signal);
      if (found !== null) return this.reader.toOffset(found);
    }
    return held.find(isTraceback) ?? held.find((row) => row.stream === "stderr") ?? null;
  }

  /** Lines that match among the held ones; lets the page live meanwhile. Null: stopped. */
  async count(signal: AbortSignal): Promise<number | null> {
    const pattern = this.pattern;
    if (pattern === null) return 0;
    let count = 0;
    let seen = 0;
    for (const row of [...this.reader.window.rows()]) {
      if (this.isShown(row) && matches(textOf(row), pattern)) count += 1;
      seen += 1;
      if (seen % COUNTED_AT_ONCE === 0) await new Promise((resolve) => setTimeout(resolve));
      if (signal.aborted) return null;
    }
    return count;
  }

  private held(
    from: LogRow | null,
    direction: 1 | -1,
    pattern: RegExp,
    inclusive = true,
  ): LogRow | null {
    const { window } = this.reader;
    const start = from !== null && window.holds(from) ? from : undefined;
    for (const row of window.rows(start, direction)) {
      if ((inclusive || row !== start) && this.isShown(row) && matches(textOf(row), pattern))
        return row;
    }
    return null;
  }

  private async remote(
    from: number,
    direction: 1 | -1,
    signal: AbortSignal,
  ): Promise<Found | null> {
    const offset = await this.ask(this.wanted, from, direction, signal);
    if (signal.aborted) return { kind: "stopped" };
    if (offset === null) return null;
    const row = await this.reader.toOffset(offset);
    return row === null ? { kind: "stopped" } : { kind: "row", row, wrapped: false };
  }

  /** Asks on and on, since each answer only looks at a part of a great log. */
  private async ask(
    wanted: Wanted,
    from: number,
    direction: 1 | -1,
    signal: AbortSignal,
  ): Promise<number | null> {
    const search = this.source.search;
    let at = from;
    while (search !== undefined && !signal.aborted) {
      const page = await search(
        { ...wanted, from: at, direction: direction === 1 ? "forward" : "backward", limit: 1 },
        signal,
      );
      const hit = page.hits[0];
      if (hit !== undefined) return hit.offset;
      if (page.complete || page.nextOffset === at) return null;
      at = page.nextOffset;
    }
    return null;
  }
}

const TRACEBACK = "Traceback (most recent call last)";
