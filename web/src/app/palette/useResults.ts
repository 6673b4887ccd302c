/** What the palette shows for a query: all its sources ranked into groups. */
import { FileClock, SquareTerminal } from "@lucide/vue";
import { refDebounced } from "@vueuse/core";
import { computed, type ComputedRef, type Ref } from "vue";
import { useRouter } from "vue-router";

import type { Group, Item } from "./items";
import { Finder, merged } from "./ranking";
import { useRecents, type Recent } from "./recents";
import { useActionItems, usePlaceItems } from "./usePlaces";
import { useRunItems } from "./useRuns";
import { useTaskItems } from "./useTasks";

const REST_MS = 140;

export interface Results {
  groups: ComputedRef<Group[]>;
  isAsking: ComputedRef<boolean>;
  /** The server did not answer, so tasks and runs are missing. */
  isPartial: ComputedRef<boolean>;
}

export function useResults(query: Ref<string>): Results {
  const asked = refDebounced(query, REST_MS);
  const places = usePlaceItems();
  const acts = useActionItems();
  const tasks = useTaskItems(query, asked);
  const runs = useRunItems(asked);
  const { recents, keys } = useRecents();
  const router = useRouter();

  /** A thing that was opened before may be none of those that are loaded. */
  function revived({ key, title }: Recent): Item | undefined {
    const [kind, id] = [key.slice(0, key.indexOf(":")), key.slice(key.indexOf(":") + 1)];
    if (kind === "task") {
      const act = () => router.push({ name: "task", params: { id } });
      return { key, group: "tasks", title, icon: SquareTerminal, act };
    }
    if (kind === "run") {
      const act = () => router.push({ name: "run", params: { id } });
      return { key, group: "runs", title, detail: id.slice(-8), words: id, icon: FileClock, act };
    }
    return undefined;
  }

  const items = computed(() => {
    const present = [...places.value, ...acts.value, ...tasks.items.value, ...runs.items.value];
    const known = new Set(present.map(({ key }) => key));
    const old = recents.value.filter(({ key }) => !known.has(key)).map(revived);
    return [...present, ...old.filter((item) => item !== undefined)];
  });
  const finder = computed(() => new Finder(items.value));

  const groups = computed(() => {
    const ranked = finder.value.find(query.value, keys.value);
    const first: Group[] = [
      { name: "actions" as const, items: tasks.acts.value },
      { name: "runs" as const, items: query.value.trim() ? runs.exact.value : [] },
    ];
    return merged([...first.filter((group) => group.items.length), ...ranked]);
  });

  return {
    groups,
    isAsking: computed(() => tasks.isAsking.value || runs.isAsking.value),
    isPartial: computed(() => tasks.isError.value),
  };
}
