import { describe, expect, it } from "vitest";

import type { JsonSchema } from "@/code";

import { freshValue, itemsOf, shapeFor, shapesOf } from "./kinds";

const root: JsonSchema = { $defs: { Mode: { enum: ["fast", "slow"] } } };
const kinds = (schema: JsonSchema) => shapesOf(schema, root).shapes.map(({ kind }) => kind);

describe("controls for a schema", () => {
  it.each<[JsonSchema, string[]]>([
    [{ type: "string" }, ["text"]],
    [{ type: "string", maxLength: 20_000 }, ["lines"]],
    [{ type: "integer" }, ["integer"]],
    [{ type: "number" }, ["number"]],
    [{ type: "boolean" }, ["boolean"]],
    [{ enum: ["a", null] }, ["choice"]],
    [{ $ref: "#/$defs/Mode" }, ["choice"]],
    [{ type: "array", items: { type: "string" } }, ["texts"]],
    [{ type: "array", items: { type: "object" } }, ["json"]],
    [{ type: "object", additionalProperties: { type: "string" } }, ["record"]],
    [{ type: "object", properties: { a: { type: "string" } } }, ["object"]],
    [{ type: "object" }, ["json"]],
    [{}, ["json"]],
    [{ type: ["string", "null"] }, ["text"]],
    [
      { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] },
      ["text", "texts"],
    ],
    [{ anyOf: [{ type: "integer" }, { type: "null" }] }, ["integer"]],
  ])("%j", (schema, expected) => {
    expect(kinds(schema)).toEqual(expected);
  });

  it.each([
    [{ type: ["string", "null"] }, true],
    [{ anyOf: [{ type: "integer" }, { type: "null" }] }, true],
    [{ type: "string" }, false],
  ])("%j may be null: %s", (schema, nullable) => {
    expect(shapesOf(schema, root).nullable).toBe(nullable);
  });

  it("follow the value, and show as JSON what fits none", () => {
    const { shapes } = shapesOf(
      { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] },
      root,
    );
    expect(shapeFor(shapes, undefined).kind).toBe("text");
    expect(shapeFor(shapes, ["ls"]).kind).toBe("texts");
    expect(shapeFor(shapes, { a: 1 }).kind).toBe("json");
  });

  it("keep what they can when the form changes", () => {
    expect(freshValue("texts", "ls -l")).toEqual(["ls", "-l"]);
    expect(freshValue("text", ["ls", "-l"])).toBe("ls -l");
  });

  it("give numbers where the list holds numbers", () => {
    const schema = { type: "array", items: { type: "integer" } };
    expect(itemsOf(["1", "x"], schema, root)).toEqual([1, "x"]);
  });
});
