/** Rows that leave a list stay in sight for a moment, so that nothing moves under the reader's eyes or mouse. */
import { useIntervalFn } from "@vueuse/core";
import { ref, shallowRef, watch, type Ref } from "vue";

export interface Lingering<T> {
  row: T;
  /** When it was seen to belong here no longer, in ms; undefined while it does. */
  goneMs: number | undefined;
}

interface Settling<T> {
  belongs: (row: T) => boolean;
  nowMs: number;
  keepMs: number;
  held: boolean;
}

/**
 * The rows of `known` that belong here, in the order in which they came, new ones at the end. One
 * that has changed and belongs here no longer keeps its place for `keepMs`, or as long as `held`;
 * one of which nothing is known any more goes at once: what became of it could not be told.
 */
export function settle<T extends { id: string }>(
  shown: readonly Lingering<T>[],
  known: readonly T[],
  { belongs, nowMs, keepMs, held }: Settling<T>,
): Lingering<T>[] {
  const left = new Map(known.map((row) => [row.id, row]));
  const rows: Lingering<T>[] = [];
  for (const old of shown) {
    const row = left.get(old.row.id) ?? old.row;
    const isKnown = left.delete(row.id);
    if (belongs(row)) {
      if (isKnown) rows.push({ row, goneMs: undefined });
      continue;
    }
    const goneMs = old.goneMs ?? nowMs;
    if (held || nowMs - goneMs < keepMs) rows.push({ row, goneMs });
  }
  for (const row of left.values()) if (belongs(row)) rows.push({ row, goneMs: undefined });
  return rows;
}

const KEEP_MS = 4_000;
const LOOK_MS = 1_000;

/** `known` as it is to be shown. While `held` (a mouse over the list, say) what has ended stays. */
export function useLingering<T extends { id: string }>(
  known: () => readonly T[],
  belongs: (row: T) => boolean,
): { rows: Readonly<Ref<readonly Lingering<T>[]>>; held: Ref<boolean> } {
  const rows = shallowRef<readonly Lingering<T>[]>([]);
  const held = ref(false);
  function look(): void {
    const now = { belongs, nowMs: Date.now(), keepMs: KEEP_MS, held: held.value };
    rows.value = settle(rows.value, known(), now);
  }
  watch(known, look, { immediate: true });
  useIntervalFn(() => {
    if (rows.value.some(({ goneMs }) => goneMs !== undefined)) look();
  }, LOOK_MS);
  return { rows, held };
}
