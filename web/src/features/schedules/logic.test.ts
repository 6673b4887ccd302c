import { describe, expect, it } from "vitest";

import type { OutcomeAnswer } from "@/api/generated";

import { readAddress, writtenAddress } from "./address";
import { contrasted, crowded, densityOf } from "./density";
import { tallied } from "./outcomes";
import { daysOf, monthAfter, rangeOf, stepped } from "./ranges";
import { differences } from "./versions";

describe("the address", () => {
  it("says only what differs, and is read back", () => {
    const address = { ...readAddress({}), view: "calendar" as const, day: "2026-11-22", task: "a" };
    expect(writtenAddress(address)).toEqual({ view: "calendar", day: "2026-11-22", task: "a" });
    expect(readAddress(writtenAddress(address))).toEqual(address);
  });

  it("takes nonsense for nothing", () => {
    expect(readAddress({ view: "x", state: ["a"], day: "2026-1-1", span: null })).toEqual(
      readAddress({}),
    );
  });
});

describe("ranges of days", () => {
  it.each([
    ["month", "2026-11-22", "2026-10-26", "2026-12-07"],
    ["month", "2027-02-10", "2027-02-01", "2027-03-01"],
    ["week", "2026-11-22", "2026-11-16", "2026-11-23"],
    ["day", "2026-12-31", "2026-12-31", "2027-01-01"],
  ] as const)("%s of %s", (span, day, from, to) => {
    expect(rangeOf(span, day)).toEqual({ from, to });
  });

  it("steps by their own length", () => {
    expect(stepped("month", "2026-12-31", 1)).toBe("2027-01-01");
    expect(stepped("week", "2026-12-31", -1)).toBe("2026-12-24");
    expect(monthAfter("2026-01-31", -1)).toBe("2025-12-01");
    expect(daysOf({ from: "2026-02-27", to: "2026-03-02" })).toHaveLength(3);
  });
});

describe("density", () => {
  const counted = {
    start: "2026-10-24T22:00:00Z", // midnight in Berlin, the day with 25 hours
    bucket_s: 1800,
    counted_until: "2026-10-26T00:00:00Z",
    counts: Array.from({ length: 50 }, (_, n) => (n % 2 ? 3 : 1)),
  };
  const days = ["2026-10-25"];

  it("adds the hour that comes twice", () => {
    const [row] = densityOf(counted, days, "Europe/Berlin");
    expect(row?.[1]).toBe(4);
    expect(row?.[2]).toBe(8);
    expect(row?.reduce((sum, value) => sum + value, 0)).toBe(100);
  });

  it("or tells the fullest part of each hour", () => {
    const [row] = densityOf(counted, days, "Europe/Berlin", "minute");
    expect(new Set(row)).toEqual(new Set([3]));
  });

  it("shows what stands out of a steady load", () => {
    const load = Array.from({ length: 24 }, (_, hour) => (hour === 9 ? 154 : 150));
    const [row] = contrasted([load]);
    expect([row?.[8], row?.[9]]).toEqual([1, 5]);
    expect(contrasted([[0, 1, 7]])).toEqual([[0, 1, 7]]);
  });

  it("names the fullest hours", () => {
    expect(
      crowded(
        [
          [0, 2, 5],
          [5, 1, 0],
        ],
        3,
      ),
    ).toEqual([
      { row: 0, hour: 2, value: 5 },
      { row: 1, hour: 0, value: 5 },
      { row: 0, hour: 1, value: 2 },
    ]);
  });
});

describe("outcomes", () => {
  const one = (fields: Partial<OutcomeAnswer>) =>
    ({ decision: "fired", status: null, count: 1, ...fields }) as OutcomeAnswer;

  it("name the run's end, failures first, and count folded rows whole", () => {
    const found = tallied([
      one({ status: "succeeded" }),
      one({ status: "succeeded" }),
      one({ status: "failed" }),
      one({ decision: "missed", count: 40 }),
      one({ decision: "skipped" }),
    ]);
    expect(found.map(({ key, count }) => [key, count])).toEqual([
      ["scheduling.decision.missed", 40],
      ["domain.status.failed", 1],
      ["domain.status.succeeded", 2],
      ["scheduling.decision.skipped", 1],
    ]);
  });
});

describe("versions", () => {
  it("differ by key", () => {
    expect(differences({ cron: "a", jitter: "1m" }, { cron: "b", params: { x: 1 } })).toEqual([
      { name: "cron", before: "a", after: "b" },
      { name: "jitter", before: "1m", after: undefined },
      { name: "params", before: undefined, after: { x: 1 } },
    ]);
  });
});
