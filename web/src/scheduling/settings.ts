/** A schedule as one writes it: what the API takes and what a task's own settings hold. */
import type { ReplaceScheduleBody } from "@/api/generated";
import { formatDuration, parseDuration } from "@/ui";

export type ScheduleSettings = Omit<ReplaceScheduleBody, "message">;
export type SettingName = keyof ScheduleSettings;

/** What holds for a key that is not written; a key with this value is left out. */
const DEFAULTS: ScheduleSettings = {
  at_once: false,
  catch_up: "last",
  catch_up_window: 86_400,
  day_match: "or",
  grace: 60,
  jitter: 0,
  note: "",
  overlap: "skip",
  pause_after_failures: 0,
  roll: "skip",
};

const DURATIONS = new Set<SettingName>(["catch_up_window", "every", "grace", "jitter"]);
export const TRIGGERS = ["at", "every", "cron", "rrule"] as const;
export type TriggerName = (typeof TRIGGERS)[number];

/** Seconds of a duration as the API takes it; null for none or for what can't be read. */
export function secondsOf(value: number | string | null | undefined): number | null {
  if (typeof value === "number") return value;
  return value ? parseDuration(value) : null;
}

/** `1h30m`: a duration as a file would have it. */
export function durationSetting(seconds: number): string {
  return formatDuration(seconds).replaceAll(" ", "");
}

function isDefault(name: SettingName, value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (name === "params") return Object.keys(value as object).length === 0;
  if (!(name in DEFAULTS)) return false;
  if (DURATIONS.has(name)) return secondsOf(value as number | string) === DEFAULTS[name];
  return value === DEFAULTS[name];
}

/** The settings with these changed; what says nothing is not written. Other keys stay as they are. */
export function changed(
  settings: ScheduleSettings,
  changes: Partial<ScheduleSettings>,
): ScheduleSettings {
  const next = { ...settings, ...changes };
  for (const name of Object.keys(changes) as SettingName[]) {
    if (isDefault(name, changes[name])) Reflect.deleteProperty(next, name);
  }
  return next;
}

/** The value of a setting, or what holds without it. */
export function effective<N extends SettingName>(
  settings: ScheduleSettings,
  name: N,
): ScheduleSettings[N] {
  return settings[name] ?? DEFAULTS[name];
}

/** The keys that say when it fires, and nothing else. */
export function triggerOf(settings: ScheduleSettings): ScheduleSettings {
  const { at, every, cron, rrule, day_match, at_once } = settings;
  const given = { at, every, cron, rrule, day_match, at_once };
  return Object.fromEntries(
    Object.entries(given).filter(([name, value]) => !isDefault(name as SettingName, value)),
  );
}

/** Whether two settings mean the same to a reader of the file, in whatever order they stand. */
export function same(one: ScheduleSettings, other: ScheduleSettings): boolean {
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sorted);
    if (typeof value !== "object" || value === null) return value;
    return Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]);
  };
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}
