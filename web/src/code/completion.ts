/** Completion of `[tool.runyard]`: its tables, keys and values, from the server's schema. */
import type {
  Completion,
  CompletionContext,
  CompletionResult,
  CompletionSource,
} from "@codemirror/autocomplete";

import { findBlock, tomlOf } from "./block";
import { placeAt, type Place } from "./places";
import {
  alternatives,
  isObject,
  keysOf,
  resolved,
  tomlKey,
  tomlText,
  valuesOf,
  within,
  type JsonSchema,
} from "./schema";

/** What is offered for keys that name things (`queue`, `project`), by key. */
export type KnownNames = Readonly<Record<string, readonly string[]>>;

const SECTION = ["tool", "runyard"];
const NEW_BLOCK = '# /// script\n# [tool.runyard]\n# title = ""\n# ///\n';

/** Reads schema and names when it is asked, so that they may come later than the editor. */
export function settingsCompletion(
  schema: () => JsonSchema | null,
  names: () => KnownNames,
): CompletionSource {
  return (context) => {
    const root = schema();
    if (!root) return null;
    const { doc } = context.state;
    const line = doc.lineAt(context.pos);
    const block = findBlock(doc.iterLines());
    if (!block) return newBlock(context);
    if (line.number <= block.first || line.number >= block.last) return null;
    const before: string[] = [];
    for (let at = block.first + 1; at < line.number; at += 1)
      before.push(tomlOf(doc.line(at).text));
    before.push(tomlOf(line.text.slice(0, context.pos - line.from)));
    const after: string[] = [];
    for (let at = line.number + 1; at < block.last; at += 1) after.push(tomlOf(doc.line(at).text));
    const place = placeAt(before, after);
    if (!place) return null;
    const isQuiet = !place.typed && !(place.kind === "value" && place.inString);
    if (isQuiet && !context.explicit) return null;
    const options = completionsAt(place, root, names());
    if (!options.length) return null;
    const validFor = place.kind === "header" ? /^[[\]\w.]*$/ : /^[\w.-]*$/;
    return { from: context.pos - place.typed.length, options, validFor };
  };
}

function newBlock(context: CompletionContext): CompletionResult | null {
  const word = context.matchBefore(/^#[ /\w]*/);
  if (!word || (word.text.length < 3 && !context.explicit)) return null;
  const option = { label: "# /// script", apply: NEW_BLOCK, type: "keyword" };
  return { from: word.from, options: [option], validFor: /^#[ /\w]*$/ };
}

/** What may be written at a place. */
export function completionsAt(place: Place, root: JsonSchema, names: KnownNames): Completion[] {
  switch (place.kind) {
    case "header":
      return headers(root);
    case "key":
      return keys(place, root);
    case "value":
      return values(place, root, names);
  }
}

function headers(root: JsonSchema): Completion[] {
  const found: Completion[] = [{ label: "[tool.runyard]", type: "namespace", boost: 50 }];
  for (const [key, schema] of Object.entries(keysOf(root, root))) {
    const forms = alternatives(schema, root);
    const isList = forms.some(
      ({ items }) => typeof items === "object" && alternatives(items, root).some(isObject),
    );
    const name = `tool.runyard.${key}`;
    if (isList) found.push(described(`[[${name}]]`, schema, "namespace"));
    else if (forms.some(isObject)) found.push(described(`[${name}]`, schema, "namespace"));
  }
  return found;
}

function keys(place: Extract<Place, { kind: "key" }>, root: JsonSchema): Completion[] {
  const schema = schemaAt(place.path, root);
  if (!schema) return [];
  const isTop = place.path.length === 0;
  return Object.entries(keysOf(schema, root))
    .filter(([key, one]) => !place.present.has(key) && isTop === (one["x-place"] === "block"))
    .map(([key, one]) => ({
      ...described(key, one, "property"),
      apply: `${tomlKey(key)} = `,
      detail: typeName(one, root),
    }));
}

function schemaAt(path: readonly string[], root: JsonSchema): JsonSchema | null {
  if (path.length === 0) return root;
  if (path[0] !== SECTION[0] || path[1] !== SECTION[1]) return null;
  let found: JsonSchema | null = root;
  for (const key of path.slice(2)) found = found && within(found, key, root);
  return found;
}

function values(
  place: Extract<Place, { kind: "value" }>,
  root: JsonSchema,
  names: KnownNames,
): Completion[] {
  const table = schemaAt(place.path, root);
  const schema = table && within(table, place.key, root);
  if (!schema) return [];
  const written = (value: unknown): string =>
    place.inString && typeof value === "string" ? value : tomlText(value);
  const fits = (value: unknown) => !place.inString || typeof value === "string";
  const forms = alternatives(schema, root);
  const isList = forms.some(({ type }) => type === "array");
  const known = (names[place.key] ?? []).filter(() => !isList || place.inString);
  const own = known.map((name) => ({ label: written(name), type: "constant", boost: 10 }));
  const standard = schema.default ?? resolved(schema, root).default;
  const others = valuesOf(schema, root)
    .filter((value) => fits(value) && !known.some((name) => name === value))
    .map((value) => ({
      label: written(value),
      type: typeof value === "string" ? "text" : "constant",
      ...(value === standard ? { detail: "=" } : {}),
    }));
  return [...own, ...others];
}

function described(label: string, schema: JsonSchema, type: string): Completion {
  const info = schema.description;
  return info ? { label, type, info } : { label, type };
}

function typeName(schema: JsonSchema, root: JsonSchema): string {
  const forms = alternatives(schema, root);
  const format = forms.find((one) => one.format)?.format;
  if (format) return format;
  const named = forms.flatMap((one) => one.type ?? []).filter((one) => one !== "null");
  return forms.some((one) => one.enum) ? "" : [...new Set(named)].slice(0, 2).join(" | ");
}
