/** Changes of settings as JSON merge patches (RFC 7396): what the server takes, and what keeps the rest. */

export type Settings = Record<string, unknown>;

export const isTable = (value: unknown): value is Settings =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const sameJson = (one: unknown, other: unknown): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other);

/** `before` with the patch: null takes a key out, tables are merged, all else is replaced. */
export function applied(before: Settings, patch: Settings): Settings {
  const after: Settings = { ...before };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || value === undefined) Reflect.deleteProperty(after, key);
    else if (isTable(value)) {
      const inner = after[key];
      after[key] = applied(isTable(inner) ? inner : {}, value);
    } else after[key] = value;
  }
  return after;
}

/** What makes `after` of `before`; an empty patch where they are the same. */
export function patchOf(before: Settings, after: Settings): Settings {
  const patch: Settings = {};
  for (const key of Object.keys(before)) if (!(key in after)) patch[key] = null;
  for (const [key, value] of Object.entries(after)) {
    const old = before[key];
    if (key in before && sameJson(old, value)) continue;
    patch[key] = isTable(old) && isTable(value) ? patchOf(old, value) : (value ?? null);
  }
  return patch;
}

/** One patch that does what both do, the second after the first. */
export function together(first: Settings, second: Settings): Settings {
  const both: Settings = { ...first };
  for (const [key, value] of Object.entries(second)) {
    const old = both[key];
    both[key] = isTable(old) && isTable(value) ? together(old, value) : value;
  }
  return both;
}

/** Nothing to write: no text, an empty list or table. */
export function orNull(value: unknown): unknown {
  const isNothing =
    value === "" || value === undefined || (Array.isArray(value) && value.length === 0);
  return isNothing || (isTable(value) && Object.keys(value).length === 0) ? null : value;
}
