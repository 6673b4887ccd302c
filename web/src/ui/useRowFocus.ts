/** The row with the keyboard's focus: which it is, where keys move it, what Enter and Space do there. */
import { computed, nextTick, ref, type Ref } from "vue";

import { movedTo, type Placed } from "./dataTable";

interface Grid {
  scroller: Readonly<Ref<HTMLElement | null>>;
  count: Readonly<Ref<number>>;
  keyAt: (index: number) => string;
  rowHeight: Readonly<Ref<number>>;
  reveal: (index: number) => void;
  enter: (index: number) => void;
  toggle: (index: number, shift: boolean) => void;
}

/** Keyed, not numbered: rows that come above do not move the focus to another row. */
export function useRowFocus(grid: Grid) {
  const key = ref<string | null>(null);
  const near = ref(0);

  /** The row's index now, or -1. Looks near where it was last. */
  const at = computed(() => {
    if (key.value === null) return -1;
    const count = grid.count.value;
    for (let step = 0; step < count; step += 1) {
      if (near.value + step < count && grid.keyAt(near.value + step) === key.value) {
        return near.value + step;
      }
      if (near.value - step >= 0 && grid.keyAt(near.value - step) === key.value) {
        return near.value - step;
      }
    }
    return -1;
  });
  /** The one row that Tab reaches: the focused one, else the first. */
  const current = computed(() => (at.value >= 0 ? at.value : 0));
  const place = computed<Placed | null>(() =>
    at.value >= 0 && key.value !== null ? { index: at.value, key: key.value } : null,
  );

  function set(index: number): void {
    near.value = index;
    key.value = grid.keyAt(index);
  }

  function element(index: number): HTMLElement | null | undefined {
    return grid.scroller.value?.querySelector<HTMLElement>(`[data-index="${String(index)}"]`);
  }

  function go(index: number): void {
    if (index < 0 || index >= grid.count.value) return;
    set(index);
    grid.reveal(index);
    void nextTick(() => element(index)?.focus({ preventScroll: true }));
  }

  function onFocusin(event: FocusEvent): void {
    const row = event.target instanceof Element ? event.target.closest("[data-index]") : null;
    if (row) set(Number(row.getAttribute("data-index")));
  }

  function onKeydown(event: KeyboardEvent): void {
    const target = event.target;
    if (!(target instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.altKey) return;
    // Only a row's own keys: a field or button inside a cell keeps its.
    if (target.getAttribute("role") !== "row" || !target.hasAttribute("data-index")) return;
    const from = Number(target.getAttribute("data-index"));
    if (event.key === "Enter") {
      event.preventDefault();
      element(from)?.querySelector<HTMLElement>("[data-row-link]")?.click();
      grid.enter(from);
    } else if (event.key === " ") {
      event.preventDefault();
      grid.toggle(from, event.shiftKey);
    } else {
      const height = grid.scroller.value?.clientHeight ?? 0;
      const page = Math.max(1, Math.floor(height / grid.rowHeight.value) - 2);
      const next = movedTo(event.key, from, { count: grid.count.value, page });
      if (next === undefined) return;
      event.preventDefault();
      go(next);
    }
  }

  return { key, at, current, place, set, go, onFocusin, onKeydown };
}
