/** A JSON value as the flat lines of a tree: what is open, what matches, how a path is written. */
export type JsonKind = "object" | "array" | "string" | "number" | "boolean" | "null";

export interface JsonRow {
  /** Names the node: `$.a[0]["b c"]`. */
  path: string;
  depth: number;
  /** The key or index in its parent; null for the root. */
  name: string | number | null;
  kind: JsonKind;
  value: unknown;
  /** Members of an object or array, else 0. */
  size: number;
  open: boolean;
}

export function kindOf(value: unknown): JsonKind {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  switch (typeof value) {
    case "object":
      return "object";
    case "string":
      return "string";
    case "number":
    case "bigint":
      return "number";
    case "boolean":
      return "boolean";
    default:
      return "string";
  }
}

const plain = /^[A-Za-z_$][\w$]*$/;

export function childPath(path: string, name: string | number): string {
  if (typeof name === "number") return `${path}[${String(name)}]`;
  return plain.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}

export function members(value: unknown): [string | number, unknown][] {
  if (Array.isArray(value)) return value.map((member, index) => [index, member]);
  if (typeof value === "object" && value !== null) return Object.entries(value);
  return [];
}

function sizeOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  return typeof value === "object" && value !== null ? Object.keys(value).length : 0;
}

export interface TreeState {
  /** Nodes above this depth are open unless the reader closed them. */
  openTo: number;
  /** What the reader opened (true) or closed (false), by path. */
  chosen: ReadonlyMap<string, boolean>;
}

/** No more lines than a page can hold, however deep or wide the value is. */
export const mostRows = 50_000;

/** The lines in reading order. Walks with its own stack: hostile depth overflows nothing. */
export function jsonRows(root: unknown, { openTo, chosen }: TreeState): JsonRow[] {
  const rows: JsonRow[] = [];
  const stack: Pick<JsonRow, "path" | "depth" | "name" | "value">[] = [
    { path: "$", depth: 0, name: null, value: root },
  ];
  for (let node = stack.pop(); node && rows.length < mostRows; node = stack.pop()) {
    const { path, depth, value } = node;
    const size = sizeOf(value);
    const open = size > 0 && (chosen.get(path) ?? (depth < openTo && size <= 200));
    rows.push({ ...node, kind: kindOf(value), size, open });
    if (!open) continue;
    const inner = members(value);
    const room = Math.min(inner.length, mostRows);
    for (let index = room - 1; index >= 0; index -= 1) {
      const member = inner[index];
      if (!member) continue;
      const [name, child] = member;
      stack.push({ path: childPath(path, name), depth: depth + 1, name, value: child });
    }
  }
  return rows;
}

/** Paths whose key or plain value holds `text`, any case, in reading order; at most `most`. */
export function findJson(root: unknown, text: string, most = 1000): string[] {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return [];
  const found: string[] = [];
  const stack: [string, string | number | null, unknown][] = [["$", null, root]];
  for (let node = stack.pop(); node && found.length < most; node = stack.pop()) {
    const [path, name, value] = node;
    const own = typeof value === "object" && value !== null ? "" : String(value);
    if (
      own.toLowerCase().includes(wanted) ||
      (typeof name === "string" && name.toLowerCase().includes(wanted))
    ) {
      found.push(path);
    }
    const inner = members(value);
    for (let index = inner.length - 1; index >= 0; index -= 1) {
      const member = inner[index];
      if (member) stack.push([childPath(path, member[0]), member[0], member[1]]);
    }
  }
  return found;
}

/** The paths above `path`, from the root: what must be open for it to be seen. */
export function ancestors(path: string): string[] {
  const above: string[] = [];
  // A quoted key may hold dots, brackets and escaped quotes.
  const part = /^\$|\.[A-Za-z_$][\w$]*|\[\d+\]|\["(?:[^"\\]|\\.)*"\]/g;
  let whole = "";
  for (const [piece] of path.matchAll(part)) {
    if (whole) above.push(whole);
    whole += piece;
  }
  return above;
}
