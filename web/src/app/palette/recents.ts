/** What was chosen last in the palette, kept in this browser. */
import { useLocalStorage } from "@vueuse/core";
import { computed } from "vue";

export interface Recent {
  key: string;
  title: string;
}

const MOST = 12;

const recents = useLocalStorage<Recent[]>("runyard.palette", []);

export function useRecents() {
  const keys = computed(() => recents.value.map(({ key }) => key));

  /** Comes first from now on. */
  function remember({ key, title }: Recent): void {
    const others = recents.value.filter((one) => one.key !== key);
    recents.value = [{ key, title }, ...others].slice(0, MOST);
  }

  return { recents, keys, remember };
}
