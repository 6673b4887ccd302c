/** Times and durations as words. */
import { describe, expect, it } from "vitest";

import { durationText, relativeTime, secondsBetween, shortTime, zoneName } from "./time";

const NOW = Date.parse("2026-11-22T12:00:00Z");

describe("durations", () => {
  it.each([
    [0, "0 ms"],
    [0.35, "350 ms"],
    [4.24, "4.2 s"],
    [59.96, "1 m 00 s"],
    [90, "1 m 30 s"],
    [7_500, "2 h 05 m"],
    [86_400, "1 d"],
    [273_600, "3 d 4 h"],
    [-1, "–"],
    [Infinity, "–"],
  ])("%d s are %s", (seconds, text) => {
    expect(durationText(seconds)).toBe(text);
  });

  it("count until now where nothing has ended, and never backwards", () => {
    expect(secondsBetween("2026-11-22T11:59:50Z", null, NOW)).toBe(10);
    expect(secondsBetween("2026-11-22T12:00:05Z", null, NOW)).toBe(0);
    expect(secondsBetween(null, null, NOW)).toBeNull();
  });
});

describe("instants", () => {
  it.each([
    ["2026-11-22T11:59:59Z", "1 sec. ago"],
    ["2026-11-22T12:59:59Z", "in 59 min."],
    ["2026-11-22T14:30:00Z", "in 2 hr."],
    ["2026-11-20T11:00:00Z", "2 days ago"],
  ])("%s is %s", (at, text) => {
    expect(relativeTime(at, "en", NOW)).toBe(text);
  });

  it("have their day only when it is another one in the reader's zone", () => {
    const at = "2026-11-22T23:30:00Z";
    expect(shortTime(at, { locale: "en", zone: "UTC" }, NOW)).toBe("23:30:00");
    expect(shortTime(at, { locale: "en", zone: "Europe/Berlin" }, NOW)).toBe("Nov 23, 00:30");
  });

  it("name their zone with its difference at that moment", () => {
    expect(zoneName("Europe/Berlin", new Date(NOW))).toBe("Europe/Berlin (GMT+1)");
    expect(zoneName("Europe/Berlin", new Date("2026-07-01T00:00:00Z"))).toBe(
      "Europe/Berlin (GMT+2)",
    );
  });
});
