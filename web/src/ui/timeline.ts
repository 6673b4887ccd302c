/** Where the bars of a timeline lie: rows inside lanes, ticks of the axis, what is under a point. */
import type { DataTone } from "./tones";

export interface TimelineLane {
  id: string;
  label: string;
}

export interface TimelineBar {
  id: string;
  lane: string;
  /** Milliseconds since 1970. */
  start: number;
  /** Null while it goes on: the bar reaches to now. */
  end: number | null;
  tone: DataTone;
  label: string;
  /** A second line of the tooltip. */
  detail?: string;
}

export interface TimeRange {
  from: number;
  to: number;
}

export interface PlacedLane {
  lane: TimelineLane;
  /** The first of its rows, and how many. */
  row: number;
  rows: number;
}

export interface PlacedBar {
  bar: TimelineBar;
  row: number;
  start: number;
  end: number;
}

export interface TimelineLayout {
  lanes: PlacedLane[];
  /** By row, each sorted by start. */
  rows: PlacedBar[][];
}

/** Bars of a lane that overlap get rows of their own, at most `most` a lane; later ones share the last. */
export function layOut(
  lanes: readonly TimelineLane[],
  bars: readonly TimelineBar[],
  { now, most = 4 }: { now: number; most?: number },
): TimelineLayout {
  const byLane = new Map<string, PlacedBar[]>(lanes.map((lane) => [lane.id, []]));
  for (const bar of bars) {
    const end = Math.max(bar.start, bar.end ?? now);
    byLane.get(bar.lane)?.push({ bar, row: 0, start: bar.start, end });
  }
  const layout: TimelineLayout = { lanes: [], rows: [] };
  for (const lane of lanes) {
    const row = layout.rows.length;
    const rows = stack(byLane.get(lane.id) ?? [], most);
    rows.forEach((line, index) => {
      for (const placed of line) placed.row = row + index;
      layout.rows.push(line);
    });
    layout.lanes.push({ lane, row, rows: rows.length });
  }
  return layout;
}

function stack(bars: PlacedBar[], most: number): PlacedBar[][] {
  const rows: PlacedBar[][] = [[]];
  const ends: number[] = [Number.NEGATIVE_INFINITY];
  for (const bar of bars.sort((a, b) => a.start - b.start)) {
    let at = ends.findIndex((end) => end <= bar.start);
    if (at < 0 && rows.length < most) at = rows.push([]) - 1;
    if (at < 0) at = rows.length - 1;
    rows[at]?.push(bar);
    ends[at] = Math.max(ends[at] ?? bar.end, bar.end);
  }
  return rows;
}

/** The bars of a row that touch the range, without looking at all of a long row from its start on. */
export function touching(row: readonly PlacedBar[], range: TimeRange): PlacedBar[] {
  return row.filter((bar) => bar.end >= range.from && bar.start <= range.to);
}

/** The bar at `time` of a row; `slack` milliseconds beside a thin bar still hit it. The last drawn wins. */
export function barAt(
  row: readonly PlacedBar[] | undefined,
  time: number,
  slack: number,
): PlacedBar | undefined {
  return row?.findLast((bar) => bar.start - slack <= time && time <= bar.end + slack);
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const steps = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * second),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 3, 6, 12].map((n) => n * hour),
  ...[1, 2, 7, 14, 30, 90, 365].map((n) => n * day),
];

export interface Ticks {
  step: number;
  at: number[];
}

/** Round moments of local time (`offset` is the zone's, in ms east of UTC), about one for each `space` pixels. */
export function timeTicks(
  range: TimeRange,
  { width, space = 90, offset = 0 }: { width: number; space?: number; offset?: number },
): Ticks {
  const span = range.to - range.from;
  const wanted = (span * space) / Math.max(1, width);
  const step = steps.find((candidate) => candidate >= wanted) ?? 365 * day;
  const at: number[] = [];
  const first = Math.ceil((range.from + offset) / step) * step - offset;
  for (let tick = first; tick <= range.to && at.length < 200; tick += step) at.push(tick);
  return { step, at };
}

/** The range after a zoom by `factor` (below 1 looks closer) that keeps `around` at its place; 1 s to 2 years wide. */
export function zoomed(range: TimeRange, factor: number, around: number): TimeRange {
  const span = Math.max(second, Math.min(730 * day, (range.to - range.from) * factor));
  const part = (around - range.from) / (range.to - range.from);
  const from = around - part * span;
  return { from, to: from + span };
}

export function panned(range: TimeRange, by: number): TimeRange {
  return { from: range.from + by, to: range.to + by };
}
