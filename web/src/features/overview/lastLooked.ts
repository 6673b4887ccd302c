/** Since when failures count as not seen, remembered in this browser. */
import { useLocalStorage } from "@vueuse/core";
import { computed, type ComputedRef } from "vue";

const DAY_MS = 86_400_000;

export interface LastLooked {
  /** RFC 3339; a day before this visit for who never marked anything. */
  since: ComputedRef<string>;
  /** Returns what undoes it. */
  mark: (at: string) => () => void;
}

export function useLastLooked(): LastLooked {
  const stored = useLocalStorage<string>("runyard.lastLooked", "");
  const dayAgo = new Date(Date.now() - DAY_MS).toISOString();
  return {
    since: computed(() => (Number.isNaN(Date.parse(stored.value)) ? dayAgo : stored.value)),
    mark: (at) => {
      const before = stored.value;
      stored.value = at;
      return () => (stored.value = before);
    },
  };
}
