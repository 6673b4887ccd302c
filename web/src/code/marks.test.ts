import { Text } from "@codemirror/state";
import { describe, expect, it } from "vitest";

import { tomlParts } from "./blockMarks";
import { diagnosticsOf, offsetOf, type CodeProblem } from "./marks";

const doc = Text.of(["first", "# queue = 5", ""]);
const problem = (line: number | null, column: number | null): CodeProblem => ({
  line,
  column,
  severity: "error",
  message: "wrong",
  hint: "do this",
});

describe("marks of problems", () => {
  it.each([
    [1, 3, 2],
    [2, null, 6],
    [9, 9, 18],
    [0, 1, 0],
  ])("line %s, column %s is at %s", (line, column, expected) => {
    expect(offsetOf(doc, line, column)).toBe(expected);
  });

  it("cover the setting, say the hint, and leave out what has no line", () => {
    const found = diagnosticsOf(doc, [problem(2, 3), problem(null, null)]);
    expect(found).toEqual([{ from: 8, to: 17, severity: "error", message: "wrong\ndo this" }]);
  });
});

describe("parts of a line of TOML", () => {
  it.each([
    ["[tool.runyard] # x", ["Table [tool.runyard]"]],
    ['a-b.c = "x # y" # z', ["Key a-b.c", 'Text "x # y"']],
    ["n = {min = 1, on = true}", ["Key n", "Key min", "Value 1", "Key on", "Value true"]],
  ])("%s", (line, expected) => {
    const parts = tomlParts(line).map(({ from, to, kind }) => `${kind} ${line.slice(from, to)}`);
    expect(parts).toEqual(expected);
  });
});
