/** A calendar's days as rows that can be edited, and back to what the API takes. */
import { dayAfter, monthText } from "@/scheduling";
import type { CalendarAnswer, CalendarBody, CalendarDayAnswer } from "@/api/generated";
import { WEEKDAYS, type Weekday } from "@/scheduling";

export interface DayRow {
  /** Only tells rows apart. */
  key: number;
  day: string;
  /** Empty: one day. */
  through: string;
  reason: string;
}

export interface CalendarDraft {
  weekdays: readonly Weekday[];
  holidays: string[];
  exclude: DayRow[];
  include: DayRow[];
  note: string;
}

let last = 0;
export function dayRow(day = "", through = "", reason = ""): DayRow {
  last += 1;
  return { key: last, day, through: through === day ? "" : through, reason };
}

function readRow(given: unknown): DayRow {
  if (typeof given === "string") {
    const [day = "", through = ""] = given.split("/");
    return dayRow(day, through);
  }
  const { day, through, reason } = (given ?? {}) as Record<string, unknown>;
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return dayRow(text(day), text(through), text(reason));
}

export function draftOf(calendar: CalendarAnswer): CalendarDraft {
  const chosen = calendar.weekdays?.map((day) => day.slice(0, 3).toUpperCase());
  return {
    weekdays: chosen ? WEEKDAYS.filter((day) => chosen.includes(day)) : [...WEEKDAYS],
    holidays: [...calendar.holidays],
    exclude: calendar.exclude.map(readRow),
    include: calendar.include.map(readRow),
    note: calendar.note,
  };
}

const rowBody = ({ day, through, reason }: DayRow) =>
  reason.trim()
    ? { day, ...(through ? { through } : {}), reason: reason.trim() }
    : through
      ? `${day}/${through}`
      : day;

/** What the API takes; rows without a day are left out. */
export function bodyOf(draft: CalendarDraft): CalendarBody {
  const rows = (given: readonly DayRow[]) =>
    [...given]
      .filter(({ day }) => day)
      .sort((a, b) => (a.day < b.day ? -1 : 1))
      .map(rowBody);
  return {
    ...(draft.weekdays.length < 7
      ? { weekdays: draft.weekdays.map((day) => day.toLowerCase()) }
      : {}),
    holidays: draft.holidays,
    exclude: rows(draft.exclude),
    include: rows(draft.include),
    note: draft.note.trim(),
  };
}

/** Whether a row is about the day. */
export const covers = ({ day, through }: DayRow, date: string): boolean =>
  day !== "" && day <= date && date <= (through || day);

/**
 * The draft with the day turned round: what is listed for it is taken back, else it gets an entry
 * that says the opposite of what holds.
 */
export function turned(draft: CalendarDraft, date: string, included: boolean): CalendarDraft {
  const single = (row: DayRow) => row.day === date && !row.through;
  const lists = ["include", "exclude"] as const;
  for (const list of lists)
    if (draft[list].some(single))
      return { ...draft, [list]: draft[list].filter((row) => !single(row)) };
  const list = included ? "exclude" : "include";
  return { ...draft, [list]: [...draft[list], dayRow(date)] };
}

export interface MonthOfYear {
  month: number;
  name: string;
  /** Weeks of seven places from Monday; null outside of the month. */
  weeks: (CalendarDayAnswer | null)[][];
}

/** A year's days as months of weeks. */
export function monthsOf(days: readonly CalendarDayAnswer[], locale: string): MonthOfYear[] {
  return Array.from({ length: 12 }, (_, index) => {
    const part = `-${String(index + 1).padStart(2, "0")}-`;
    const own = days.filter(({ day }) => day.slice(4, 8) === part);
    const lead = own[0] ? (new Date(`${own[0].day}T00:00:00Z`).getUTCDay() + 6) % 7 : 0;
    const places = [...Array.from({ length: lead }, () => null), ...own];
    const weeks = Array.from({ length: Math.ceil(places.length / 7) }, (_week, at) =>
      Array.from({ length: 7 }, (_day, place) => places[at * 7 + place] ?? null),
    );
    return { month: index + 1, name: monthText(index + 1, locale), weeks };
  });
}

/** The day that an arrow key leads to, inside of its year. */
export function movedDay(key: string, day: string): string | undefined {
  const steps: Record<string, number> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -7,
    ArrowDown: 7,
  };
  const step = steps[key];
  if (step === undefined) return undefined;
  const next = dayAfter(day, step);
  return next.slice(0, 4) === day.slice(0, 4) ? next : day;
}
