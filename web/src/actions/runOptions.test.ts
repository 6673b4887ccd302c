import { expect, it } from "vitest";

import { optionsBody, unusualCount, usualOptions } from "./runOptions";

it("sends nothing that is usual", () => {
  expect(optionsBody(usualOptions())).toEqual({});
  expect(unusualCount(usualOptions())).toBe(0);
});

it("sends what was chosen, and only the start that counts", () => {
  const draft = {
    ...usualOptions(),
    start: "delay" as const,
    delayS: 600,
    at: "2026-01-01T00:00:00Z",
    ifBusy: "skip" as const,
    version: 3,
    priority: 0,
    timeoutS: 60,
    labels: ["x"],
  };
  expect(optionsBody(draft)).toEqual({
    delay_s: 600,
    if_busy: "skip",
    version: 3,
    priority: 0,
    timeout_s: 60,
    labels: ["x"],
  });
  expect(optionsBody({ ...draft, start: "at" })).toMatchObject({
    not_before: "2026-01-01T00:00:00Z",
  });
  expect(optionsBody({ ...draft, start: "now" })).not.toHaveProperty("delay_s");
});
