/** Columns, order and selection of a table as plain data: what DataTable decides, without the page. */
import type { RouteLocationRaw } from "vue-router";

export interface DataColumn<T> {
  /** Names the column's slot `cell-<id>`. */
  id: string;
  header: string;
  /** What the cell says without a slot, and what a client side sort compares. */
  value?: (row: T) => string | number | boolean | null | undefined;
  /** A CSS grid track; "minmax(8rem, 1fr)" unless said. */
  width?: string;
  /** Pixels below which the column is of no use; 120 unless said. Counts for `priority`. */
  minWidth?: number;
  align?: "start" | "end" | "center";
  sortable?: boolean;
  hideable?: boolean;
  /** Hidden until the reader asks for it. */
  hidden?: boolean;
  /** Narrow tables drop the columns with the highest priority first; 0 (unless said) stays for ever. */
  priority?: number;
  /** This cell carries the row's link; the first column unless said. */
  link?: boolean;
}

export interface DataSort {
  id: string;
  desc: boolean;
}

export type Density = "compact" | "normal" | "roomy";

export const rowHeights: Record<Density, number> = { compact: 28, normal: 36, roomy: 48 };

export type RowLink<T> = (row: T) => RouteLocationRaw | undefined;

/** Columns that fit into `width` pixels: those of the highest priority number go first, the later of equals first. */
export function fitColumns<T>(
  columns: readonly DataColumn<T>[],
  width: number,
  reserved = 0,
): DataColumn<T>[] {
  const kept = [...columns];
  const need = () => kept.reduce((sum, column) => sum + (column.minWidth ?? 120), reserved);
  while (width > 0 && need() > width) {
    let drop = -1;
    kept.forEach((column, index) => {
      const rank = column.priority ?? 0;
      if (rank > 0 && rank >= (kept[drop]?.priority ?? 1)) drop = index;
    });
    if (drop < 0) break;
    kept.splice(drop, 1);
  }
  return kept;
}

/** The order after a click on a header: ascending, descending, then the table's own order. */
export function nextSort(now: DataSort | null, id: string): DataSort | null {
  if (now?.id !== id) return { id, desc: false };
  return now.desc ? null : { id, desc: true };
}

/** The selection after a click; with `from` (shift held) every row between takes the clicked row's new state. */
export function toggled(
  selected: ReadonlySet<string>,
  keys: readonly string[],
  { at, from }: { at: number; from: number | null },
): Set<string> {
  const next = new Set(selected);
  const clicked = keys[at];
  if (clicked === undefined) return next;
  const add = !selected.has(clicked);
  const [low, high] = from === null ? [at, at] : [Math.min(at, from), Math.max(at, from)];
  for (const key of keys.slice(low, high + 1)) {
    if (add) next.add(key);
    else next.delete(key);
  }
  return next;
}

/** A row as it was on the page: its place and its key. */
export interface Placed {
  index: number;
  key: string;
}

/**
 * By how many rows the reader's rows moved: the first of `wanted` that still exists tells.
 * Zero if none does. `keyAt` gives the new row's key, `count` how many there are.
 */
export function rowShift(
  wanted: readonly Placed[],
  count: number,
  keyAt: (index: number) => string,
): number {
  for (const { index, key } of wanted) {
    const found = findNear(key, index, count, keyAt);
    if (found >= 0) return found - index;
  }
  return 0;
}

/** Looks outwards from where the row was: lists change near where they are read, seldom far off. */
function findNear(key: string, around: number, count: number, keyAt: (index: number) => string) {
  const reach = Math.max(around, count - 1 - around);
  for (let step = 0; step <= reach; step += 1) {
    const after = around + step;
    if (after < count && keyAt(after) === key) return after;
    const before = around - step;
    if (before >= 0 && before < count && keyAt(before) === key) return before;
  }
  return -1;
}

/** Where a key press leads from row `at`; undefined for keys that move nothing. */
export function movedTo(
  key: string,
  at: number,
  { count, page }: { count: number; page: number },
): number | undefined {
  const last = count - 1;
  const clamp = (index: number) => Math.max(0, Math.min(last, index));
  switch (key) {
    case "ArrowDown":
    case "j":
      return clamp(at + 1);
    case "ArrowUp":
    case "k":
      return clamp(at - 1);
    case "PageDown":
      return clamp(at + page);
    case "PageUp":
      return clamp(at - page);
    case "Home":
      return 0;
    case "End":
      return clamp(last);
    default:
      return undefined;
  }
}
