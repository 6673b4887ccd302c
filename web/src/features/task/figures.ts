/** A task's statistics as the page shows them: rates, spans, and rows for the charts. */
import type { DayAnswer, RecentRunAnswer } from "@/api/generated";
import type { BarStack } from "@/ui";

export const ENDS = ["succeeded", "failed", "timed_out", "crashed", "cancelled"] as const;

/** `98 %`, never rounded up to 100 or down to 0 where that is not true. */
export function percentText(rate: number | null): string {
  if (rate === null) return "–";
  const percent = rate * 100;
  if (percent > 99 && percent < 100) return `${(Math.floor(percent * 10) / 10).toFixed(1)} %`;
  if (percent > 0 && percent < 1) return `${(Math.ceil(percent * 10) / 10).toFixed(1)} %`;
  return `${String(Math.round(percent))} %`;
}

export function stacksOf(days: readonly DayAnswer[], locale: string): BarStack[] {
  // The date is a day of the calendar already: no zone may shift it.
  const words = new Intl.DateTimeFormat(locale, {
    month: "short",
    day: "numeric",
    timeZone: "UTC",
  });
  return days.map(({ date, succeeded, failed, timed_out, crashed, cancelled }) => ({
    key: date,
    label: words.format(new Date(`${date}T00:00:00Z`)),
    values: { succeeded, failed, timed_out, crashed, cancelled },
  }));
}

/** How long runs took by when they began, oldest first: seconds since 1970 and seconds. */
export function trendOf(recent: readonly RecentRunAnswer[]): { times: number[]; values: number[] } {
  const points = recent
    .flatMap(({ started_at, duration_s }) =>
      started_at && duration_s !== null
        ? [[Date.parse(started_at) / 1000, duration_s] as const]
        : [],
    )
    .sort(([a], [b]) => a - b);
  // One point draws no line.
  const shown = points.length > 1 ? points : [];
  return { times: shown.map(([at]) => at), values: shown.map(([, seconds]) => seconds) };
}

/** The days' middle durations, at each day's noon; days without runs are gaps. */
export function dailyOf(days: readonly DayAnswer[]): {
  times: number[];
  values: (number | null)[];
} {
  return {
    times: days.map(({ date }) => Date.parse(`${date}T12:00:00Z`) / 1000),
    values: days.map(({ duration_p50_s }) => duration_p50_s),
  };
}
