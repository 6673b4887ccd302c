/** The pieces of cron expressions that presets are made of; the server alone judges whole ones. */

export const WEEKDAYS = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

const BY_NUMBER: readonly Weekday[] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];

export interface CronFields {
  minute: string;
  hour: string;
  day: string;
  month: string;
  weekday: string;
}

/** The five fields, `?` read as `*`; undefined where there are not five. */
export function fieldsOf(text: string): CronFields | undefined {
  const parts = text
    .trim()
    .split(/\s+/)
    .map((part) => (part === "?" ? "*" : part));
  const [minute, hour, day, month, weekday, ...more] = parts;
  if (!minute || !hour || !day || !month || !weekday || more.length) return undefined;
  return { minute, hour, day, month, weekday };
}

/** A plain number within bounds. */
export function numberOf(text: string, low: number, high: number): number | undefined {
  if (!/^\d{1,2}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= low && value <= high ? value : undefined;
}

/** `HH:MM` of one minute in one hour. */
export function readTime(minute: string, hour: string): string | undefined {
  const [h, m] = [numberOf(hour, 0, 23), numberOf(minute, 0, 59)];
  if (h === undefined || m === undefined) return undefined;
  return `${String(h).padStart(2, "0")}:${String(m).padStart(2, "0")}`;
}

function weekday(text: string): Weekday | undefined {
  if (/^[0-7]$/.test(text)) return BY_NUMBER[Number(text)];
  return WEEKDAYS.find((day) => day === text);
}

/** `MON,WED-FRI` or `1,3-5` as days from Monday on; undefined for anything else. */
export function readWeekdays(text: string): Weekday[] | undefined {
  const found = new Set<Weekday>();
  for (const item of text.toUpperCase().split(",")) {
    const [first, last, ...more] = item.split("-").map(weekday);
    if (!first || more.length || (item.includes("-") && !last)) return undefined;
    const from = WEEKDAYS.indexOf(first);
    const through = WEEKDAYS.indexOf(last ?? first);
    const length = (through - from + 7) % 7;
    for (let step = 0; step <= length; step += 1) {
      const day = WEEKDAYS[(from + step) % 7];
      if (day) found.add(day);
    }
  }
  return WEEKDAYS.filter((day) => found.has(day));
}

export interface CronPart {
  text: string;
  /** Where the part begins, in characters from 0. */
  start: number;
  field: "second" | "minute" | "hour" | "day" | "month" | "weekday" | "more";
}

const FIVE = ["minute", "hour", "day", "month", "weekday"] as const;

/** What each word of an expression stands for, while it is being typed. */
export function partsOf(text: string): CronPart[] {
  const words = [...text.matchAll(/\S+/g)];
  const names = words.length > 5 ? (["second", ...FIVE] as const) : FIVE;
  return words.map((word, index) => ({
    text: word[0],
    start: word.index,
    field: names[index] ?? "more",
  }));
}
