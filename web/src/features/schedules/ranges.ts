/** Months, weeks and days as ranges of instants in a zone. */
import { dayAfter, monthText, dayText } from "@/scheduling";
import { fromWall } from "@/ui";

import type { Span } from "./address";

export interface DayRange {
  /** First day, and the day after the last: `YYYY-MM-DD`. */
  from: string;
  to: string;
}

/** The Monday of the day's week. */
export function mondayOf(day: string): string {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return dayAfter(day, -((weekday + 6) % 7));
}

/** What is shown of a span around a day; a month with the days of its first and last week. */
export function rangeOf(span: Span, day: string): DayRange {
  switch (span) {
    case "day":
      return { from: day, to: dayAfter(day, 1) };
    case "week": {
      const from = mondayOf(day);
      return { from, to: dayAfter(from, 7) };
    }
    case "month": {
      const first = `${day.slice(0, 8)}01`;
      const lastWeek = mondayOf(dayAfter(monthAfter(first, 1), -1));
      return { from: mondayOf(first), to: dayAfter(lastWeek, 7) };
    }
  }
}

/** The first of the month so many months after. */
export function monthAfter(day: string, months: number): string {
  const at = new Date(`${day.slice(0, 7)}-01T00:00:00Z`);
  at.setUTCMonth(at.getUTCMonth() + months);
  return at.toISOString().slice(0, 10);
}

/** The same place in the span before or after. */
export function stepped(span: Span, day: string, steps: number): string {
  if (span === "month") return monthAfter(day, steps);
  return dayAfter(day, span === "week" ? 7 * steps : steps);
}

export const daysOf = ({ from, to }: DayRange): string[] => {
  const days = [];
  for (let day = from; day < to; day = dayAfter(day, 1)) days.push(day);
  return days;
};

/** The instant at which a day begins in a zone. */
export const beginOf = (day: string, zone: string): string =>
  fromWall(`${day}T00:00`, zone) ?? `${day}T00:00:00Z`;

export function titleOf(span: Span, day: string, locale: string): string {
  if (span === "day") return dayText(day, locale);
  if (span === "month") return `${monthText(Number(day.slice(5, 7)), locale)} ${day.slice(0, 4)}`;
  const { from, to } = rangeOf("week", day);
  return `${dayText(from, locale, "short")} – ${dayText(dayAfter(to, -1), locale, "short")}`;
}
