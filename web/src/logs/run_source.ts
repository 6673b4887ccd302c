/** The log of a run as the server gives it: pages by REST, its growth by the live connection. */
import { LogGone, type LogHit, type LogLine, type LogPage, type LogSource } from "./types";

/** What is used of the live connection (`api/live`). */
export interface LogFeed {
  subscribeLog(
    runId: string,
    offset: number,
    listener: {
      onLines(lines: LogLine[], nextOffset: number): void;
      onEnd(nextOffset: number): void;
    },
  ): () => void;
}

export interface RunLogOptions {
  feed: LogFeed;
  fetch?: typeof fetch;
  /** Makes an error a reader can understand of an answer that is none; default: its detail. */
  problem?: (document: unknown, response: Response) => Error;
  /** Whether the live connection carries logs now; else the log is asked for anew. */
  isLive?: () => boolean;
  pollMs?: number;
}

interface PageAnswer {
  lines: LogLine[];
  start?: number;
  next_offset: number;
  size: number;
  complete: boolean;
}

interface SearchAnswer {
  hits: LogHit[];
  next_offset: number;
  complete: boolean;
}

const FOLLOW_BYTES = 512 * 1024;

export function runLogSource(runId: string, options: RunLogOptions): LogSource {
  const base = `/api/v1/runs/${encodeURIComponent(runId)}/log`;
  const call = options.fetch ?? fetch;

  async function get<T>(
    path: string,
    query: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<T> {
    const address = `${base}${path}?${new URLSearchParams(query).toString()}`;
    const response = await call(address, signal ? { signal } : {});
    if (response.ok) return (await response.json()) as T;
    const document: unknown = await response.json().catch(() => null); // a proxy's page is no JSON
    if (response.status === 404) throw new LogGone(detailOf(document, response));
    throw options.problem?.(document, response) ?? new Error(detailOf(document, response));
  }

  async function page(query: Record<string, string>, signal?: AbortSignal): Promise<LogPage> {
    return pageOf(await get<PageAnswer>("", query, signal));
  }

  return {
    page: (offset, limit, signal) => page({ offset: `${offset}`, limit: `${limit}` }, signal),
    pageNear: (offset, limit, signal) =>
      page({ offset: `${offset}`, limit: `${limit}`, line_start: "true" }, signal),
    before: (offset, lines, signal) => page({ before: `${offset}`, lines: `${lines}` }, signal),
    tail: (lines, signal) => page({ tail: `${lines}` }, signal),
    since: (at, limit, signal) => page({ since: at.toISOString(), limit: `${limit}` }, signal),
    search: async ({ query, caseSensitive, regex, from, direction, limit }, signal) => {
      const asked = { q: query, case: `${caseSensitive}`, regex: `${regex}`, direction };
      const answer = await get<SearchAnswer>(
        "/search",
        { ...asked, from: `${from}`, limit: `${limit}` },
        signal,
      );
      return { hits: answer.hits, nextOffset: answer.next_offset, complete: answer.complete };
    },
    follow: (offset, onPage, onEnd) =>
      followRun({
        runId,
        offset,
        options,
        read: (at) => page({ offset: `${at}`, limit: `${FOLLOW_BYTES}` }),
        onPage,
        onEnd,
      }),
  };
}

interface Following {
  runId: string;
  offset: number;
  options: RunLogOptions;
  read: (offset: number) => Promise<LogPage>;
  onPage: (page: LogPage) => void;
  onEnd: () => void;
}

/**
 * Every byte once and in order, whatever the connection does: lines of an earlier subscription
 * that arrive late don't join on, and make the missing part be read; while there is no live
 * connection the log is asked for every `pollMs`.
 */
function followRun({ runId, offset, options, read, onPage, onEnd }: Following): () => void {
  let at = offset;
  let over = false;
  let reading = false;

  function deliver(page: LogPage): void {
    if (over || page.nextOffset <= at) return;
    const lines = page.lines.filter((line) => line.offset >= at);
    const start = at;
    at = page.nextOffset;
    onPage({ ...page, lines, start });
  }

  function end(): void {
    if (over) return;
    stop();
    onEnd();
  }

  async function catchUp(): Promise<void> {
    if (reading || over) return;
    reading = true;
    try {
      for (;;) {
        const page = await read(at);
        deliver(page);
        if (page.complete) end();
        if (over || page.nextOffset >= page.size) return;
      }
    } catch (error) {
      // No answer now: the next tick asks again. A log that is gone will not come back.
      if (error instanceof LogGone) end();
    } finally {
      reading = false;
    }
  }

  const unsubscribe = options.feed.subscribeLog(runId, offset, {
    onLines(lines, nextOffset) {
      const first = lines[0]?.offset ?? at;
      if (reading || first > at) void catchUp();
      else deliver({ lines, start: at, nextOffset, size: nextOffset, complete: false });
    },
    onEnd(nextOffset) {
      if (nextOffset <= at) end();
      else void catchUp().then(end);
    },
  });
  const timer = setInterval(() => {
    if (options.isLive?.() === false) void catchUp();
  }, options.pollMs ?? 2_000);

  function stop(): void {
    over = true;
    clearInterval(timer);
    unsubscribe();
  }

  return stop;
}

function pageOf(answer: PageAnswer): LogPage {
  const { lines, next_offset: nextOffset, size, complete } = answer;
  return {
    lines,
    start: answer.start ?? lines[0]?.offset ?? nextOffset,
    nextOffset,
    size,
    complete,
  };
}

function detailOf(document: unknown, response: Response): string {
  const detail = (document as { detail?: unknown } | null)?.detail;
  return typeof detail === "string" ? detail : `${response.status} ${response.statusText}`;
}
