/** Times of lines: shown in a zone or since the start, and read from what a reader types. */

export type TimeMode = "clock" | "elapsed" | "off";
export const TIME_MODES: readonly TimeMode[] = ["clock", "elapsed", "off"];

const SECOND = 1000;
const DAY = 86_400 * SECOND;
const clocks = new Map<string, Intl.DateTimeFormat>();

interface Wall {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

function wallTime(at: Date, zone: string): Wall {
  let clock = clocks.get(zone);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    clocks.set(zone, clock);
  }
  const parts = Object.fromEntries(clock.formatToParts(at).map((p) => [p.type, Number(p.value)]));
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts;
  return { year, month, day, hour, minute, second };
}

const two = (n: number): string => String(n).padStart(2, "0");

/** Lines of the same second stand together, and reading a zone's clock is slow. */
let lastClock = { second: NaN, zone: "", text: "" };

/** `14:05:07.123` in the zone. */
export function clockTime(at: Date, zone: string): string {
  const second = Math.floor(at.getTime() / SECOND);
  if (lastClock.second !== second || lastClock.zone !== zone) {
    const wall = wallTime(at, zone);
    const text = `${two(wall.hour)}:${two(wall.minute)}:${two(wall.second)}`;
    lastClock = { second, zone, text };
  }
  return `${lastClock.text}.${String(at.getTime() - second * SECOND).padStart(3, "0")}`;
}

/** `+0:07.123`, `+1:02:03.004`: since the start. */
export function elapsedTime(at: Date, start: Date): string {
  const total = at.getTime() - start.getTime();
  const size = Math.abs(total);
  const seconds = Math.floor(size / SECOND);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const clock = h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
  return `${total < 0 ? "-" : "+"}${clock}.${String(size % SECOND).padStart(3, "0")}`;
}

/** The time column of a line, empty when there is nothing to show. */
export function shownTime(
  at: string | null,
  mode: TimeMode,
  zone: string,
  start: Date | null,
): string {
  if (at === null || mode === "off") return "";
  const moment = new Date(at);
  if (Number.isNaN(moment.getTime())) return "";
  return mode === "elapsed" && start !== null
    ? elapsedTime(moment, start)
    : clockTime(moment, zone);
}

/** The whole moment, for a tooltip: `2026-11-22 14:05:07.123 Europe/Berlin`. */
export function wholeTime(at: string, zone: string): string {
  const moment = new Date(at);
  const wall = wallTime(moment, zone);
  return `${wall.year}-${two(wall.month)}-${two(wall.day)} ${clockTime(moment, zone)} ${zone}`;
}

/**
 * The moment that `14:05`, `14:05:30`, `2026-11-22 14:05`, `+90`, `+5m` or a full RFC 3339 time means;
 * null when it means none. A time of day is the first one at or after `start`.
 */
export function parseMoment(text: string, zone: string, start: Date): Date | null {
  const typed = text.trim();
  const elapsed = /^\+\s*(\d+(?:\.\d+)?)\s*(s|m|h)?$/i.exec(typed);
  if (elapsed !== null) {
    const unit = { s: 1, m: 60, h: 3600 }[(elapsed[2] ?? "s").toLowerCase()] ?? 1;
    return new Date(start.getTime() + Number(elapsed[1]) * unit * SECOND);
  }
  if (/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:?\d\d)$/i.test(typed)) return valid(new Date(typed));
  const parts = /^(?:(\d{4})-(\d\d?)-(\d\d?)[ T])?(\d\d?):(\d\d)(?::(\d\d)(?:\.\d+)?)?$/.exec(
    typed,
  );
  if (parts === null) return null;
  const [year, month, day, hour = 0, minute = 0, second = 0] = parts
    .slice(1)
    .map((part) => (part === undefined ? undefined : Number(part)));
  if (hour > 23 || minute > 59 || second > 59) return null;
  const clock = { hour, minute, second };
  if (year !== undefined && month !== undefined && day !== undefined) {
    return valid(instantOf({ year, month, day, ...clock }, zone));
  }
  const sameDay = instantOf({ ...wallTime(start, zone), ...clock }, zone);
  if (sameDay.getTime() >= start.getTime() - 60 * SECOND) return sameDay;
  return instantOf({ ...wallTime(new Date(start.getTime() + DAY), zone), ...clock }, zone);
}

/** The instant at which clocks in the zone show this; in a gap, the moment after it. */
function instantOf(wall: Wall, zone: string): Date {
  const asUtc = Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second);
  let guess = asUtc;
  for (let i = 0; i < 2; i += 1) {
    const seen = wallTime(new Date(guess), zone);
    const shown = Date.UTC(
      seen.year,
      seen.month - 1,
      seen.day,
      seen.hour,
      seen.minute,
      seen.second,
    );
    guess += asUtc - shown;
  }
  return new Date(guess);
}

function valid(date: Date): Date | null {
  return Number.isNaN(date.getTime()) ? null : date;
}
