/** A log that is there as text: a stored file that was fetched whole, a traceback, an example. */
import { patternOf, matches } from "./matching";
import type { LogLine, LogPage, LogSource } from "./types";

/** `offset`s count characters here; there are no times. */
export function textLogSource(text: string): LogSource {
  const lines: LogLine[] = [];
  for (let from = 0; from < text.length;) {
    const found = text.indexOf("\n", from);
    const to = found < 0 ? text.length : found;
    lines.push({
      offset: from,
      at: null,
      stream: "stdout",
      text: text.slice(from, to),
      partial: false,
    });
    from = to + 1;
  }
  const pageOf = (part: LogLine[], start: number, nextOffset: number): Promise<LogPage> =>
    Promise.resolve({ lines: part, start, nextOffset, size: text.length, complete: true });
  const from = (offset: number): Promise<LogPage> => {
    const part = lines.filter((line) => line.offset >= offset);
    return pageOf(part, part[0]?.offset ?? text.length, text.length);
  };
  return {
    page: from,
    pageNear: from,
    before: (offset, count) => {
      const part = lines.filter((line) => line.offset < offset).slice(-count);
      return pageOf(part, part[0]?.offset ?? 0, offset);
    },
    tail: (count) => {
      const part = lines.slice(-count);
      return pageOf(part, part[0]?.offset ?? 0, text.length);
    },
    search: ({ direction, from: start, limit, ...wanted }) => {
      const pattern = patternOf(wanted);
      if (!(pattern instanceof RegExp))
        return Promise.resolve({ hits: [], nextOffset: start, complete: true });
      const forward = direction === "forward";
      const ordered = forward ? lines : lines.toReversed();
      const hits = ordered.filter(
        (line) =>
          (forward ? line.offset >= start : line.offset < start) && matches(line.text, pattern),
      );
      return Promise.resolve({ hits: hits.slice(0, limit), nextOffset: start, complete: true });
    },
  };
}
