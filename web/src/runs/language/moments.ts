/** The moments of a filter: `15m`, `24h`, `7d`, `2w` ago, `today`, `yesterday`, a date, a full instant. */
import { fromWall, toWall } from "@/ui";

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
const UNITS: Record<string, number> = {
  m: MINUTE_MS,
  h: 60 * MINUTE_MS,
  d: DAY_MS,
  w: 7 * DAY_MS,
};
const AGO = /^(\d{1,5})([mhdw])$/;
const WALL = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?)?$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/;

export interface Clock {
  /** Milliseconds since the epoch. */
  now: number;
  /** The zone of days and of times without an offset. */
  zone: string;
}

/**
 * Milliseconds since the epoch; undefined for what is no moment. What is relative is rounded down
 * to the minute, so that the same words mean the same moment for a while.
 */
export function momentOf(text: string, { now, zone }: Clock): number | undefined {
  const word = text.toLowerCase();
  const ago = AGO.exec(word);
  if (ago) {
    const minute = Math.floor(now / MINUTE_MS) * MINUTE_MS;
    return minute - Number(ago[1]) * (UNITS[ago[2] ?? ""] ?? 0);
  }
  const today = toWall(new Date(now).toISOString(), zone).slice(0, 10);
  if (word === "today") return wall(`${today}T00:00`, zone);
  if (word === "yesterday") return wall(`${dayBefore(today)}T00:00`, zone);
  if (INSTANT.test(text)) return real(Date.parse(text));
  const local = WALL.exec(text);
  return local ? wall(`${local[1] ?? ""}T${local[2] ?? "00:00"}`, zone) : undefined;
}

function wall(text: string, zone: string): number | undefined {
  // `2026-02-30` would otherwise become a day in March.
  const day = text.slice(0, 10);
  const utc = new Date(`${text}:00Z`);
  if (Number.isNaN(utc.getTime()) || utc.toISOString().slice(0, 10) !== day) return undefined;
  return real(Date.parse(fromWall(text, zone) ?? ""));
}

const real = (ms: number) => (Number.isNaN(ms) ? undefined : ms);

function dayBefore(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - DAY_MS).toISOString().slice(0, 10);
}
