import { describe, expect, it } from "vitest";

import { fromWall, toWall } from "./zoned";

describe("wall-clock times", () => {
  it.each([
    ["2026-11-22T12:00:00Z", "Asia/Shanghai", "2026-11-22T20:00"],
    ["2026-07-01T12:00:00Z", "Europe/Berlin", "2026-07-01T14:00"],
    ["2026-01-01T00:30:00Z", "America/New_York", "2025-12-31T19:30"],
    ["2026-01-01T00:00:05Z", "UTC", "2026-01-01T00:00:05"],
    ["2026-01-01T00:00:00Z", "Asia/Kathmandu", "2026-01-01T05:45"],
  ])("%s in %s is %s and back", (instant, zone, wall) => {
    expect(toWall(instant, zone)).toBe(wall);
    expect(fromWall(wall, zone)).toBe(instant);
  });

  it("takes the first of a time that comes twice", () => {
    expect(fromWall("2026-10-25T02:30", "Europe/Berlin")).toBe("2026-10-25T00:30:00Z");
  });

  it("lets the old offset go on through a gap", () => {
    expect(fromWall("2026-03-29T02:30", "Europe/Berlin")).toBe("2026-03-29T01:30:00Z");
  });

  it("takes nonsense for nothing", () => {
    expect(toWall("never", "UTC")).toBe("");
    expect(toWall(null, "UTC")).toBe("");
    expect(fromWall("", "UTC")).toBeNull();
    expect(fromWall("25:00", "UTC")).toBeNull();
  });
});
