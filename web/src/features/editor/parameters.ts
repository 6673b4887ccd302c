/** The parameters that settings declare, short form or long, as rows of a form. */
import { isTable, type Settings } from "./patch";

export const PARAMETER_TYPES = [
  "string",
  "integer",
  "number",
  "boolean",
  "date",
  "datetime",
  "array",
  "object",
] as const;
export type ParameterType = (typeof PARAMETER_TYPES)[number];

export interface ParameterRow {
  name: string;
  type: ParameterType;
  /** The type is not written: it is that of the default. */
  isInferred: boolean;
  required: boolean;
  default: unknown;
  description: string;
  choices: unknown[];
  min: number | null;
  max: number | null;
  /** Keys that the form does not know. */
  rest: Settings;
}

export function rowsOf(parameters: unknown): ParameterRow[] {
  if (!isTable(parameters)) return [];
  return Object.entries(parameters).map(([name, written]) => rowOf(name, written));
}

function rowOf(name: string, written: unknown): ParameterRow {
  const table = isTable(written) ? written : { default: written };
  const { type, required, default: standard, description, choices, min, max, ...rest } = table;
  const isKnown = PARAMETER_TYPES.includes(type as ParameterType);
  const sample = standard ?? (Array.isArray(choices) ? choices[0] : undefined);
  return {
    name,
    type: isKnown ? (type as ParameterType) : typeOf(sample),
    isInferred: !isKnown,
    required: required === true,
    default: standard ?? null,
    description: typeof description === "string" ? description : "",
    choices: Array.isArray(choices) ? choices : [],
    min: typeof min === "number" ? min : null,
    max: typeof max === "number" ? max : null,
    rest,
  };
}

export function typeOf(value: unknown): ParameterType {
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  if (Array.isArray(value)) return "array";
  return isTable(value) ? "object" : "string";
}

/** As one writes it: a value alone where that says all. */
export function writtenRow(row: ParameterRow): unknown {
  const table: Settings = {};
  const hasDefault = row.default !== null && row.default !== "";
  const needsType = !row.isInferred || (hasDefault ? typeOf(row.default) : "string") !== row.type;
  if (needsType) table["type"] = row.type;
  if (row.required) table["required"] = true;
  if (hasDefault) table["default"] = row.default;
  if (row.description) table["description"] = row.description;
  if (row.choices.length) table["choices"] = row.choices;
  if (row.min !== null) table["min"] = row.min;
  if (row.max !== null) table["max"] = row.max;
  Object.assign(table, row.rest);
  const keys = Object.keys(table);
  if (keys.length === 1 && keys[0] === "default") return row.default;
  return keys.length ? table : { type: "string" };
}

export const written = (rows: readonly ParameterRow[]): Settings =>
  Object.fromEntries(rows.map((row) => [row.name, writtenRow(row)]));

/** Null when the name can be used. A message key under `editor.parameters`. */
export function nameProblem(name: string, others: readonly string[]): "unnamed" | "twice" | null {
  if (!name.trim()) return "unnamed";
  return others.includes(name) ? "twice" : null;
}

/** A typed text as a value of the type; undefined where it is none. */
export function valueOf(type: ParameterType, text: string): unknown {
  const plain = text.trim();
  if (!plain) return null;
  switch (type) {
    case "integer":
      return /^[+-]?\d+$/.test(plain) && Number.isSafeInteger(Number(plain))
        ? Number(plain)
        : undefined;
    case "number": {
      const value = Number(plain.replace(",", "."));
      return Number.isFinite(value) ? value : undefined;
    }
    case "boolean":
      return plain === "true" ? true : plain === "false" ? false : undefined;
    case "array":
    case "object":
      return jsonOf(type, plain);
    case "string":
      return text;
    case "date":
    case "datetime":
      return plain;
  }
}

function jsonOf(type: "array" | "object", text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Not JSON (yet): the field says so.
    return undefined;
  }
  return (type === "array" ? Array.isArray(value) : isTable(value)) ? value : undefined;
}

export const textOf = (value: unknown): string =>
  value === null || value === undefined
    ? ""
    : typeof value === "string"
      ? value
      : JSON.stringify(value);
