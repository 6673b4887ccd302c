import { expect, it } from "vitest";

import { dailyOf, percentText, stacksOf, trendOf } from "./figures";

it.each([
  [null, "–"],
  [1, "100 %"],
  [0.9999, "99.9 %"],
  [0.985, "99 %"],
  [0.5, "50 %"],
  [0.0001, "0.1 %"],
  [0, "0 %"],
])("%s is %s", (rate, text) => {
  expect(percentText(rate)).toBe(text);
});

const day = (date: string, more: object = {}) => ({
  date,
  succeeded: 0,
  failed: 0,
  timed_out: 0,
  crashed: 0,
  cancelled: 0,
  duration_p50_s: null,
  ...more,
});

it("names days by the calendar, whatever zone the reader is in", () => {
  const stacks = stacksOf([day("2026-11-01", { failed: 2 })], "en");
  expect(stacks).toMatchObject([{ key: "2026-11-01", label: "Nov 1", values: { failed: 2 } }]);
});

it("orders durations by time and leaves out what never began", () => {
  const one = { id: "x", status: "succeeded" as const, attempts: 1, finished_at: null };
  expect(
    trendOf([
      { ...one, started_at: "1970-01-01T00:00:20Z", duration_s: 2 },
      { ...one, started_at: null, duration_s: null },
      { ...one, started_at: "1970-01-01T00:00:10Z", duration_s: 1 },
    ]),
  ).toEqual({ times: [10, 20], values: [1, 2] });
  expect(dailyOf([day("1970-01-01"), day("1970-01-02", { duration_p50_s: 3 })])).toEqual({
    times: [43_200, 129_600],
    values: [null, 3],
  });
});
