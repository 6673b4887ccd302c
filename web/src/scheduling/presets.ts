/** The ways to say "when" that need no cron: each to settings and, where it can be told, back. */
import { fieldsOf, numberOf, readTime, readWeekdays, WEEKDAYS, type Weekday } from "./cronText";
import { changed, durationSetting, secondsOf, type ScheduleSettings } from "./settings";

export type { Weekday };
export const UNITS = { seconds: 1, minutes: 60, hours: 3_600, days: 86_400 } as const;
export type Unit = keyof typeof UNITS;
export type MonthDay = number | "last" | "lastWorkday";
export type Nth = 1 | 2 | 3 | 4 | 5 | "last";

/** Times are `HH:MM` of the schedule's zone. */
export type Preset =
  | { kind: "interval"; amount: number; unit: Unit; atOnce: boolean }
  | { kind: "hourly"; step: number; minute: number }
  | { kind: "daily"; time: string }
  | { kind: "workdays"; time: string }
  | { kind: "weekly"; days: readonly Weekday[]; time: string }
  | { kind: "monthly"; day: MonthDay; time: string }
  | { kind: "nth"; nth: Nth; weekday: Weekday; time: string }
  | { kind: "yearly"; month: number; day: number; time: string }
  | { kind: "once"; at: string }
  | { kind: "start" }
  | { kind: "cron"; text: string; both: boolean }
  | { kind: "rrule"; text: string };
export type PresetKind = Preset["kind"];

export const KINDS: readonly PresetKind[] = [
  "interval",
  "hourly",
  "daily",
  "workdays",
  "weekly",
  "monthly",
  "nth",
  "yearly",
  "once",
  "start",
  "cron",
  "rrule",
];
/** Steps of hours that divide the day, so that the distance is always the same. */
export const HOUR_STEPS = [1, 2, 3, 4, 6, 8, 12] as const;

const cronAt = (time: string, rest: string): ScheduleSettings => {
  const [hour, minute] = time.split(":").map(Number);
  return { cron: `${String(minute ?? 0)} ${String(hour ?? 0)} ${rest}` };
};

/** The trigger keys of a preset, as short as they can be written. */
export function written(preset: Preset): ScheduleSettings {
  switch (preset.kind) {
    case "interval":
      return changed(
        {},
        {
          every: durationSetting(preset.amount * UNITS[preset.unit]),
          at_once: preset.atOnce,
        },
      );
    case "hourly":
      return {
        cron: `${String(preset.minute)} ${preset.step === 1 ? "*" : `*/${String(preset.step)}`} * * *`,
      };
    case "daily":
      return cronAt(preset.time, "* * *");
    case "workdays":
      return cronAt(preset.time, "* * MON-FRI");
    case "weekly":
      return cronAt(preset.time, `* * ${ordered(preset.days).join(",")}`);
    case "monthly":
      return cronAt(preset.time, `${monthDayText(preset.day)} * *`);
    case "nth":
      return cronAt(
        preset.time,
        `* * ${preset.weekday}${preset.nth === "last" ? "L" : `#${String(preset.nth)}`}`,
      );
    case "yearly":
      return cronAt(preset.time, `${String(preset.day)} ${String(preset.month)} *`);
    case "once":
      return { at: preset.at };
    case "start":
      return { cron: "@reboot" };
    case "cron":
      return changed({}, { cron: preset.text, day_match: preset.both ? "and" : "or" });
    case "rrule":
      return { rrule: preset.text };
  }
}

const ordered = (days: readonly Weekday[]): Weekday[] =>
  WEEKDAYS.filter((day) => days.includes(day));
const monthDayText = (day: MonthDay): string =>
  day === "last" ? "L" : day === "lastWorkday" ? "LW" : String(day);

/** The simplest preset that means these settings; raw text where none does. */
export function read(settings: ScheduleSettings): Preset {
  const { at, every, cron, rrule } = settings;
  if (at) return { kind: "once", at };
  if (every !== undefined && every !== null) {
    const found = intervalOf(secondsOf(every) ?? 3_600);
    return { ...found, atOnce: settings.at_once ?? false };
  }
  if (rrule !== undefined && rrule !== null) return { kind: "rrule", text: rrule };
  if (cron === undefined || cron === null) return { kind: "daily", time: "09:00" };
  const both = settings.day_match === "and";
  return (both ? undefined : readCron(cron)) ?? { kind: "cron", text: cron, both };
}

function intervalOf(seconds: number): Extract<Preset, { kind: "interval" }> {
  const units: Unit[] = ["days", "hours", "minutes", "seconds"];
  const unit =
    units.find((one) => seconds >= UNITS[one] && seconds % UNITS[one] === 0) ?? "seconds";
  return { kind: "interval", amount: seconds / UNITS[unit], unit, atOnce: false };
}

const ALIASES: Record<string, string> = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@monthly": "0 0 1 * *",
};

function readCron(text: string): Preset | undefined {
  const plain = text.trim().toUpperCase();
  if (plain === "@REBOOT") return { kind: "start" };
  const fields = fieldsOf(ALIASES[plain.toLowerCase()] ?? plain);
  if (!fields) return undefined;
  const { minute, hour, day, month, weekday } = fields;
  if (day === "*" && month === "*" && weekday === "*") {
    const hourly = readHourly(minute, hour);
    if (hourly) return hourly;
  }
  const time = readTime(minute, hour);
  if (!time) return undefined;
  if (month !== "*") {
    const [monthNumber, dayNumber] = [numberOf(month, 1, 12), numberOf(day, 1, 31)];
    if (monthNumber === undefined || dayNumber === undefined || weekday !== "*") return undefined;
    return { kind: "yearly", month: monthNumber, day: dayNumber, time };
  }
  if (day !== "*") return weekday === "*" ? readMonthly(day, time) : undefined;
  return weekday === "*" ? { kind: "daily", time } : readWeekly(weekday, time);
}

function readHourly(minute: string, hour: string): Preset | undefined {
  const at = numberOf(minute, 0, 59);
  const step = hour === "*" ? 1 : numberOf(/^\*\/(\d+)$/.exec(hour)?.[1] ?? "", 1, 23);
  if (at === undefined || !HOUR_STEPS.some((one) => one === step)) return undefined;
  return { kind: "hourly", step: step ?? 1, minute: at };
}

function readMonthly(day: string, time: string): Preset | undefined {
  if (day === "L") return { kind: "monthly", day: "last", time };
  if (day === "LW") return { kind: "monthly", day: "lastWorkday", time };
  const number = numberOf(day, 1, 31);
  return number === undefined ? undefined : { kind: "monthly", day: number, time };
}

function readWeekly(text: string, time: string): Preset | undefined {
  if (text === "MON-FRI" || text === "1-5") return { kind: "workdays", time };
  const special = /^(\w+?)(?:#([1-5])|L)$/.exec(text);
  if (special) {
    const weekday = readWeekdays(special[1] ?? "")?.[0];
    if (!weekday) return undefined;
    return { kind: "nth", nth: special[2] ? (Number(special[2]) as Nth) : "last", weekday, time };
  }
  const days = readWeekdays(text);
  return days && { kind: "weekly", days, time };
}

/** The same wish said in another way, as far as the two have anything in common. */
export function turned(from: Preset, kind: PresetKind, now: { wall: string }): Preset {
  if (from.kind === kind) return from;
  const time = "time" in from ? from.time : from.kind === "once" ? from.at.slice(11, 16) : "09:00";
  const weekday =
    from.kind === "nth" ? from.weekday : from.kind === "weekly" ? (from.days[0] ?? "MON") : "MON";
  switch (kind) {
    case "interval":
      return {
        kind,
        amount: from.kind === "hourly" ? from.step : 15,
        unit: from.kind === "hourly" ? "hours" : "minutes",
        atOnce: false,
      };
    case "hourly":
      return { kind, step: 1, minute: Number(time.slice(3)) };
    case "daily":
    case "workdays":
      return { kind, time };
    case "weekly":
      return { kind, days: from.kind === "workdays" ? WEEKDAYS.slice(0, 5) : [weekday], time };
    case "monthly":
      return { kind, day: 1, time };
    case "nth":
      return { kind, nth: 1, weekday, time };
    case "yearly":
      return { kind, month: 1, day: 1, time };
    case "once":
      return { kind, at: `${now.wall.slice(0, 10)}T${time}` };
    case "start":
      return { kind };
    case "cron":
      return { kind, text: written(from).cron ?? "0 9 * * *", both: false };
    case "rrule":
      return { kind, text: ruleOf(time) };
  }
}

function ruleOf(time: string): string {
  const [hour, minute] = time.split(":").map(Number);
  return `FREQ=DAILY;BYHOUR=${String(hour ?? 9)};BYMINUTE=${String(minute ?? 0)};BYSECOND=0`;
}
