/** Reading a JSON Schema: what stands at a path, which values it takes, how it is written as TOML. */

export interface JsonSchema {
  type?: string | string[];
  title?: string;
  description?: string;
  format?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  examples?: unknown[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  propertyNames?: JsonSchema;
  items?: JsonSchema | boolean;
  prefixItems?: JsonSchema[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  definitions?: Record<string, JsonSchema>;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
  /** Where a key of a script's settings stands: at the top of the block. */
  "x-place"?: string;
}

/** The schema without its reference: what it refers to, with the words that stand beside it. */
export function resolved(schema: JsonSchema, root: JsonSchema): JsonSchema {
  let found = schema;
  for (let depth = 0; found.$ref && depth < 8; depth += 1) {
    const [, place, name] = /^#\/(\$defs|definitions)\/(.+)$/.exec(found.$ref) ?? [];
    const target = place && name ? root[place as "$defs"]?.[name] : undefined;
    if (!target) return found;
    const { $ref, ...beside } = found;
    void $ref;
    found = { ...target, ...beside };
  }
  return found;
}

/** The schema and all that it may be instead. */
export function alternatives(schema: JsonSchema, root: JsonSchema): JsonSchema[] {
  const own = resolved(schema, root);
  const others = [...(own.anyOf ?? []), ...(own.oneOf ?? [])];
  return [own, ...others.flatMap((one) => alternatives(one, root))];
}

export const isObject = (schema: JsonSchema): boolean =>
  schema.properties !== undefined || [schema.type].flat().includes("object");

/** What stands under a key; through lists to their items. */
export function within(schema: JsonSchema, key: string, root: JsonSchema): JsonSchema | null {
  for (const one of alternatives(schema, root)) {
    const own = one.properties?.[key];
    if (own) return own;
    if (typeof one.items === "object") {
      const inner = within(one.items, key, root);
      if (inner) return inner;
    }
    if (typeof one.additionalProperties === "object") return one.additionalProperties;
  }
  return null;
}

/** The keys that a table at this schema may have. */
export function keysOf(schema: JsonSchema, root: JsonSchema): Record<string, JsonSchema> {
  for (const one of alternatives(schema, root)) {
    if (one.properties) return one.properties;
    if (typeof one.items === "object") return keysOf(one.items, root);
  }
  return {};
}

/** Values worth offering: all there are, or the examples and the default. */
export function valuesOf(schema: JsonSchema, root: JsonSchema): unknown[] {
  const found: unknown[] = [];
  for (const one of alternatives(schema, root)) {
    if (one.enum) found.push(...one.enum);
    if (one.type === "boolean") found.push(true, false);
    found.push(...(one.examples ?? []));
    if (one.default !== undefined && one.default !== null) found.push(one.default);
  }
  const seen = new Set<string>();
  return found.filter((value) => {
    const text = JSON.stringify(value);
    const isEmpty = text === "{}" || text === "[]" || text === '""' || text === "null";
    return !isEmpty && !seen.has(text) && seen.add(text);
  });
}

/** A JSON value as one writes it in TOML, on one line. */
export function tomlText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(tomlText).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const parts = Object.entries(value).map(([key, inner]) => `${tomlKey(key)} = ${tomlText(inner)}`);
  return `{${parts.join(", ")}}`;
}

export const tomlKey = (key: string): string => (/^[\w-]+$/.test(key) ? key : JSON.stringify(key));
