import { expect, it } from "vitest";

import { i18n } from "@/i18n";

import { rangeText, retryText } from "./words";

const say = (key: string, named: Record<string, unknown> = {}, plural?: number) =>
  plural === undefined ? i18n.global.t(key, named) : i18n.global.t(key, named, plural);
const retry = {
  retries: 0,
  crash_retries: 0,
  backoff_s: 1,
  factor: 2,
  cap_s: 3,
  jitter: 0,
  on_timeout: false,
  on_exit_codes: [],
  on_exceptions: [],
};

it("says when a failure is tried again", () => {
  expect(retryText(retry, say)).toBe("no further try");
  expect(retryText({ ...retry, retries: 1 }, say)).toBe("1 more try, after 1.0 s");
  expect(retryText({ ...retry, retries: 5, on_timeout: true, on_exit_codes: [1, 75] }, say)).toBe(
    "5 more tries, after 1.0 s, 2.0 s, 3.0 s, …; only for exit codes 1, 75; also after a timeout",
  );
});

it("says what a parameter may be", () => {
  const parameter = {
    name: "p",
    type: "integer" as const,
    required: false,
    default: null,
    description: "",
    choices: [],
    minimum: null,
    maximum: null,
  };
  expect(rangeText(parameter, say)).toBe("");
  expect(rangeText({ ...parameter, minimum: 1 }, say)).toBe("at least 1");
  expect(rangeText({ ...parameter, minimum: 1, maximum: 9 }, say)).toBe("1 to 9");
  expect(rangeText({ ...parameter, choices: ["a", 2] }, say)).toBe("a | 2");
});
