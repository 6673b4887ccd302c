import { describe, expect, it } from "vitest";

import { formatDuration, parseDuration } from "./durations";

describe("parseDuration", () => {
  it.each([
    ["90", 90],
    ["1.5", 1.5],
    ["0,5h", 1800],
    ["1m 30s", 90],
    ["1m30s", 90],
    ["2h", 7200],
    ["1d 2h", 93_600],
    ["2 Hours", 7200],
    ["250ms", 0.25],
    ["1:30", 90],
    ["1:00:05", 3605],
    ["5分钟", 300],
    ["1小时 30分", 5400],
    ["0", 0],
  ])("%s is %d seconds", (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each(["", " ", "abc", "1x", "1m 30", "-5", "1h later", "h", "1:70x", "--"])(
    "%j is none",
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );
});

describe("formatDuration", () => {
  it.each([
    [0, "0s"],
    [0.25, "0.25s"],
    [59, "59s"],
    [60, "1m"],
    [90, "1m 30s"],
    [3600, "1h"],
    [93_605, "1d 2h 5s"],
    [-1, ""],
    [Infinity, ""],
  ])("%d is %s", (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  it("comes back as the same seconds", () => {
    for (let seconds = 0; seconds < 200_000; seconds += 777.25) {
      expect(parseDuration(formatDuration(seconds))).toBe(seconds);
    }
  });
});
