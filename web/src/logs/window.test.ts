import { describe, expect, it } from "vitest";

import { type LogRow, textOf } from "./rows";
import type { LogLine, LogStream } from "./types";
import { LogWindow } from "./window";

const line = (offset: number, text = "x", more: Partial<LogLine> = {}): LogLine => ({
  offset,
  at: null,
  stream: "stdout",
  text,
  partial: false,
  ...more,
});
/** Lines of ten bytes each. */
const tens = (from: number, count: number): LogLine[] =>
  Array.from({ length: count }, (_, i) => line(from + i * 10, `line ${from + i * 10}`));
const pageOf = (lines: LogLine[], nextOffset?: number) => ({
  lines,
  nextOffset: nextOffset ?? (lines.at(-1)?.offset ?? 0) + 10,
});
const texts = (window: LogWindow): string[] => [...window.rows()].map(textOf);
const make = (
  limits = { rows: 1000, chars: 1_000_000 },
  heightOf: (row: LogRow) => number = () => 20,
) => new LogWindow(heightOf, limits);

describe("a window", () => {
  it("numbers lines when it was read from the start, through dropping and reading back", () => {
    const window = make({ rows: 500, chars: 1e9 });
    window.replace(pageOf(tens(0, 1000)), 0);
    expect(window.firstNumber).toBe(1);
    window.trimHead();
    const kept = window.count;
    expect(kept).toBeLessThanOrEqual(500);
    expect(window.firstNumber).toBe(1001 - kept);
    expect(window.start).toBe((1000 - kept) * 10);
    expect(window.height).toBe(kept * 20);
    window.prepend(tens(0, 1000 - kept), 0);
    expect([window.firstNumber, window.start, window.count]).toEqual([1, 0, 1000]);
    window.trimTail();
    expect(window.end).toBe(window.count * 10);
    expect(window.firstNumber).toBe(1);
  });

  it("knows no numbers in the middle of a log, until it has read back to the start", () => {
    const window = make();
    window.replace(pageOf(tens(5000, 10)), 5000);
    expect(window.firstNumber).toBeNull();
    window.prepend(tens(4000, 100), 4000);
    expect(window.firstNumber).toBeNull();
    window.prepend(tens(0, 400), 0);
    expect(window.firstNumber).toBe(1);
    expect(texts(window)[0]).toBe("line 0");
    expect(texts(window)).toHaveLength(510);
  });

  it("joins pieces of a line per stream, over pages", () => {
    const window = make();
    window.replace(
      pageOf([line(0, "one ", { partial: true }), line(4, "err", { stream: "stderr" })], 8),
      0,
    );
    window.append(pageOf([line(8, "two ", { partial: true })], 12));
    window.append(pageOf([line(12, "three"), line(18, "next")], 23));
    expect(texts(window)).toEqual(["one two three", "err", "next"]);
    expect([...window.rows()].map((row) => row.open)).toEqual([false, false, false]);
  });

  it("goes on in a new row when a line is too long for one", () => {
    const window = make({ rows: 10, chars: 1e9 });
    const piece = "y".repeat(600_000);
    window.replace(pageOf([line(0, piece, { partial: true })], 600_000), 0);
    window.append(pageOf([line(600_000, piece)], 1_200_001));
    expect([...window.rows()].map((row) => row.continues)).toEqual([false, true]);
  });

  it("keeps its limits in characters, too", () => {
    const window = make({ rows: 1e6, chars: 100_000 });
    window.replace(pageOf([]), 0);
    for (let i = 0; i < 2000; i += 1)
      window.append(pageOf([line(i * 1000, "z".repeat(999))], (i + 1) * 1000));
    window.trimHead();
    // Whole blocks are dropped, and the last one always stays.
    expect(window.chars).toBeLessThan(100_000 + 256 * 1000);
    expect(window.start).toBe(window.end - window.count * 1000);
  });

  it("carries colours from line to line, also from lines that are read later", () => {
    const window = make();
    const red = "\u001b[31m";
    window.replace(pageOf([line(100, "a"), line(110, "b\u001b[0m"), line(120, "c")], 130), 100);
    expect([...window.rows()].map((row) => row.style)).toEqual([{}, {}, {}]);
    window.prepend([line(80, `${red}start`), line(90, "err", { stream: "stderr" })], 80);
    expect([...window.rows()].map((row) => row.style)).toEqual([{}, {}, { fg: 1 }, { fg: 1 }, {}]);
    window.append(pageOf([line(130, `${red}d`), line(140, "e")], 150));
    window.append(pageOf([line(150, "f"), line(160, "err", { stream: "stderr" })], 170));
    expect([...window.rows()].slice(-2).map((row) => row.style)).toEqual([{ fg: 1 }, {}]);
  });

  it("a sequence may be split between two pieces of a line", () => {
    const window = make();
    window.replace(pageOf([line(0, "a\u001b[3", { partial: true })], 5), 0);
    window.append(pageOf([line(5, "1mred"), line(12, "next")], 17));
    const [first, second] = [...window.rows()];
    expect(first && textOf(first)).toBe("ared");
    expect(second?.style).toEqual({ fg: 1 });
  });
});

describe("places", () => {
  const streamOf = (i: number): LogStream => (i % 3 === 0 ? "stderr" : "stdout");
  const heightOf = (row: LogRow): number => (row.stream === "stderr" ? 0 : 10 + (row.offset % 7));
  const window = make({ rows: 1e6, chars: 1e9 }, heightOf);
  window.replace(
    pageOf(
      Array.from({ length: 900 }, (_, i) => line(i * 10, `l${i}`, { stream: streamOf(i) })),
      9000,
    ),
    0,
  );

  it("are found by height and by row alike, and hidden rows take none", () => {
    let top = 0;
    let index = -1;
    for (const row of window.rows()) {
      index += 1;
      const height = heightOf(row);
      expect(window.placeOf(row)).toEqual({ row, index, top, height });
      if (height > 0) {
        expect(window.placeAt(top)?.row).toBe(row);
        expect(window.placeAt(top + height - 0.5)?.index).toBe(index);
      }
      top += height;
    }
    expect(window.height).toBe(top);
    expect(window.placeAt(top + 1000)?.row.text).toBe("l899");
    const between = window.placesBetween(3000, 3100);
    expect(between.every(({ row }) => row.stream === "stdout")).toBe(true);
    expect(between[0]?.top).toBeLessThanOrEqual(3000);
    expect((between.at(-1)?.top ?? 0) + (between.at(-1)?.height ?? 0)).toBeGreaterThanOrEqual(3100);
  });

  it("change with measured heights", () => {
    const row = window.rowAt(4001);
    expect(row?.offset).toBe(4000);
    if (row === null) return;
    const before = window.height;
    const old = window.placeOf(row)?.height ?? 0;
    expect(window.setHeight(row, old + 33)).toBe(true);
    expect(window.setHeight(row, old + 33)).toBe(false);
    expect(window.height).toBe(before + 33);
  });

  it("rows can be walked from any row, both ways", () => {
    const row = window.rowAt(5000) ?? undefined;
    const down = [...window.rows(row)];
    const up = [...window.rows(row, -1)];
    expect(down.length + up.length).toBe(901);
    expect(up.at(-1)?.offset).toBe(0);
    expect(down.at(-1)?.offset).toBe(8990);
  });
});
