/** What a log is to the viewer: lines addressed by byte offsets, from a source that can page, search and follow. */

export type LogStream = "platform" | "stdout" | "stderr";

/** One line, or a piece of one, as the server sends it. */
export interface LogLine {
  /** Of its first byte in the log. */
  offset: number;
  /** When that byte arrived (RFC 3339), or null where the log keeps no times. */
  at: string | null;
  stream: LogStream;
  /** Without its line break; carriage returns and control sequences are still in it. */
  text: string;
  /** No line break yet: the next line of the same stream goes on with this one. */
  partial: boolean;
}

export interface LogPage {
  lines: readonly LogLine[];
  /** Where this page starts: reading back goes on before it. */
  start: number;
  /** Where the next page starts. */
  nextOffset: number;
  /** Bytes in the log when the page was read. */
  size: number;
  /** Nothing will follow: the run is over, and this is the log's end. */
  complete: boolean;
}

export interface LogSearch {
  query: string;
  caseSensitive: boolean;
  regex: boolean;
  /** Byte offset from which to look, away in `direction`. */
  from: number;
  direction: "forward" | "backward";
  limit: number;
}

export interface LogHit {
  /** Of the line in which it is. */
  offset: number;
}

export interface LogSearchPage {
  hits: readonly LogHit[];
  /** Where to look on. */
  nextOffset: number;
  /** The end (or, backwards, the beginning) of the log was reached. */
  complete: boolean;
}

/** Reads one log. Promises reject with an Error whose message can be shown to a reader. */
export interface LogSource {
  /** The page that starts at `offset`, which was the start or end of another page. */
  page(offset: number, limitBytes: number, signal?: AbortSignal): Promise<LogPage>;
  /** The page that starts with the first line at or after any byte. */
  pageNear(offset: number, limitBytes: number, signal?: AbortSignal): Promise<LogPage>;
  /** The last `lines` lines that end before `offset`. */
  before(offset: number, lines: number, signal?: AbortSignal): Promise<LogPage>;
  tail(lines: number, signal?: AbortSignal): Promise<LogPage>;
  /** The page that starts with the first output at or after a moment; absent: the log has no times. */
  since?(at: Date, limitBytes: number, signal?: AbortSignal): Promise<LogPage>;
  search?(search: LogSearch, signal?: AbortSignal): Promise<LogSearchPage>;
  /** Pages as the log grows, each starting where the last one ended, first at `offset`; absent: this log doesn't grow. */
  follow?(offset: number, onPage: (page: LogPage) => void, onEnd: () => void): () => void;
}

/** Thrown by a source whose log is not there any more. */
export class LogGone extends Error {
  override readonly name = "LogGone";
}
