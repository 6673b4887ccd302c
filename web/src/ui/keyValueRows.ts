/** Rows of names and values as they are being edited, to and from the record that they mean. */

export interface KeyValueRow {
  id: number;
  name: string;
  value: string;
}

let last = 0;

export function freshRow(name = "", value = ""): KeyValueRow {
  last += 1;
  return { id: last, name, value };
}

/** Rows of a record, in its order. */
export function toRows(record: Record<string, string>): KeyValueRow[] {
  return Object.entries(record).map(([name, value]) => freshRow(name, value));
}

/** The record; rows without a name do not count, and of two equal names the later one does. */
export function toRecord(rows: readonly KeyValueRow[]): Record<string, string> {
  const named = rows
    .filter((row) => row.name.trim())
    .map((row) => [row.name.trim(), row.value] as const);
  return Object.fromEntries(named);
}

/** Names that occur more than once. */
export function repeated(rows: readonly KeyValueRow[]): Set<string> {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { name } of rows) {
    const plain = name.trim();
    if (plain && seen.has(plain)) twice.add(plain);
    seen.add(plain);
  }
  return twice;
}

/** Rows from pasted lines like `NAME=value` or `NAME: value`; empty when the text is not of that kind. */
export function fromLines(text: string): KeyValueRow[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const told = lines.filter((line) => line && !line.startsWith("#"));
  const rows: KeyValueRow[] = [];
  for (const line of told) {
    const found = /^(?:export\s+)?([^\s=:]+)\s*[=:]\s*(.*)$/.exec(line);
    if (!found) return [];
    rows.push(freshRow(found[1], (found[2] ?? "").replace(/^(["'])(.*)\1$/, "$2")));
  }
  return rows;
}

/** Whether two records say the same, whatever their order. */
export function same(a: Record<string, string>, b: Record<string, string>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
