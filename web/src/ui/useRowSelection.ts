/** Which rows are selected: one by one, a range with shift, all that are loaded. */
import { computed, ref, type Ref } from "vue";

import { toggled } from "./dataTable";

interface Rows<T> {
  selected: Ref<ReadonlySet<string>>;
  ordered: Readonly<Ref<readonly T[]>>;
  rowKey: (row: T) => string;
}

export function useRowSelection<T>({ selected, ordered, rowKey }: Rows<T>) {
  /** Where the last click was; a range starts there. */
  const anchor = ref<string | null>(null);

  const state = computed<"none" | "some" | "all">(() => {
    if (selected.value.size === 0) return "none";
    if (selected.value.size < ordered.value.length) return "some";
    return ordered.value.every((row) => selected.value.has(rowKey(row))) ? "all" : "some";
  });

  function toggle(index: number, range: boolean): void {
    const keys = ordered.value.map(rowKey);
    const from = range && anchor.value !== null ? keys.indexOf(anchor.value) : -1;
    selected.value = toggled(selected.value, keys, { at: index, from: from < 0 ? null : from });
    anchor.value = keys[index] ?? null;
  }

  function toggleAll(): void {
    selected.value = state.value === "all" ? new Set() : new Set(ordered.value.map(rowKey));
  }

  return { state, toggle, toggleAll };
}
