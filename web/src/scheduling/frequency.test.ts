import { describe, expect, it } from "vitest";

import { frequencyOf, type CountedFire } from "./frequency";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 10, 23, 0, 0); // a Monday

function at(ms: number): CountedFire {
  const text = new Date(START + ms).toISOString();
  return { at: text, local: text.slice(0, 19) };
}
const every = (gapMs: number, count: number) =>
  Array.from({ length: count }, (_, index) => at(index * gapMs));

describe("how often it fires", () => {
  it.each([
    ["each minute", every(60_000, 60), { kind: "day", count: 1440, exact: true }],
    ["each hour", every(HOUR, 60), { kind: "day", count: 24, exact: true }],
    ["each day", every(DAY, 60), { kind: "day", count: 1, exact: true }],
    ["each week", every(7 * DAY, 60), { kind: "week", count: 1, exact: true }],
    ["every other week", every(14 * DAY, 60), { kind: "month", count: 2, exact: false }],
    ["every 400 days", every(400 * DAY, 20), { kind: "year", count: 1, exact: true }],
  ])("%s", (_, fires, expected) => {
    expect(frequencyOf(fires, true)).toEqual(expected);
  });

  it("counts days without fires, too", () => {
    const office = Array.from({ length: 14 }, (_, day) => day)
      .filter((day) => day % 7 < 5)
      .flatMap((day) => Array.from({ length: 6 }, (_, n) => at(day * DAY + (9 + n) * HOUR)));
    expect(frequencyOf(office, true)).toEqual({ kind: "day", count: 6, exact: false });
  });

  it("five times a week, on working days", () => {
    const days = Array.from({ length: 56 }, (_, day) => day).filter((day) => day % 7 < 5);
    const fires = days.map((day) => at(day * DAY));
    expect(frequencyOf(fires, true)).toEqual({ kind: "week", count: 5, exact: true });
  });

  it("says how many are left when it ends", () => {
    expect(frequencyOf([at(0)], false)).toEqual({ kind: "total", count: 1 });
    expect(frequencyOf([], false)).toEqual({ kind: "total", count: 0 });
  });

  it("leaves out fires that do not run", () => {
    const fires = every(HOUR, 60).map((fire, n) =>
      n % 2 ? { ...fire, skipped: "calendar" } : fire,
    );
    expect(frequencyOf(fires, true)).toEqual({ kind: "day", count: 12, exact: true });
    expect(frequencyOf([{ ...at(0), skipped: "skipped" }], true)).toBeUndefined();
  });
});
