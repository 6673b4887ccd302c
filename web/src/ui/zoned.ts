/** Wall-clock times of a zone (what `datetime-local` speaks) to and from instants. */

/** The zone that the browser lives in. */
export function localZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

/** Minutes that the zone is ahead of UTC at an instant. */
export function offsetMinutes(instant: Date, zone: string): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(instant);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
  const wall = Date.UTC(
    part("year"),
    part("month") - 1,
    part("day"),
    part("hour"),
    part("minute"),
    part("second"),
  );
  return Math.round((wall - Math.floor(instant.getTime() / 1000) * 1000) / 60_000);
}

/** `2026-03-01T08:30` in the zone, for an RFC 3339 instant; empty for none or for nonsense. */
export function toWall(instant: string | null | undefined, zone: string): string {
  const at = instant ? new Date(instant) : null;
  if (!at || Number.isNaN(at.getTime())) return "";
  const shifted = new Date(at.getTime() + offsetMinutes(at, zone) * 60_000);
  const text = shifted.toISOString();
  return shifted.getUTCSeconds() ? text.slice(0, 19) : text.slice(0, 16);
}

/**
 * The RFC 3339 UTC instant of a wall-clock time in the zone; null for nonsense.
 * A time that the clock skips counts as if the old offset went on; one that comes twice is the first.
 */
export function fromWall(wall: string, zone: string): string | null {
  const naive = new Date(`${wall}Z`);
  if (!wall || Number.isNaN(naive.getTime())) return null;
  const day = 86_400_000;
  const before = offsetMinutes(new Date(naive.getTime() - day), zone);
  const after = offsetMinutes(new Date(naive.getTime() + day), zone);
  for (const offset of [before, after]) {
    const instant = new Date(naive.getTime() - offset * 60_000);
    if (offsetMinutes(instant, zone) === offset) return utc(instant);
  }
  return utc(new Date(naive.getTime() - before * 60_000));
}

function utc(instant: Date): string {
  return instant.toISOString().replace(".000Z", "Z");
}
