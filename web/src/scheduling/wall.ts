/** Wall-clock times without a zone (`2026-11-23T02:30:00`), as the server plans by, in words. */

const cache = new Map<string, Intl.DateTimeFormat>();

function formatter(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale}|${JSON.stringify(options)}`;
  let found = cache.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC", hourCycle: "h23" });
    cache.set(key, found);
  }
  return found;
}

/** The clock time itself, also of one that does not exist in its zone; an offset is left out. */
function naive(wall: string): Date {
  return new Date(`${wall.slice(0, 19)}Z`);
}

/** `Mon, Nov 23, 02:30`; seconds where there are any, the year where it is another than `year`. */
export function wallText(wall: string, locale: string, year?: number): string {
  const at = naive(wall);
  if (Number.isNaN(at.getTime())) return wall;
  return formatter(locale, {
    weekday: "short",
    month: "short",
    day: "numeric",
    year: year === undefined || at.getUTCFullYear() === year ? undefined : "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: at.getUTCSeconds() ? "2-digit" : undefined,
  }).format(at);
}

/** `Monday, November 23, 2026` of `2026-11-23`. */
export function dayText(day: string, locale: string, style: "full" | "short" = "full"): string {
  const options: Intl.DateTimeFormatOptions =
    style === "full"
      ? { weekday: "long", year: "numeric", month: "long", day: "numeric" }
      : { weekday: "short", month: "short", day: "numeric" };
  return formatter(locale, options).format(new Date(`${day}T00:00:00Z`));
}

/** `Mon` ... `Sun` for 0 ... 6, Monday first. */
export function weekdayText(
  index: number,
  locale: string,
  style: "short" | "long" = "short",
): string {
  return formatter(locale, { weekday: style }).format(new Date(Date.UTC(2024, 0, 1 + index)));
}

/** `January` ... for 1 ... 12. */
export function monthText(month: number, locale: string, style: "short" | "long" = "long"): string {
  return formatter(locale, { month: style }).format(new Date(Date.UTC(2024, month - 1, 1)));
}

/** `2026-11-23` of an instant in a zone. */
export function dayIn(at: string | number | Date, zone: string): string {
  const key = `day|${zone}`;
  let found = cache.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat("en-CA", {
      timeZone: zone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
    });
    cache.set(key, found);
  }
  return found.format(new Date(at));
}

/** `23:05` of an instant in a zone. */
export function clockIn(at: string | number | Date, zone: string): string {
  const key = `clock|${zone}`;
  let found = cache.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    cache.set(key, found);
  }
  return found.format(new Date(at));
}

/** The day so many days after, in the calendar alone. */
export function dayAfter(day: string, days: number): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}
