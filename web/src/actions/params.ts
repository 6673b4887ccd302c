/** A task's parameters as form fields: what a field holds, what that means, what is wrong with it. */
import type { ParameterAnswer } from "@/api/generated";

/** How a parameter is asked for. */
export type FieldKind =
  | "text"
  | "lines"
  | "number"
  | "boolean"
  | "choice"
  | "choices"
  | "tags"
  | "date"
  | "datetime"
  | "json";

/** What a field holds while it is edited; null and "" are "not given". */
export type Draft = string | boolean | null | string[];

/** A message key under `actions.params` and what it names. */
export interface ParamProblem {
  key: string;
  named?: Record<string, string | number>;
}

/** `value` undefined: not given, so the task's default counts. */
export type Reading = { value: unknown; problem?: undefined } | { problem: ParamProblem };

/** Whether a run of the task cannot start without asking. */
export function needsAnswers(parameters: readonly ParameterAnswer[]): boolean {
  return parameters.some((one) => one.required && isNothing(one.default));
}

const isNothing = (value: unknown): value is null | undefined => value == null;
const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === "string");

export function kindOf(parameter: ParameterAnswer): FieldKind {
  switch (parameter.type) {
    case "boolean":
      return "boolean";
    case "array":
      if (parameter.choices.length) return "choices";
      return isNothing(parameter.default) || isTexts(parameter.default) ? "tags" : "json";
    case "object":
      return "json";
    default:
      break;
  }
  if (parameter.choices.length) return "choice";
  switch (parameter.type) {
    case "integer":
    case "number":
      return "number";
    case "date":
    case "datetime":
      return parameter.type;
    default:
      return typeof parameter.default === "string" && parameter.default.includes("\n")
        ? "lines"
        : "text";
  }
}

/** What the field shows for a value; undefined shows the default. */
export function draftOf(parameter: ParameterAnswer, given: unknown): Draft {
  const value = given ?? parameter.default;
  switch (kindOf(parameter)) {
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "choices":
    case "tags":
      if (isNothing(value)) return [];
      return (Array.isArray(value) ? value : [value]).map(textOf);
    case "json":
      return isNothing(value) ? "" : JSON.stringify(value, null, 2);
    default:
      return isNothing(value) ? "" : textOf(value);
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What a field says, checked as the server checks it. */
export function readDraft(parameter: ParameterAnswer, draft: Draft): Reading {
  const reading = meaning(parameter, draft);
  if (reading.problem) return reading;
  const { value } = reading;
  if (value === undefined) {
    return parameter.required && isNothing(parameter.default)
      ? { problem: { key: "required" } }
      : reading;
  }
  return same(value, parameter.default) ? { value: undefined } : reading;
}

function meaning(parameter: ParameterAnswer, draft: Draft): Reading {
  if (draft === null) return { value: undefined };
  if (typeof draft === "boolean") return { value: draft };
  if (Array.isArray(draft)) {
    // Nothing in the list is "none" only where the default would give some.
    return draft.length || !isNothing(parameter.default) ? { value: draft } : { value: undefined };
  }
  switch (kindOf(parameter)) {
    case "number":
      return readNumber(parameter, draft.trim());
    case "json":
      return readJson(parameter, draft.trim());
    case "choice":
      return readChoice(parameter, draft);
    case "date":
    case "datetime":
      return { value: draft.trim() || undefined };
    default:
      // An emptied text is meant so where there would be one else.
      return { value: draft || (isNothing(parameter.default) ? undefined : "") };
  }
}

const INTEGER = /^[+-]?\d{1,1000}$/;

function readNumber(parameter: ParameterAnswer, text: string): Reading {
  if (!text) return { value: undefined };
  const value = Number(text.replace(",", "."));
  if (parameter.type === "integer" && !INTEGER.test(text)) return { problem: { key: "integer" } };
  if (!Number.isFinite(value)) return { problem: { key: "number" } };
  const { minimum, maximum } = parameter;
  if (minimum !== null && value < minimum)
    return { problem: { key: "atLeast", named: { value: minimum } } };
  if (maximum !== null && value > maximum)
    return { problem: { key: "atMost", named: { value: maximum } } };
  // JSON's numbers of this page are exact up to here; the server reads the digits of a text.
  return { value: Number.isSafeInteger(value) || parameter.type === "number" ? value : text };
}

function readJson(parameter: ParameterAnswer, text: string): Reading {
  if (!text) return { value: undefined };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { problem: { key: "json", named: { reason } } };
  }
  if (parameter.type === "array" && !Array.isArray(value)) return { problem: { key: "array" } };
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (parameter.type === "object" && !isObject) return { problem: { key: "object" } };
  return { value };
}

function readChoice(parameter: ParameterAnswer, text: string): Reading {
  if (!text) return { value: undefined };
  const found = parameter.choices.find((choice) => textOf(choice) === text);
  return found === undefined ? { problem: { key: "choice" } } : { value: found };
}

export const same = (one: unknown, other: unknown): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other);

/** Undeclared parameters as rows of text: what is JSON counts as such, all else is text. */
export function toRows(extra: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(extra).map(([name, value]) => [
      name,
      typeof value === "string" && fromRow(value) === value ? value : JSON.stringify(value),
    ]),
  );
}

export function fromRows(rows: Record<string, string>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(rows)
      .filter(([name]) => name.trim())
      .map(([name, text]) => [name.trim(), fromRow(text)]),
  );
}

function fromRow(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    // A number that would lose digits stays the text that it is.
    return typeof value === "number" && String(value) !== text.trim() ? text : value;
  } catch {
    // Not JSON: plain text is the usual case.
    return text;
  }
}

/** The server's complaints about parameters, by the parameter's name. */
export function problemsByName(facts: Readonly<Record<string, unknown>>): Record<string, string> {
  const found: Record<string, string> = {};
  const list: unknown[] = Array.isArray(facts["problems"]) ? facts["problems"] : [];
  for (const one of list) {
    const { where, message } = (one ?? {}) as { where?: unknown; message?: unknown };
    if (typeof where !== "string" || typeof message !== "string") continue;
    const name = /^params\.(.+)$/.exec(where)?.[1];
    if (name) found[name] ??= message;
  }
  return found;
}
