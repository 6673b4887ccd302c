/** Instants and durations as people read them, in a given language and zone. */

const cache = new Map<string, Intl.DateTimeFormat>();

function formatter(locale: string, zone: string, options: Intl.DateTimeFormatOptions) {
  const key = `${locale}|${zone}|${JSON.stringify(options)}`;
  let found = cache.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(locale, { ...options, timeZone: zone, hourCycle: "h23" });
    cache.set(key, found);
  }
  return found;
}

export interface Reader {
  locale: string;
  zone: string;
}

const SECONDS = { hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
const DAY = { year: "numeric", month: "short", day: "numeric" } as const;

/** `Nov 22, 2026, 14:05:09`. */
export function fullTime(at: string | number | Date, { locale, zone }: Reader): string {
  return formatter(locale, zone, { ...DAY, ...SECONDS }).format(new Date(at));
}

/** `14:05:09`, with the day when it is another one than today's. */
export function shortTime(
  at: string | number | Date,
  { locale, zone }: Reader,
  now: number = Date.now(),
): string {
  const day = formatter("en-CA", zone, { year: "numeric", month: "2-digit", day: "2-digit" });
  const moment = new Date(at);
  if (day.format(moment) === day.format(now))
    return formatter(locale, zone, SECONDS).format(moment);
  return formatter(locale, zone, {
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
  }).format(moment);
}

/** The zone's own name with its difference to UTC at that moment: `Europe/Berlin (GMT+1)`. */
export function zoneName(zone: string, at: Date = new Date()): string {
  const part = formatter("en", zone, { timeZoneName: "shortOffset" })
    .formatToParts(at)
    .find(({ type }) => type === "timeZoneName");
  return part && part.value !== zone ? `${zone} (${part.value})` : zone;
}

const STEPS: readonly [limitS: number, unitS: number, unit: Intl.RelativeTimeFormatUnit][] = [
  [60, 1, "second"],
  [3_600, 60, "minute"],
  [86_400, 3_600, "hour"],
  [7 * 86_400, 86_400, "day"],
  [31 * 86_400, 7 * 86_400, "week"],
  [366 * 86_400, 30.44 * 86_400, "month"],
  [Infinity, 365.25 * 86_400, "year"],
];

const relative = new Map<string, Intl.RelativeTimeFormat>();

function distances(locale: string): Intl.RelativeTimeFormat {
  let found = relative.get(locale);
  if (!found) {
    found = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" });
    relative.set(locale, found);
  }
  return found;
}

/** `3 minutes ago`, `in 2 hours`; rounded towards now, so that `in 1 hour` is never under one. */
export function relativeTime(at: string | number | Date, locale: string, now: number): string {
  const seconds = (new Date(at).getTime() - now) / 1000;
  const size = Math.abs(seconds);
  const [, unitS, unit] = STEPS.find(([limit]) => size < limit) ?? [0, 1, "second" as const];
  const value = Math.trunc(seconds / unitS);
  return distances(locale).format(value === 0 ? 0 : value, unit);
}

/** `350 ms`, `4.2 s`, `1 m 30 s`, `2 h 05 m`, `3 d 4 h`: two units at most. */
export function durationText(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "–";
  if (seconds < 1) return `${String(Math.round(seconds * 1000))} ms`;
  if (seconds < 59.95)
    return `${seconds < 10 ? seconds.toFixed(1) : String(Math.round(seconds))} s`;
  const whole = Math.round(seconds);
  const [d, h, m, s] = [
    Math.floor(whole / 86_400),
    Math.floor((whole % 86_400) / 3_600),
    Math.floor((whole % 3_600) / 60),
    whole % 60,
  ];
  if (d) return h ? `${String(d)} d ${String(h)} h` : `${String(d)} d`;
  if (h) return `${String(h)} h ${String(m).padStart(2, "0")} m`;
  return `${String(m)} m ${String(s).padStart(2, "0")} s`;
}

/** Seconds from `from` to `to`, or to now where it has not ended; null where it has not begun. */
export function secondsBetween(
  from: string | null | undefined,
  to: string | null | undefined,
  now: number,
): number | null {
  if (!from) return null;
  return Math.max(0, ((to ? new Date(to).getTime() : now) - new Date(from).getTime()) / 1000);
}
