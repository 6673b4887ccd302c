/** How uPlot draws our charts: colours from the tokens, quiet axes, 24 hour times. */
import type uPlot from "uplot";

import { readToken, readTone, type DataTone } from "./tones";

interface ChartPlan {
  width: number;
  height: number;
  series: readonly { label: string; tone: DataTone; area?: boolean }[];
  words: (value: number) => string;
  max?: number;
  syncKey?: string;
  locale: string;
  onCursor: (index: number | null | undefined, left: number) => void;
}

const day = 86_400;

/** Reads the colours of `of` now: built again when the theme changes. */
export function chartOptions(of: Element, plan: ChartPlan): uPlot.Options {
  const font = `11px ${getComputedStyle(of).fontFamily}`;
  const axis = {
    stroke: readToken("--ink-3", of),
    font,
    grid: { stroke: readToken("--line", of), width: 1 },
    ticks: { show: false },
  };
  return {
    width: plan.width,
    height: plan.height,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { size: 6 },
      drag: { x: false, y: false },
      ...(plan.syncKey === undefined ? {} : { sync: { key: plan.syncKey } }),
    },
    scales: {
      x: { time: true },
      y: { range: (_, low, high) => [Math.min(0, low), plan.max ?? top(high)] },
    },
    axes: [
      {
        ...axis,
        size: 24,
        gap: 4,
        space: 70,
        values: (_, at, __, ___, step) => at.map((time) => moment(time, step, plan.locale)),
      },
      {
        ...axis,
        size: 48,
        gap: 6,
        space: 32,
        values: (_, at) => at.map((value) => plan.words(value)),
      },
    ],
    series: [{}, ...plan.series.map((one) => line(of, one))],
    hooks: { setCursor: [(chart) => plan.onCursor(chart.cursor.idx, chart.cursor.left ?? -1)] },
  };
}

function line(of: Element, one: ChartPlan["series"][number]): uPlot.Series {
  const stroke = readTone(one.tone, of);
  return {
    label: one.label,
    stroke,
    width: 1.5,
    points: { show: false },
    ...(one.area ? { fill: `color-mix(in oklab, ${stroke} 14%, transparent)` } : {}),
  };
}

/** A scale of nothing still needs a height. */
function top(high: number | null): number {
  return high !== null && high > 0 ? high * 1.05 : 1;
}

function moment(time: number, step: number, locale: string): string {
  const words: Intl.DateTimeFormatOptions =
    step >= day
      ? { month: "short", day: "numeric" }
      : { hour: "2-digit", minute: "2-digit", second: step < 60 ? "2-digit" : undefined };
  return new Date(time * 1000).toLocaleString(locale, { hourCycle: "h23", ...words });
}
