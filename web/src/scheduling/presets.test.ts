import { describe, expect, it } from "vitest";

import { WEEKDAYS } from "./cronText";
import { KINDS, read, turned, written, type Preset } from "./presets";
import type { ScheduleSettings } from "./settings";

const time = "07:05";
const PRESETS: [Preset, ScheduleSettings][] = [
  [{ kind: "interval", amount: 15, unit: "minutes", atOnce: false }, { every: "15m" }],
  [
    { kind: "interval", amount: 2, unit: "days", atOnce: true },
    { every: "2d", at_once: true },
  ],
  [{ kind: "interval", amount: 90, unit: "seconds", atOnce: false }, { every: "1m30s" }],
  [{ kind: "hourly", step: 1, minute: 15 }, { cron: "15 * * * *" }],
  [{ kind: "hourly", step: 6, minute: 0 }, { cron: "0 */6 * * *" }],
  [{ kind: "daily", time }, { cron: "5 7 * * *" }],
  [{ kind: "workdays", time }, { cron: "5 7 * * MON-FRI" }],
  [{ kind: "weekly", days: ["MON", "SUN"], time }, { cron: "5 7 * * MON,SUN" }],
  [{ kind: "weekly", days: WEEKDAYS.slice(0, 5), time }, { cron: "5 7 * * MON,TUE,WED,THU,FRI" }],
  [{ kind: "monthly", day: 15, time }, { cron: "5 7 15 * *" }],
  [{ kind: "monthly", day: "last", time }, { cron: "5 7 L * *" }],
  [{ kind: "monthly", day: "lastWorkday", time }, { cron: "5 7 LW * *" }],
  [{ kind: "nth", nth: 2, weekday: "TUE", time }, { cron: "5 7 * * TUE#2" }],
  [{ kind: "nth", nth: "last", weekday: "FRI", time }, { cron: "5 7 * * FRIL" }],
  [{ kind: "yearly", month: 12, day: 24, time }, { cron: "5 7 24 12 *" }],
  [{ kind: "once", at: "2026-05-01T08:00" }, { at: "2026-05-01T08:00" }],
  [{ kind: "start" }, { cron: "@reboot" }],
  [{ kind: "cron", text: "0 9-17 * * *", both: false }, { cron: "0 9-17 * * *" }],
  [
    { kind: "cron", text: "0 9 13 * FRI", both: true },
    { cron: "0 9 13 * FRI", day_match: "and" },
  ],
  [{ kind: "rrule", text: "FREQ=DAILY" }, { rrule: "FREQ=DAILY" }],
];

describe("a preset", () => {
  it.each(PRESETS)("%o is written and read back", (preset, settings) => {
    expect(written(preset)).toEqual(settings);
    expect(read(settings)).toEqual(preset);
  });

  it("covers every kind", () => {
    expect(new Set(PRESETS.map(([{ kind }]) => kind))).toEqual(new Set(KINDS));
  });

  it.each([
    ["30 2 * * 1-5", "workdays"],
    ["30 2 * * 6,0", "weekly"],
    ["@daily", "daily"],
    ["@hourly", "hourly"],
    ["30 2 ? * *", "daily"],
    ["30 2 1 * MON", "cron"],
    ["30 2 31W * *", "cron"],
    ["*/10 * * * *", "cron"],
    ["0 */5 * * *", "cron"],
    ["0 0 12 * * *", "cron"],
    ["30 24 * * *", "cron"],
    ["H H * * *", "cron"],
    ["", "cron"],
  ])("cron %s is %s", (cron, kind) => {
    expect(read({ cron }).kind).toBe(kind);
  });

  it("reads intervals in the largest unit that divides them", () => {
    expect(read({ every: 7200 })).toMatchObject({ amount: 2, unit: "hours" });
    expect(read({ every: "90m" })).toMatchObject({ amount: 90, unit: "minutes" });
    expect(read({ every: "1.5s" })).toMatchObject({ amount: 1.5, unit: "seconds" });
  });
});

describe("turning one way of saying it into another", () => {
  const now = { wall: "2026-11-23T14:00" };
  it("keeps the time and the days", () => {
    const daily: Preset = { kind: "daily", time };
    expect(turned(daily, "weekly", now)).toMatchObject({ time });
    expect(turned(daily, "cron", now)).toEqual({ kind: "cron", text: "5 7 * * *", both: false });
    expect(turned({ kind: "workdays", time }, "weekly", now)).toEqual({
      kind: "weekly",
      days: ["MON", "TUE", "WED", "THU", "FRI"],
      time,
    });
    expect(turned(daily, "once", now)).toEqual({ kind: "once", at: "2026-11-23T07:05" });
    expect(turned(daily, "rrule", now)).toMatchObject({
      text: "FREQ=DAILY;BYHOUR=7;BYMINUTE=5;BYSECOND=0",
    });
  });

  it("always ends in something that is read as the kind asked for", () => {
    for (const [from] of PRESETS)
      for (const kind of KINDS.filter((one) => one !== "cron"))
        expect(read(written(turned(from, kind, now))).kind).toBe(kind);
  });
});
