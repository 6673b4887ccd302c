/** Which control fits a part of a JSON Schema, and whether a value suits it. */
import { isObject, resolved, type JsonSchema } from "@/code/schema";

export type FieldKind =
  | "text"
  | "lines"
  | "integer"
  | "number"
  | "boolean"
  | "choice"
  | "texts"
  | "record"
  | "object"
  | "json";

/** One form that a value may have. */
export interface Shape {
  kind: FieldKind;
  schema: JsonSchema;
}

export interface Shapes {
  shapes: Shape[];
  /** Null is a value, too. */
  nullable: boolean;
}

/** All forms that a value may have; at least one. */
export function shapesOf(schema: JsonSchema, root: JsonSchema, depth = 0): Shapes {
  const own = resolved(schema, root);
  const others = own.anyOf ?? own.oneOf;
  if (others && depth < 4) {
    const found = others.map((one) => shapesOf(one, root, depth + 1));
    const shapes = found.flatMap((one) => one.shapes).filter(isFirstOfKind);
    const nullable = found.some((one) => one.nullable);
    return { shapes: shapes.length ? shapes : [{ kind: "json", schema: own }], nullable };
  }
  const types = [own.type].flat().filter((one) => one !== undefined);
  const nullable = types.includes("null") || own.enum?.includes(null) === true;
  const real = types.filter((one) => one !== "null");
  if (types.length && !real.length) return { shapes: [], nullable };
  const kinds = real.length
    ? real.map((type) => kindOf({ ...own, type }, root))
    : [kindOf(own, root)];
  return { shapes: kinds.map((kind) => ({ kind, schema: own })).filter(isFirstOfKind), nullable };
}

const isFirstOfKind = (one: Shape, at: number, all: Shape[]): boolean =>
  all.findIndex(({ kind }) => kind === one.kind) === at;

function kindOf(schema: JsonSchema, root: JsonSchema): FieldKind {
  if (schema.enum || schema.const !== undefined) return "choice";
  switch (schema.type) {
    case "string":
      return (schema.maxLength ?? 0) > 1000 || schema.format === "textarea" ? "lines" : "text";
    case "integer":
    case "number":
    case "boolean":
      return schema.type;
    case "array":
      return isListOfTexts(schema, root) ? "texts" : "json";
    default:
      return isObject(schema) ? objectKind(schema, root) : "json";
  }
}

function isListOfTexts(schema: JsonSchema, root: JsonSchema): boolean {
  if (typeof schema.items !== "object") return false;
  const item = resolved(schema.items, root);
  return ["string", "integer", "number"].includes(String(item.type));
}

function objectKind(schema: JsonSchema, root: JsonSchema): FieldKind {
  if (schema.properties && Object.keys(schema.properties).length) return "object";
  const extra = schema.additionalProperties;
  if (typeof extra === "object" && resolved(extra, root).type === "string") return "record";
  return "json";
}

/** The form that a value has; the first where it has none of them, or is not given. */
export function shapeFor(shapes: readonly Shape[], value: unknown): Shape {
  const [first] = shapes;
  const standard: Shape = first ?? { kind: "json", schema: {} };
  if (value === undefined || value === null) return standard;
  return shapes.find((one) => suits(one, value)) ?? { kind: "json", schema: standard.schema };
}

export function suits({ kind, schema }: Shape, value: unknown): boolean {
  switch (kind) {
    case "text":
    case "lines":
      return typeof value === "string";
    case "integer":
      return Number.isInteger(value);
    case "number":
      return typeof value === "number";
    case "boolean":
      return typeof value === "boolean";
    case "choice":
      return choicesOf(schema).some((one) => JSON.stringify(one) === JSON.stringify(value));
    case "texts":
      return Array.isArray(value) && value.every((one) => typeof one !== "object");
    case "record":
      return isPlain(value) && Object.values(value).every((one) => typeof one === "string");
    case "object":
      return isPlain(value);
    case "json":
      return true;
  }
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const choicesOf = (schema: JsonSchema): unknown[] =>
  (schema.enum ?? (schema.const === undefined ? [] : [schema.const])).filter((one) => one !== null);

/** The items of a list as they are typed, as values of the list. */
export function itemsOf(texts: readonly string[], schema: JsonSchema, root: JsonSchema): unknown[] {
  const item = typeof schema.items === "object" ? resolved(schema.items, root) : {};
  const isNumber = item.type === "integer" || item.type === "number";
  return texts.map((text) => (isNumber && Number.isFinite(Number(text)) ? Number(text) : text));
}

/** What a fresh value of a form is, when one changes to it. */
export function freshValue(kind: FieldKind, old: unknown): unknown {
  const text = Array.isArray(old) ? old.map(String).join(" ") : old;
  switch (kind) {
    case "text":
    case "lines":
      return typeof text === "string" ? text : "";
    case "texts":
      return typeof old === "string" && old ? old.split(/\s+/) : [];
    case "record":
    case "object":
      return {};
    case "boolean":
      return false;
    default:
      return undefined;
  }
}
