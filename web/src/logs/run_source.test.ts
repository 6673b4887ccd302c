import { afterEach, describe, expect, it, vi } from "vitest";

import { runLogSource } from "./run_source";
import { LogGone, type LogLine, type LogPage } from "./types";

const line = (offset: number, text = "x"): LogLine => ({
  offset,
  at: null,
  stream: "stdout",
  text,
  partial: false,
});

type Listener = { onLines(lines: LogLine[], next: number): void; onEnd(next: number): void };

function setUp(answers: (address: URL) => unknown, status = 200) {
  let listener: Listener | null = null;
  const stop = vi.fn();
  const asked: URL[] = [];
  let isLive = true;
  const source = runLogSource("r/1", {
    feed: { subscribeLog: (_id, _at, one) => ((listener = one), stop) },
    fetch: (input) => {
      const address = new URL(String(input), "http://host");
      asked.push(address);
      return Promise.resolve(new Response(JSON.stringify(answers(address)), { status }));
    },
    isLive: () => isLive,
    pollMs: 1000,
  });
  const feed = (): Listener => {
    if (listener === null) throw new Error("nobody listens");
    return listener;
  };
  return { source, stop, asked, feed, goOffline: () => (isLive = false) };
}

const page = (lines: LogLine[], next: number, size = next, complete = false) => ({
  lines,
  start: lines[0]?.offset ?? next,
  next_offset: next,
  size,
  complete,
});

afterEach(() => {
  vi.useRealTimers();
});

describe("pages", () => {
  it("ask for what the API calls it", async () => {
    const { source, asked } = setUp(() => page([line(0)], 2));
    expect(await source.page(5, 100)).toEqual({
      lines: [line(0)],
      start: 0,
      nextOffset: 2,
      size: 2,
      complete: false,
    });
    await source.pageNear(7, 100);
    await source.before(9, 50);
    await source.tail(10);
    await source.since?.(new Date(0), 100);
    expect(asked.map((address) => address.pathname + address.search)).toEqual([
      "/api/v1/runs/r%2F1/log?offset=5&limit=100",
      "/api/v1/runs/r%2F1/log?offset=7&limit=100&line_start=true",
      "/api/v1/runs/r%2F1/log?before=9&lines=50",
      "/api/v1/runs/r%2F1/log?tail=10",
      "/api/v1/runs/r%2F1/log?since=1970-01-01T00%3A00%3A00.000Z&limit=100",
    ]);
  });

  it("search, too", async () => {
    const { source, asked } = setUp(() => ({
      hits: [{ offset: 3 }],
      next_offset: 9,
      complete: false,
    }));
    const found = await source.search?.({
      query: "a b",
      caseSensitive: true,
      regex: false,
      from: 4,
      direction: "backward",
      limit: 1,
    });
    expect(found).toEqual({ hits: [{ offset: 3 }], nextOffset: 9, complete: false });
    expect(asked[0]?.search).toBe("?q=a+b&case=true&regex=false&direction=backward&from=4&limit=1");
  });

  it("tell the server's words when it refuses", async () => {
    await expect(setUp(() => ({ detail: "No run r/1" }), 404).source.tail(1)).rejects.toThrow(
      LogGone,
    );
    await expect(setUp(() => ({ detail: "Not now" }), 503).source.tail(1)).rejects.toThrow(
      "Not now",
    );
  });
});

describe("following", () => {
  const texts = (pages: LogPage[]) => pages.flatMap((one) => one.lines.map((l) => l.text));

  it("delivers each line once and in order", () => {
    const { source, feed } = setUp(() => page([], 0));
    const pages: LogPage[] = [];
    source.follow?.(10, (one) => pages.push(one), vi.fn());
    feed().onLines([line(10, "a"), line(20, "b")], 30);
    feed().onLines([line(20, "b"), line(30, "c")], 40);
    feed().onLines([line(10, "a")], 20);
    expect(texts(pages)).toEqual(["a", "b", "c"]);
    expect(pages.map((one) => [one.start, one.nextOffset])).toEqual([
      [10, 30],
      [30, 40],
    ]);
  });

  it("reads what is missing when lines don't join on", async () => {
    const { source, feed, asked } = setUp((address) =>
      page([line(10, "a"), line(20, "b"), line(30, "c")], 40, 40, address.search === ""),
    );
    const pages: LogPage[] = [];
    source.follow?.(10, (one) => pages.push(one), vi.fn());
    feed().onLines([line(30, "c")], 40);
    await vi.waitFor(() => expect(texts(pages)).toEqual(["a", "b", "c"]));
    expect(asked).toHaveLength(1);
  });

  it("without a live connection the log is asked for, until the run is over", async () => {
    vi.useFakeTimers();
    const { source, goOffline, stop } = setUp(() => page([line(10, "a")], 20, 20, true));
    goOffline();
    const [pages, onEnd]: [LogPage[], () => void] = [[], vi.fn()];
    source.follow?.(10, (one) => pages.push(one), onEnd);
    await vi.advanceTimersByTimeAsync(1100);
    expect(texts(pages)).toEqual(["a"]);
    expect(onEnd).toHaveBeenCalledOnce();
    expect(stop).toHaveBeenCalledOnce();
  });

  it("ends after the last byte, and says nothing after it was stopped", async () => {
    const { source, feed } = setUp(() => page([line(10, "late")], 20, 20, true));
    const pages: LogPage[] = [];
    const onEnd = vi.fn();
    source.follow?.(10, (one) => pages.push(one), onEnd);
    feed().onEnd(20);
    await vi.waitFor(() => expect(onEnd).toHaveBeenCalledOnce());
    expect(texts(pages)).toEqual(["late"]);
    feed().onLines([line(20, "never")], 30);
    expect(pages).toHaveLength(1);
  });
});
