/** Durations as people write them (`90`, `1m 30s`, `2h`) to and from seconds. */

const UNITS: Record<string, number> = {
  ms: 0.001,
  s: 1,
  sec: 1,
  second: 1,
  seconds: 1,
  秒: 1,
  m: 60,
  min: 60,
  minute: 60,
  minutes: 60,
  分: 60,
  分钟: 60,
  h: 3600,
  hour: 3600,
  hours: 3600,
  小时: 3600,
  d: 86400,
  day: 86400,
  days: 86400,
  天: 86400,
  w: 604800,
  week: 604800,
  weeks: 604800,
  周: 604800,
};

const PART = /(\d+(?:[.,]\d+)?)\s*([a-z\u4e00-\u9fff]*)[\s,]*/gy;

/** Seconds, or null where the text is not a duration. A number without a unit counts seconds; `1:30` is 1 min 30 s. */
export function parseDuration(text: string): number | null {
  const plain = text.trim().toLowerCase();
  if (!plain) return null;
  const clock = /^(?:(\d+):)?(\d{1,2}):(\d{2})$/.exec(plain);
  if (clock) return Number(clock[1] ?? 0) * 3600 + Number(clock[2]) * 60 + Number(clock[3]);
  PART.lastIndex = 0;
  let total = 0;
  let parts = 0;
  while (PART.lastIndex < plain.length) {
    const found = PART.exec(plain);
    if (!found) return null;
    const amount = Number((found[1] ?? "").replace(",", "."));
    const unit = found[2] ?? "";
    // "1m 30" leaves open what the 30 counts, so only a lone number may go without a unit.
    if (!unit && (parts > 0 || PART.lastIndex < plain.length)) return null;
    const factor = unit ? UNITS[unit] : 1;
    if (factor === undefined) return null;
    total += amount * factor;
    parts += 1;
  }
  return Math.round(total * 1000) / 1000;
}

/** The shortest exact form: `1d 2h`, `1m 30s`, `0.25s`; reading it back gives the same seconds. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "";
  const parts: string[] = [];
  let rest = Math.round(seconds * 1000);
  for (const [unit, size] of [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["m", 60_000],
  ] as const) {
    const count = Math.floor(rest / size);
    if (count) parts.push(`${count}${unit}`);
    rest -= count * size;
  }
  if (rest || !parts.length) parts.push(`${rest / 1000}s`);
  return parts.join(" ");
}
