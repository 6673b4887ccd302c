/** Which line of the palette the keyboard is on; it stays on its line while results come in. */
import { computed, ref, watch, type ComputedRef, type Ref } from "vue";

import type { Group, Item } from "./items";

const PAGE = 6;

export interface Highlight {
  key: ComputedRef<string | undefined>;
  item: ComputedRef<Item | undefined>;
  set(key: string): void;
  /** Whether the key was one of moving. */
  move(event: KeyboardEvent): boolean;
}

export function useHighlight(groups: Ref<Group[]>, query: Ref<string>): Highlight {
  const items = computed(() => groups.value.flatMap((group) => group.items));
  /** Undefined until the reader moves: then it is whatever comes first. */
  const chosen = ref<string>();
  watch(query, () => (chosen.value = undefined));

  const index = computed(() => {
    const found = items.value.findIndex(({ key }) => key === chosen.value);
    return found < 0 ? 0 : found;
  });
  const item = computed(() => items.value[index.value]);

  function to(next: number, wraps: boolean): void {
    const count = items.value.length;
    if (!count) return;
    const place = wraps ? (next + count) % count : Math.max(0, Math.min(count - 1, next));
    chosen.value = items.value[place]?.key;
  }

  function move(event: KeyboardEvent): boolean {
    const plain = !event.altKey && !event.metaKey;
    const key = event.ctrlKey ? `Ctrl+${event.key}` : event.key;
    if (!plain) return false;
    switch (key) {
      case "ArrowDown":
      case "Ctrl+n":
        to(index.value + 1, true);
        return true;
      case "ArrowUp":
      case "Ctrl+p":
        to(index.value - 1, true);
        return true;
      case "PageDown":
        to(index.value + PAGE, false);
        return true;
      case "PageUp":
        to(index.value - PAGE, false);
        return true;
      default:
        return false;
    }
  }

  return {
    key: computed(() => item.value?.key),
    item,
    set: (key) => (chosen.value = key),
    move,
  };
}
