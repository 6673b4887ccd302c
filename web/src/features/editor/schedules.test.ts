import { describe, expect, it } from "vitest";

import { applied, type Settings } from "./patch";
import { entriesOf, freshName, patchFor, type DraftSchedule } from "./schedules";

const known = (...names: string[]): DraftSchedule[] =>
  names.map((name) => ({
    name,
    kind: "cron",
    summary: null,
    timezone: null,
    next: [],
    problems: [],
  }));

const cases: [string, Settings, Settings[], string[]][] = [
  ["the short one", { schedule: "1h" }, [{ name: "default", every: "1h" }], ["default"]],
  [
    "a list",
    { schedules: ["1h", { cron: "0 1 * * *" }, { name: "x", every: "2h" }] },
    [{ name: "default", every: "1h" }],
    ["default", "default-2", "x"],
  ],
  [
    "both",
    { schedule: "1h", schedules: ["2h"] },
    [
      { name: "default", every: "1h" },
      { name: "default-2", every: "2h" },
    ],
    ["default", "default-2"],
  ],
  [
    "a table",
    { schedules: { a: { every: "1h" }, b: "2h" } },
    [{ name: "b", every: "2h" }],
    ["a", "b"],
  ],
];

describe("schedules of settings", () => {
  it.each(cases)("are read from %s", (_, settings, effective, names) => {
    const entries = entriesOf(settings, known(...names), effective);
    expect(entries.map(({ name }) => name)).toEqual(names);
    expect(entries.map((entry) => entry.known?.name)).toEqual(names);
    expect(entries.every((entry) => entry.settings && !("name" in entry.settings))).toBe(true);
  });

  it("that can't be read have no settings, and keep their place", () => {
    const entries = entriesOf({ schedules: ["1h", "bad"] }, [], [{ name: "default", every: "1h" }]);
    expect(entries.map(({ settings }) => settings)).toEqual([{ every: "1h" }, null]);
  });

  it.each(cases)("are changed where they are written: %s", (_, settings, effective, names) => {
    const entries = entriesOf(settings, [], effective);
    const last = entries.at(-1) ?? null;
    const name = names.at(-1) ?? "";
    const patch = patchFor(settings, last, { name, settings: { every: "9h" } });
    const after = applied(settings, patch);
    const found = entriesOf(after, [], []);
    expect(found.map((entry) => entry.name)).toEqual(names);
    expect(found.at(-1)?.settings).toEqual({ every: "9h" });
    expect(Object.keys(after)).toEqual(Object.keys(settings));
  });

  it.each(cases)("are taken out of %s", (_, settings, effective, names) => {
    const [first] = entriesOf(settings, [], effective);
    const after = applied(settings, patchFor(settings, first ?? null, null));
    expect(entriesOf(after, [], effective)).toHaveLength(names.length - 1);
  });

  it.each([
    [{}, { schedules: [{ name: "n", every: "1h" }] }],
    [{ schedules: ["2h"] }, { schedules: ["2h", { name: "n", every: "1h" }] }],
    [{ schedules: { a: "2h" } }, { schedules: { a: "2h", n: { every: "1h" } } }],
    [{ schedule: "2h" }, { schedule: "2h", schedules: [{ name: "n", every: "1h" }] }],
  ])("are added to %j", (settings: Settings, expected) => {
    const patch = patchFor(settings, null, { name: "n", settings: { every: "1h" } });
    expect(applied(settings, patch)).toEqual(expected);
  });

  it("get names that are free", () => {
    const entries = entriesOf({ schedules: ["1h", "2h"] }, [], []);
    expect(freshName([])).toBe("default");
    expect(freshName(entries)).toBe("default-3");
  });
});
