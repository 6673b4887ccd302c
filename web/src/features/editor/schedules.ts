/** The schedules that settings hold, in any of the ways to write them, as a list that can be changed. */
import type { DraftCheckAnswer } from "@/api/generated";
import type { ScheduleSettings } from "@/scheduling";

import { isTable, patchOf, type Settings } from "./patch";

export type DraftSchedule = DraftCheckAnswer["schedules"][number];

/** Where one stands: the one of `schedule`, a place in the list, or a name in the table. */
type Place = { key: "schedule" } | { index: number } | { name: string };

export interface ScheduleEntry {
  place: Place;
  name: string;
  /** As one writes it; null where it can't be read. */
  settings: ScheduleSettings | null;
  known: DraftSchedule | undefined;
}

/** In the order of the server's answer, which reads `schedule` first. */
export function entriesOf(
  settings: Settings,
  known: readonly DraftSchedule[],
  effective: readonly Settings[],
): ScheduleEntry[] {
  const places: [Place, unknown][] = [];
  const { schedule, schedules } = settings;
  if (schedule !== undefined && schedule !== null) places.push([{ key: "schedule" }, schedule]);
  if (Array.isArray(schedules)) schedules.forEach((one, index) => places.push([{ index }, one]));
  else if (isTable(schedules))
    for (const [name, one] of Object.entries(schedules)) places.push([{ name }, one]);
  return places.map(([place, written], at) => {
    const ownName = isTable(written) ? written["name"] : undefined;
    const named = "name" in place ? place.name : typeof ownName === "string" ? ownName : undefined;
    const name = named ?? (at === 0 ? "default" : `default-${String(at + 1)}`);
    const read = effective.find((one) => one["name"] === name);
    const found = isTable(written) ? written : read;
    return {
      place,
      name,
      settings: found ? withoutName(found) : null,
      known: known.find((one) => one.name === name),
    };
  });
}

function withoutName(schedule: Settings): ScheduleSettings {
  const { name, ...settings } = schedule;
  void name;
  return settings;
}

/** The patch that puts a schedule (null: nothing) in place of an entry, or adds one. */
export function patchFor(
  settings: Settings,
  entry: ScheduleEntry | null,
  schedule: { name: string; settings: ScheduleSettings } | null,
): Settings {
  const { schedules } = settings;
  const place = entry?.place;
  const named = schedule && { name: schedule.name, ...schedule.settings };
  if (place && "key" in place) {
    if (!schedule) return { schedule: null };
    const old = isTable(settings["schedule"]) ? settings["schedule"] : null;
    const fresh = schedule.name === "default" ? { ...schedule.settings } : { ...named };
    return { schedule: old ? patchOf(old, fresh) : fresh };
  }
  if (isTable(schedules)) {
    const table: Settings = { ...schedules };
    if (entry) Reflect.deleteProperty(table, entry.name);
    if (schedule) table[schedule.name] = schedule.settings;
    return { schedules: Object.keys(table).length ? patchOf(schedules, table) : null };
  }
  const list = Array.isArray(schedules) ? [...(schedules as unknown[])] : [];
  const index = place && "index" in place ? place.index : list.length;
  list.splice(index, 1, ...(named ? [named] : []));
  return { schedules: list.length ? list : null };
}

/** A name that no other schedule has. */
export function freshName(entries: readonly ScheduleEntry[]): string {
  const taken = new Set(entries.map(({ name }) => name));
  if (!taken.has("default")) return "default";
  let number = 2;
  while (taken.has(`default-${String(number)}`)) number += 1;
  return `default-${String(number)}`;
}
