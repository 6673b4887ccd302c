import { describe, expect, it, vi } from "vitest";

import { LogFinder } from "./finder";
import { LogReader } from "./reader";
import { textOf } from "./rows";
import { LogGone, type LogLine, type LogPage, type LogSource } from "./types";
import { LogWindow } from "./window";

/** A log of lines of ten bytes each, pages of a hundred. */
class FakeLog {
  count: number;
  follower: { at: number; onPage: (page: LogPage) => void; onEnd: () => void } | null = null;
  asked: string[] = [];
  fails: Error | null = null;

  constructor(count: number) {
    this.count = count;
  }

  lines(from: number, to: number): LogLine[] {
    const lines: LogLine[] = [];
    for (let n = Math.ceil(from / 10); n < Math.min(this.count, to / 10); n += 1) {
      const stream = n % 100 === 42 ? "stderr" : "stdout";
      lines.push({ offset: n * 10, at: null, stream, text: `line ${n}`, partial: false });
    }
    return lines;
  }

  private answer(from: number, to: number): Promise<LogPage> {
    if (this.fails !== null) return Promise.reject(this.fails);
    const end = Math.min(to, this.count * 10);
    return Promise.resolve({
      lines: this.lines(from, end),
      start: from,
      nextOffset: end,
      size: this.count * 10,
      complete: false,
    });
  }

  source: LogSource = {
    page: (offset) => (this.asked.push(`page ${offset}`), this.answer(offset, offset + 1000)),
    pageNear: (offset) => (
      this.asked.push(`near ${offset}`),
      this.answer(Math.ceil(offset / 10) * 10, offset + 1000)
    ),
    before: (offset, lines) => (
      this.asked.push(`before ${offset}`),
      this.answer(Math.max(0, offset - Math.min(lines, 100) * 10), offset)
    ),
    tail: (lines) => (
      this.asked.push("tail"),
      this.answer(Math.max(0, (this.count - Math.min(lines, 100)) * 10), Infinity)
    ),
    search: ({ query, from, direction }) => {
      this.asked.push(`search ${from} ${direction}`);
      const all = this.lines(0, Infinity).filter((line) => line.text.includes(query));
      const hit =
        direction === "forward"
          ? all.find((line) => line.offset >= from)
          : all.findLast((line) => line.offset < from);
      return Promise.resolve({
        hits: hit ? [{ offset: hit.offset }] : [],
        nextOffset: from,
        complete: true,
      });
    },
    follow: (at, onPage, onEnd) => {
      this.follower = { at, onPage, onEnd };
      return () => (this.follower = null);
    },
  };

  /** As the live connection would: the lines that are new. */
  grow(lines: number): void {
    const from = this.follower?.at ?? this.count * 10;
    this.count += lines;
    const page = { lines: this.lines(from, Infinity), start: from, nextOffset: this.count * 10 };
    if (this.follower) this.follower.at = page.nextOffset;
    this.follower?.onPage({ ...page, size: page.nextOffset, complete: false });
  }
}

function open(log: FakeLog, live = false, limits = { rows: 600, chars: 1e9 }) {
  const onEnd = vi.fn();
  const window = new LogWindow(() => 20, limits);
  const reader = new LogReader(log.source, window, { live, onChange: vi.fn(), onEnd });
  const texts = (): string[] => [...window.rows()].map(textOf);
  const isWhole = (): boolean => {
    const rows = [...window.rows()];
    return rows.every((row, i) => row.offset === (rows[0]?.offset ?? 0) + i * 10);
  };
  return { reader, window, onEnd, texts, isWhole };
}

describe("opening", () => {
  it("at the start reads on to the end, and numbers the lines", async () => {
    const log = new FakeLog(250);
    const { reader, window, texts } = open(log);
    await reader.open("start");
    expect([reader.state, window.end, reader.reachesEnd]).toEqual(["ready", 1000, false]);
    await reader.loadAfter();
    await reader.loadAfter();
    await reader.loadAfter();
    expect(texts()).toEqual(log.lines(0, Infinity).map((line) => line.text));
    expect([window.firstNumber, reader.holdsAll]).toEqual([1, true]);
    expect(log.asked).toEqual(["page 0", "page 1000", "page 2000"]);
  });

  it("at a line reads around it", async () => {
    const { reader, window } = open(new FakeLog(1000));
    const row = await reader.open({ from: 5005, to: 5005 });
    expect(row?.offset).toBe(5010);
    expect([window.start, window.end]).toEqual([4010, 6005]);
    const asked = await reader.toOffset(4500);
    expect(asked?.offset).toBe(4500);
    expect(window.start).toBe(4010);
  });

  it("says when it fails, and when the log is gone", async () => {
    const log = new FakeLog(10);
    log.fails = new Error("no place");
    const { reader } = open(log);
    expect(await reader.open("start")).toBeNull();
    expect([reader.state, reader.error?.message]).toEqual(["failed", "no place"]);
    log.fails = new LogGone("away");
    await reader.open("start");
    expect(reader.state).toBe("gone");
    log.fails = null;
    await reader.open("start");
    expect([reader.state, reader.error]).toEqual(["ready", null]);
  });

  it("a failure later on leaves what is held, and waits for a retry", async () => {
    const log = new FakeLog(500);
    const { reader, window } = open(log);
    await reader.open("start");
    log.fails = new Error("offline");
    await reader.loadAfter();
    expect([reader.state, window.count, reader.error?.message]).toEqual(["ready", 100, "offline"]);
    log.fails = null;
    await reader.loadAfter();
    expect(window.count).toBe(100);
    reader.retry();
    await reader.loadAfter();
    expect(window.count).toBe(200);
  });
});

describe("following", () => {
  it("appends at the end and drops at the start", async () => {
    const log = new FakeLog(300);
    const { reader, window, isWhole } = open(log, true);
    await reader.open("end");
    expect([reader.following, log.follower?.at]).toEqual([true, 3000]);
    for (let i = 0; i < 20; i += 1) {
      log.grow(90);
      reader.flush();
    }
    expect(window.end).toBe(21_000);
    expect(window.count).toBeLessThanOrEqual(600);
    expect(isWhole()).toBe(true);
    expect(reader.news).toBe(0);
  });

  it("while the reader looks elsewhere it counts, and drops nothing under their eyes", async () => {
    const log = new FakeLog(300);
    const { reader, window, isWhole } = open(log, true);
    await reader.open("end");
    reader.setFollowing(false);
    const { start } = window;
    for (let i = 0; i < 30; i += 1) {
      log.grow(100);
      reader.flush();
    }
    expect(reader.news).toBe(3000);
    expect(window.start).toBe(start);
    expect(window.end).toBeLessThan(33_000);
    expect([isWhole(), reader.reachesEnd]).toEqual([true, false]);
    // Reading down from there meets the growing end again, without a gap.
    for (let i = 0; i < 40 && !reader.reachesEnd; i += 1) await reader.loadAfter();
    expect([window.end, log.follower?.at]).toEqual([33_000, 33_000]);
    reader.setFollowing(true);
    log.grow(5);
    reader.flush();
    expect([window.end, isWhole(), reader.news]).toEqual([33_050, true, 0]);
  });

  it("puts a flood into the window also when nothing is drawn", async () => {
    const log = new FakeLog(10);
    const { reader, window } = open(log, true);
    await reader.open("end");
    log.grow(20_000);
    expect(window.end).toBe(200_100);
    expect(window.count).toBeLessThanOrEqual(600);
  });

  it("ends when the source says so", async () => {
    const log = new FakeLog(10);
    const { reader, onEnd } = open(log, true);
    await reader.open("end");
    log.grow(3);
    log.follower?.onEnd();
    expect([reader.isLive, reader.following, onEnd.mock.calls.length]).toEqual([false, false, 1]);
    expect(reader.window.count).toBe(13);
  });
});

describe("finding", () => {
  const look = (reader: LogReader, log: FakeLog, query: string) => {
    const finder = new LogFinder(log.source, reader, () => true);
    finder.look({ query, caseSensitive: false, regex: false });
    return finder;
  };

  it("goes through the held lines without asking, and round", async () => {
    const log = new FakeLog(60);
    const { reader, window } = open(log);
    await reader.open("start");
    const finder = look(reader, log, "line 5");
    const hits: number[] = [];
    let row = window.rowAt(0);
    for (let i = 0; i < 12; i += 1) {
      const found = await finder.next(row, 1);
      if (found.kind === "row") hits.push((row = found.row).offset / 10);
    }
    expect(hits).toEqual([5, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 5]);
    expect(log.asked.some((ask) => ask.startsWith("search"))).toBe(false);
    expect(await finder.count(new AbortController().signal)).toBe(11);
  });

  it("asks the source for the rest, both ways, and goes there", async () => {
    const log = new FakeLog(10_000);
    const { reader } = open(log);
    await reader.open({ from: 50_000, to: 50_000 });
    const finder = look(reader, log, "line 9999");
    const found = await finder.next(null, 1);
    expect(found).toMatchObject({ kind: "row", wrapped: false, row: { offset: 99_990 } });
    const back = look(reader, log, "line 17");
    const first = await back.next(null, -1);
    expect(first).toMatchObject({ kind: "row", row: { offset: 17_990 } });
    expect(await look(reader, log, "nothing").next(null, 1)).toEqual({ kind: "none" });
  });

  it("the first error without a traceback is the first line of stderr", async () => {
    const log = new FakeLog(80);
    const { reader } = open(log);
    await reader.open("start");
    expect((await look(reader, log, "").firstError())?.offset).toBe(420);
  });
});
