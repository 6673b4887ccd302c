import { describe, expect, it } from "vitest";

import { nameProblem, rowsOf, valueOf, written, type ParameterRow } from "./parameters";

const SETTINGS = {
  since: { type: "date", description: "The first day" },
  days: { type: "integer", default: 7, min: 1, max: 366, required: true },
  format: { default: "text", choices: ["text", "csv"] },
  verbose: false,
  ratio: 0.5,
  later: { type: "string", unknown: 1 },
};

describe("parameters as rows", () => {
  it("are written as they were read", () => {
    expect(written(rowsOf(SETTINGS))).toEqual(SETTINGS);
  });

  it.each([
    ["since", "date"],
    ["days", "integer"],
    ["format", "string"],
    ["verbose", "boolean"],
    ["ratio", "number"],
  ])("know that %s is of type %s", (name, type) => {
    expect(rowsOf(SETTINGS).find((row) => row.name === name)?.type).toBe(type);
  });

  it("write the short form where it says all, the long one where it does not", () => {
    const [row] = rowsOf({ verbose: false }) as [ParameterRow];
    expect(written([{ ...row, default: true }])).toEqual({ verbose: true });
    expect(written([{ ...row, default: null }])).toEqual({ verbose: { type: "boolean" } });
    expect(written([{ ...row, description: "More" }])).toEqual({
      verbose: { default: false, description: "More" },
    });
  });

  it("are none where the settings are wrong", () => {
    expect(rowsOf("nonsense")).toEqual([]);
  });

  it.each([
    ["integer", " 12 ", 12],
    ["integer", "1.5", undefined],
    ["number", "1,5", 1.5],
    ["number", "x", undefined],
    ["boolean", "true", true],
    ["array", "[1]", [1]],
    ["array", "{}", undefined],
    ["object", '{"a": 1}', { a: 1 }],
    ["object", "{", undefined],
    ["string", " a ", " a "],
    ["date", "2026-01-31 ", "2026-01-31"],
    ["integer", "", null],
  ] as const)("a default of type %s typed as %j is %j", (type, text, expected) => {
    expect(valueOf(type, text)).toEqual(expected);
  });

  it.each([
    ["", "unnamed"],
    ["days", "twice"],
    ["weeks", null],
  ])("the name %j: %s", (name, expected) => {
    expect(nameProblem(name, ["days"])).toBe(expected);
  });
});
