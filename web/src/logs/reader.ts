/** Keeps a window of a log filled: opens it at a place, loads on at both ends, follows its growth. */
import type { LogPlace } from "./places";
import type { LogRow } from "./rows";
import { LogGone, type LogPage, type LogSource } from "./types";
import type { LogWindow } from "./window";

export type ReaderState = "loading" | "ready" | "failed" | "gone";

const PAGE_BYTES = 512 * 1024;
const LINES_BEFORE = 2_000;
const LINES_AT_END = 2_000;
/** Lines that wait to be put into the window; more are put in at once, drawn or not. */
const MOST_WAITING = 5_000;

export class LogReader {
  state: ReaderState = "loading";
  /** Why the last request failed; the window is still good when `state` is `ready`. */
  error: Error | null = null;
  following = false;
  /** Lines that came while the reader looked elsewhere. */
  news = 0;
  size = 0;
  /** Lines that have arrived by following, ever. */
  received = 0;
  /** A page is being read before or after the window. */
  loading: "before" | "after" | null = null;

  private live: boolean;
  private jump = new AbortController();
  private stopFollowing: (() => void) | null = null;
  /** Where the pages that follow stand; those behind the window's end only count. */
  private followedTo = 0;
  private waiting: LogPage[] = [];
  private waitingLines = 0;

  constructor(
    private readonly source: LogSource,
    readonly window: LogWindow,
    private readonly options: { live: boolean; onChange: () => void; onEnd?: () => void },
  ) {
    this.live = options.live;
  }

  /** The window reaches what is known to be the end of the log. */
  get reachesEnd(): boolean {
    return this.window.end >= this.size;
  }

  get isLive(): boolean {
    return this.live;
  }

  get holdsAll(): boolean {
    return this.window.start <= 0 && this.reachesEnd;
  }

  /** Opens the log at a line, at its end (and follows it, if it is live), or at its start. */
  open(at: LogPlace | "start" | "end"): Promise<LogRow | null> {
    if (at === "end") return this.toEnd();
    return at === "start" ? this.toStart() : this.toOffset(at.from);
  }

  toStart(): Promise<LogRow | null> {
    if (this.state === "ready" && this.window.start <= 0 && this.window.count > 0) {
      return this.toOffset(0);
    }
    return this.jumpTo(async (signal) => {
      const page = await this.source.page(0, PAGE_BYTES, signal);
      return () => {
        this.take(page, 0);
        return this.window.rowAt(0);
      };
    });
  }

  /** Shows the newest lines; while the log is live it sticks to its end. */
  toEnd(): Promise<LogRow | null> {
    if (this.state === "ready" && this.reachesEnd && this.window.count > 0) {
      this.setFollowing(this.live);
      return Promise.resolve(this.window.rowAt(this.window.end));
    }
    return this.jumpTo(async (signal) => {
      const page = await this.source.tail(LINES_AT_END, signal);
      return () => {
        this.take(page, page.start);
        this.following = this.live;
        return this.window.rowAt(this.window.end);
      };
    });
  }

  /** The held line that has a byte, or else the first one that begins there or after it. */
  toOffset(offset: number): Promise<LogRow | null> {
    const held = this.heldRow(offset);
    if (held !== null) {
      this.following = false;
      this.options.onChange();
      return Promise.resolve(held);
    }
    return this.jumpTo(async (signal) => {
      const page = await this.source.pageNear(offset, PAGE_BYTES, signal);
      const before = await this.source.before(page.start, LINES_BEFORE, signal);
      return () => {
        this.take(page, page.start);
        this.takeBefore(before);
        return this.window.rowAt(page.start);
      };
    });
  }

  /** The first line at or after a moment. */
  toMoment(at: Date): Promise<LogRow | null> {
    return this.jumpTo(async (signal) => {
      const page = await this.source.since?.(at, PAGE_BYTES, signal);
      if (page === undefined || page.lines.length === 0) {
        const end = await this.source.tail(LINES_AT_END, signal);
        return () => {
          this.take(end, end.start);
          return this.window.rowAt(this.window.end);
        };
      }
      const before = await this.source.before(page.start, LINES_BEFORE, signal);
      return () => {
        this.take(page, page.start);
        this.takeBefore(before);
        return this.window.rowAt(page.start);
      };
    });
  }

  /** Reads what stands before the window; the newest lines may be dropped for it. */
  loadBefore(): Promise<void> {
    const { start } = this.window;
    if (start <= 0) return Promise.resolve();
    return this.load("before", async (signal) => {
      const page = await this.source.before(start, LINES_BEFORE, signal);
      if (this.window.start !== start) return;
      this.takeBefore(page);
      this.window.trimTail();
    });
  }

  /** Reads what stands after the window; the oldest lines may be dropped for it. */
  loadAfter(): Promise<void> {
    const { end } = this.window;
    if (this.reachesEnd || (this.live && end === this.followedTo)) return Promise.resolve();
    return this.load("after", async (signal) => {
      const page = await this.source.page(end, PAGE_BYTES, signal);
      if (this.window.end !== end) return;
      this.size = Math.max(page.size, page.nextOffset);
      this.window.append(page);
      this.window.trimHead();
      if (page.nextOffset <= end) this.size = end; // cut off from outside: no more is there
      if (this.reachesEnd) this.follow();
    });
  }

  /** Sticks to the end, or lets go of it. */
  setFollowing(following: boolean): void {
    if (following === this.following) return;
    this.following = following && this.live && this.reachesEnd;
    if (this.following) this.news = 0;
    this.options.onChange();
  }

  /** The run is over, or began again. */
  setLive(live: boolean): void {
    if (live === this.live) return;
    this.live = live;
    // What was written last may still be on its way: the source says when it has sent all.
    if (live && this.state === "ready" && this.reachesEnd) this.follow();
    this.options.onChange();
  }

  /** Forgets that a request failed, so that it is tried again. */
  retry(): void {
    this.error = null;
    this.options.onChange();
  }

  /** Puts what has arrived into the window; true when it changed. */
  flush(): boolean {
    if (this.waiting.length === 0) return false;
    const pages = this.waiting;
    this.waiting = [];
    this.waitingLines = 0;
    for (const page of pages) this.grow(page);
    return true;
  }

  stop(): void {
    this.jump.abort();
    this.stopFollowing?.();
    this.stopFollowing = null;
    this.waiting = [];
  }

  private heldRow(offset: number): LogRow | null {
    const { start, end } = this.window;
    return offset >= start && offset < end ? this.window.rowAt(offset) : null;
  }

  private async jumpTo(
    read: (signal: AbortSignal) => Promise<() => LogRow | null>,
  ): Promise<LogRow | null> {
    this.jump.abort();
    this.jump = new AbortController();
    const { signal } = this.jump;
    this.loading = null;
    try {
      const show = await read(signal);
      if (signal.aborted) return null;
      this.following = false;
      const row = show();
      this.state = "ready";
      this.error = null;
      return row;
    } catch (error) {
      this.fail(error, signal);
      return null;
    } finally {
      if (!signal.aborted) this.options.onChange();
    }
  }

  private async load(which: "before" | "after", read: (signal: AbortSignal) => Promise<void>) {
    if (this.loading !== null || this.state !== "ready" || this.error !== null) return;
    const { signal } = this.jump;
    this.loading = which;
    this.options.onChange();
    try {
      await read(signal);
    } catch (error) {
      this.fail(error, signal);
    } finally {
      if (!signal.aborted) {
        this.loading = null;
        this.options.onChange();
      }
    }
  }

  private fail(error: unknown, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.error = error instanceof Error ? error : new Error(String(error));
    if (error instanceof LogGone) this.state = "gone";
    else if (this.state !== "ready") this.state = "failed";
  }

  private take(page: LogPage, offset: number): void {
    this.window.replace(page, offset);
    this.size = Math.max(page.size, page.nextOffset);
    this.news = 0;
    this.stopFollowing?.();
    this.stopFollowing = null;
    this.waiting = [];
    this.waitingLines = 0;
    this.follow();
  }

  private takeBefore(page: LogPage): void {
    this.window.prepend(page.lines, page.start);
    this.size = Math.max(this.size, page.size);
  }

  /** From the window's end if it is the log's, else from there, only to count. */
  private follow(): void {
    this.stopFollowing?.();
    this.stopFollowing = null;
    if (!this.live || this.source.follow === undefined) return;
    this.followedTo = this.reachesEnd ? this.window.end : this.size;
    const from = this.followedTo;
    this.stopFollowing = this.source.follow(from, this.arrive, this.ended);
  }

  private readonly arrive = (page: LogPage): void => {
    this.waiting.push(page);
    this.waitingLines += page.lines.length;
    this.received += page.lines.length;
    if (this.waitingLines > MOST_WAITING) this.flush();
    this.options.onChange();
  };

  private readonly ended = (): void => {
    this.flush();
    this.live = false;
    this.following = false;
    this.stopFollowing = null;
    this.options.onEnd?.();
    this.options.onChange();
  };

  private grow(page: LogPage): void {
    const attached = this.window.end === this.followedTo;
    this.followedTo = page.nextOffset;
    this.size = Math.max(this.size, page.size, page.nextOffset);
    if (!this.following) this.news += page.lines.length;
    if (!attached || (!this.following && this.window.isFull)) return;
    this.window.append(page);
    if (this.following) this.window.trimHead();
  }
}
