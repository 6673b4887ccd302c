/** How often something fires, counted from its next fires. */

export interface CountedFire {
  at: string;
  /** Wall-clock time in its zone. */
  local: string;
  skipped?: unknown;
}

export type Frequency =
  /** It ends: so many fires are left in all. */
  | { kind: "total"; count: number }
  /** `exact` false: no day has more than this, or it is rounded. */
  | { kind: "day" | "week" | "month" | "year"; count: number; exact: boolean };

const DAY_MS = 86_400_000;
const SPANS = [
  ["week", 7],
  ["month", 30.44],
  ["year", 365.25],
] as const;

/** Of the next fires in order; `more` says that others follow. Undefined where they say nothing. */
export function frequencyOf(fires: readonly CountedFire[], more: boolean): Frequency | undefined {
  const running = fires.filter((fire) => !fire.skipped);
  const [first, second] = running;
  const last = running.at(-1);
  if (!more) return { kind: "total", count: running.length };
  if (!first || !second || !last) return undefined;
  const gap =
    (new Date(last.at).getTime() - new Date(first.at).getTime()) / (running.length - 1) / DAY_MS;
  if (gap < 1.01) return perDay(running, gap);
  const [kind, days] = SPANS.find(([, length]) => gap <= length * 1.03) ?? SPANS[2];
  const count = kind === "week" ? perWeek(running) : days / gap;
  const rounded = Math.max(1, Math.round(count));
  return { kind, count: rounded, exact: Math.abs(count - rounded) < 0.12 };
}

/** The mean of the whole weeks that are seen. */
function perWeek(fires: readonly CountedFire[]): number {
  const days = daysBetween(fires).length - 1;
  const weeks = Math.max(1, Math.floor(days / 7));
  const end = new Date(fires[0]?.at ?? 0).getTime() + weeks * 7 * DAY_MS - DAY_MS / 8;
  return fires.filter(({ at }) => new Date(at).getTime() < end).length / weeks;
}

function perDay(fires: readonly CountedFire[], gap: number): Frequency {
  const counts = new Map<string, number>();
  for (const { local } of fires) {
    const day = local.slice(0, 10);
    counts.set(day, (counts.get(day) ?? 0) + 1);
  }
  // The first and the last day are seen in part only.
  const whole = daysBetween(fires)
    .slice(1, -1)
    .map((day) => counts.get(day) ?? 0);
  if (whole.length === 0) {
    const count = Math.max(1, Math.round(1 / gap));
    return { kind: "day", count, exact: isEven(fires, gap) && Number.isInteger(round(1 / gap)) };
  }
  const most = Math.max(...whole);
  return { kind: "day", count: most, exact: whole.every((count) => count === most) };
}

function daysBetween(fires: readonly CountedFire[]): string[] {
  const days = [];
  const last = fires.at(-1)?.local.slice(0, 10) ?? "";
  for (let day = fires[0]?.local.slice(0, 10) ?? last; day <= last;) {
    days.push(day);
    day = new Date(new Date(`${day}T00:00:00Z`).getTime() + DAY_MS).toISOString().slice(0, 10);
  }
  return days;
}

const round = (value: number) => Math.round(value * 1e6) / 1e6;

function isEven(fires: readonly CountedFire[], gap: number): boolean {
  return fires.every((fire, index) => {
    const before = fires[index - 1];
    if (!before) return true;
    const own = (new Date(fire.at).getTime() - new Date(before.at).getTime()) / DAY_MS;
    return Math.abs(own - gap) < 1e-6;
  });
}
