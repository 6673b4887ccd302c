import { describe, expect, it } from "vitest";

import { partsOf, readWeekdays } from "./cronText";
import { changed, durationSetting, effective, same, secondsOf, triggerOf } from "./settings";
import { dayAfter, dayIn, wallText } from "./wall";
import { offsetText, zoneOptions } from "./zones";

describe("settings", () => {
  it("leave out what says nothing, and keep what they do not know", () => {
    const before = { cron: "0 9 * * *", name: "x" };
    expect(changed(before, { overlap: "skip", jitter: "5m", grace: "60s" })).toEqual({
      ...before,
      jitter: "5m",
    });
    expect(changed({ ...before, jitter: "5m" }, { jitter: 0 })).toEqual(before);
    expect(changed({ params: { a: 1 } }, { params: {} })).toEqual({});
    expect(changed({ timezone: "UTC" }, { timezone: null })).toEqual({});
  });

  it("know what holds without being said", () => {
    expect(effective({}, "overlap")).toBe("skip");
    expect(secondsOf(effective({}, "catch_up_window"))).toBe(86_400);
    expect(effective({ catch_up: "all" }, "catch_up")).toBe("all");
  });

  it("compare by meaning, not by order", () => {
    expect(same({ cron: "x", jitter: "1m" }, { jitter: "1m", cron: "x" })).toBe(true);
    expect(same({ params: { a: [1, 2] } }, { params: { a: [2, 1] } })).toBe(false);
    expect(same({ cron: "x", at: undefined }, { cron: "x" })).toBe(true);
  });

  it("tell their trigger", () => {
    expect(triggerOf({ every: "5m", at_once: false, jitter: "1m" })).toEqual({ every: "5m" });
  });

  it("write durations as files do", () => {
    expect(durationSetting(5400)).toBe("1h30m");
    expect(secondsOf("1h30m")).toBe(5400);
    expect(secondsOf(null)).toBeNull();
  });
});

describe("cron words", () => {
  it("are named by their place", () => {
    expect(partsOf("0 9  * * MON").map(({ field, start }) => [field, start])).toEqual([
      ["minute", 0],
      ["hour", 2],
      ["day", 5],
      ["month", 7],
      ["weekday", 9],
    ]);
    expect(partsOf("0 0 9 * * MON x").map(({ field }) => field)).toEqual([
      "second",
      "minute",
      "hour",
      "day",
      "month",
      "weekday",
      "more",
    ]);
  });

  it.each([
    ["MON,WED-FRI", ["MON", "WED", "THU", "FRI"]],
    ["5-1", ["MON", "FRI", "SAT", "SUN"]],
    ["0,7", ["SUN"]],
    ["MON-", undefined],
    ["8", undefined],
    ["*", undefined],
    ["MON-WED-FRI", undefined],
  ])("%s are days", (text, days) => {
    expect(readWeekdays(text)).toEqual(days);
  });
});

describe("wall-clock times", () => {
  it("are shown as they are, whatever the zone of the reader", () => {
    expect(wallText("2026-03-29T02:30:00", "en", 2026)).toBe("Sun, Mar 29, 02:30");
    expect(wallText("2026-03-29T02:30:05+01:00", "en", 2025)).toBe("Sun, Mar 29, 2026, 02:30:05");
    expect(wallText("nonsense", "en")).toBe("nonsense");
  });

  it("have days in zones", () => {
    expect(dayIn("2026-11-22T23:30:00Z", "Asia/Shanghai")).toBe("2026-11-23");
    expect(dayAfter("2026-02-28", 1)).toBe("2026-03-01");
  });
});

describe("zones", () => {
  it("stand with their offset, the reader's first, each once", () => {
    const options = zoneOptions(
      ["Asia/Kolkata", "UTC"],
      new Date("2026-01-01T00:00:00Z"),
      "Mars/X",
    );
    expect(options[0]).toMatchObject({ value: "Asia/Kolkata", detail: "UTC+05:30" });
    expect(options[2]).toMatchObject({ value: "Mars/X", detail: "Mars/X" });
    expect(options.filter(({ value }) => value === "UTC")).toHaveLength(1);
    expect(offsetText(-210)).toBe("UTC−03:30");
  });
});
