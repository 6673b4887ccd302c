import { describe, expect, it } from "vitest";

import type { ParameterAnswer } from "@/api/generated";

import {
  draftOf,
  fromRows,
  kindOf,
  needsAnswers,
  problemsByName,
  readDraft,
  toRows,
  type Draft,
} from "./params";

const of = (
  type: ParameterAnswer["type"],
  more: Partial<ParameterAnswer> = {},
): ParameterAnswer => ({
  name: "p",
  type,
  required: false,
  default: null,
  description: "",
  choices: [],
  minimum: null,
  maximum: null,
  ...more,
});

describe("kindOf", () => {
  it.each([
    [of("string"), "text"],
    [of("string", { default: "a\nb" }), "lines"],
    [of("string", { choices: ["a"] }), "choice"],
    [of("integer", { choices: [1, 2] }), "choice"],
    [of("number"), "number"],
    [of("boolean"), "boolean"],
    [of("array"), "tags"],
    [of("array", { default: ["a"] }), "tags"],
    [of("array", { default: [1] }), "json"],
    [of("array", { choices: ["a"] }), "choices"],
    [of("object"), "json"],
    [of("date"), "date"],
    [of("datetime"), "datetime"],
  ])("%o is asked for as %s", (parameter, kind) => {
    expect(kindOf(parameter)).toBe(kind);
  });
});

describe("readDraft", () => {
  it.each<[ParameterAnswer, Draft, unknown]>([
    [of("string"), "", undefined],
    [of("string"), " a ", " a "],
    [of("string", { default: "x" }), "x", undefined],
    [of("string", { default: "x" }), "", ""],
    [of("integer"), "+7", 7],
    [of("integer"), "9007199254740993", "9007199254740993"],
    [of("integer", { default: 3 }), "3", undefined],
    [of("number"), "1,5", 1.5],
    [of("number", { minimum: 0, maximum: 1 }), "1", 1],
    [of("boolean"), null, undefined],
    [of("boolean", { default: false }), true, true],
    [of("boolean", { default: false }), false, undefined],
    [of("array"), [], undefined],
    [of("array", { default: ["a"] }), [], []],
    [of("array"), ["a"], ["a"]],
    [of("object"), '{"a": 1}', { a: 1 }],
    [of("integer", { choices: [1, 2] }), "2", 2],
    [of("date"), "2026-01-02", "2026-01-02"],
  ])("%o with %o means %o", (parameter, draft, value) => {
    expect(readDraft(parameter, draft)).toEqual({ value });
  });

  it.each<[ParameterAnswer, Draft, string]>([
    [of("string", { required: true }), "", "required"],
    [of("boolean", { required: true }), null, "required"],
    [of("integer"), "1.5", "integer"],
    [of("integer"), "five", "integer"],
    [of("number"), "1e999", "number"],
    [of("number", { minimum: 2 }), "1", "atLeast"],
    [of("number", { maximum: 2 }), "3", "atMost"],
    [of("object"), "{", "json"],
    [of("object"), "[1]", "object"],
    [of("array", { default: [1] }), '{"a": 1}', "array"],
    [of("string", { choices: ["a"] }), "b", "choice"],
  ])("%o refuses %o: %s", (parameter, draft, key) => {
    expect(readDraft(parameter, draft).problem?.key).toBe(key);
  });

  it("gives back every value that a field was made of", () => {
    const values: [ParameterAnswer, unknown][] = [
      [of("string"), "two words"],
      [of("integer"), -3],
      [of("number"), 0.25],
      [of("boolean", { default: true }), false],
      [of("array"), ["a", "b"]],
      [of("object"), { deep: [1, { er: null }] }],
      [of("string", { choices: ["x", "y"] }), "y"],
      [of("datetime"), "2026-11-22T10:00:00Z"],
    ];
    for (const [parameter, value] of values)
      expect(readDraft(parameter, draftOf(parameter, value))).toEqual({ value });
  });
});

it("asks only where something needed is missing", () => {
  expect(needsAnswers([of("string"), of("string", { required: true, default: "x" })])).toBe(false);
  expect(needsAnswers([of("string", { required: true })])).toBe(true);
});

it("rows of undeclared parameters keep their types", () => {
  const extra = { a: "text", b: 5, c: true, d: "5", e: [1], f: "", g: "null", h: "007" };
  expect(fromRows(toRows(extra))).toEqual(extra);
});

it("finds the server's complaints about parameters", () => {
  expect(
    problemsByName({
      problems: [
        { where: "params.depth", message: "must be at most 9" },
        { where: "timeout_s", message: "is odd" },
        "nonsense",
        null,
      ],
    }),
  ).toEqual({ depth: "must be at most 9" });
  expect(problemsByName({})).toEqual({});
});
