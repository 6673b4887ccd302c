import { describe, expect, it } from "vitest";

import { requirementsOf } from "./requirements";
import { durationText, secondsOf } from "./durations";
import { retriesOf, writtenRetries } from "./retries";

describe("retries", () => {
  it.each([
    [undefined, {}],
    [3, { max: 3 }],
    [
      { max: 2, backoff: "1s" },
      { max: 2, backoff: "1s" },
    ],
    ["nonsense", {}],
  ])("of %j are %j", (written, expected) => {
    expect(retriesOf(written)).toEqual(expected);
  });

  it.each([
    [undefined, { max: 3 }, 3],
    [1, { max: 3, backoff: "2s" }, { max: 3, backoff: "2s" }],
    [{ max: 1 }, { max: 3 }, { max: 3 }],
    [3, { max: null }, null],
    [3, { max: 3, exit_codes: [] }, 3],
  ])("%j changed to %j are written %j", (before, after, expected) => {
    expect(writtenRetries(before, after)).toEqual(expected);
  });
});

describe("durations", () => {
  it.each([
    [90, 90],
    ["1h30m", 5400],
    ["nonsense", null],
    [undefined, null],
  ])("%j are %s seconds", (written, seconds) => {
    expect(secondsOf(written)).toBe(seconds);
  });

  it("are written as the server reads them", () => {
    expect(durationText(5400)).toBe("1h30m");
    expect(durationText(null)).toBeNull();
  });
});

it("requirements are one a line", () => {
  expect(requirementsOf("a\n\n  b>=2 \n")).toEqual(["a", "b>=2"]);
});
