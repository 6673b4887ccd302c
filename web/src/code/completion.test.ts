import { describe, expect, it } from "vitest";

import { completionsAt } from "./completion";
import { placeAt, type Place } from "./places";
import type { JsonSchema } from "./schema";

const schema: JsonSchema = {
  properties: {
    title: { type: "string", description: "what it is called", examples: ["Nightly"] },
    queue: { anyOf: [{ type: "string" }, { type: "null" }], examples: ["crawl"] },
    labels: { type: "array", items: { type: "string" }, examples: [["nightly"]] },
    isolation: { type: "string", enum: ["fork", "cold"], default: "fork" },
    extra: { type: "boolean", default: true },
    retries: { anyOf: [{ type: "integer" }, { $ref: "#/$defs/Retry" }] },
    parameters: { type: "object", additionalProperties: { $ref: "#/$defs/Parameter" } },
    schedules: { type: "array", items: { anyOf: [{ type: "string" }, { $ref: "#/$defs/Plan" }] } },
    dependencies: { type: "array", "x-place": "block" },
  },
  $defs: {
    Retry: { type: "object", properties: { max: { type: "integer", examples: [3] }, cap: {} } },
    Parameter: { type: "object", properties: { type: { enum: ["string", "date"] }, min: {} } },
    Plan: { type: "object", properties: { cron: { type: "string", examples: ["0 2 * * *"] } } },
  },
};
const names = { queue: ["mine"], labels: ["often"] };

/** `|` is the cursor. */
function labels(text: string): string[] {
  const [before = "", after = ""] = text.split("|");
  const place = placeAt(before.split("\n"), after.split("\n").slice(1));
  return place ? completionsAt(place, schema, names).map(({ label }) => label) : [];
}

const at = (text: string): Place | null => placeAt(text.split("\n"));

describe("completion of the block", () => {
  it.each([
    ["keys of the top", "dep|", ["dependencies"]],
    [
      "keys that are not there yet",
      "[tool.runyard]\ntitle = 1\n|\nqueue = 2",
      ["labels", "isolation", "extra", "retries", "parameters", "schedules"],
    ],
    ["keys of a table", "[tool.runyard.retries]\nm|", ["max", "cap"]],
    ["keys of any parameter", "[tool.runyard.parameters.days]\n|", ["type", "min"]],
    ["keys of a list's items", "[[tool.runyard.schedules]]\nc|", ["cron"]],
    ["keys of an inline table", "[tool.runyard]\nretries = {max = 3, |", ["cap"]],
    ["keys of a table in a list", "[tool.runyard]\nschedules = [{|", ["cron"]],
    ["values of a choice", "[tool.runyard]\nisolation = |", ['"fork"', '"cold"']],
    ["values inside of a text", '[tool.runyard]\nisolation = "c|', ["fork", "cold"]],
    ["truths", "[tool.runyard]\nextra = t|", ["true", "false"]],
    ["known names first", '[tool.runyard]\nqueue = "|', ["mine", "crawl"]],
    ["names in a list", '[tool.runyard]\nlabels = ["a", "|', ["often"]],
    ["examples as TOML", "[tool.runyard]\nlabels = |", ['["nightly"]']],
    [
      "values in an inline table",
      "[tool.runyard.parameters]\nday = {type = |",
      ['"string"', '"date"'],
    ],
    [
      "headers",
      "[too|",
      [
        "[tool.runyard]",
        "[tool.runyard.retries]",
        "[tool.runyard.parameters]",
        "[[tool.runyard.schedules]]",
      ],
    ],
    ["nothing after a comment", "[tool.runyard]\ntitle = 1 # |", []],
    ["nothing of another tool", "[tool.ruff]\nq|", []],
  ])("offers %s", (_, text, expected) => {
    expect(labels(text)).toEqual(expected);
  });

  it("knows a value that goes on over lines", () => {
    expect(at('[tool.runyard]\nlabels = [\n  "a",\n  "b')).toMatchObject({
      kind: "value",
      key: "labels",
      typed: "b",
      inString: true,
    });
    expect(at('[tool.runyard]\nlabels = [\n  "a",\n]\nti')).toMatchObject({ kind: "key" });
  });

  it("tells what a key means", () => {
    const place = at("[tool.runyard]\nti");
    const title = place && completionsAt(place, schema, {}).find(({ label }) => label === "title");
    expect(title).toMatchObject({ info: "what it is called", apply: "title = " });
  });
});
