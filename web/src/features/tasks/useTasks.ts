/** The tasks that a filter leaves: pages that load as one scrolls, kept up to date by the live stream. */
import { keepPreviousData, useInfiniteQuery, useQueryClient } from "@tanstack/vue-query";
import { useThrottleFn } from "@vueuse/core";
import { computed, onScopeDispose, ref, watch, type ComputedRef } from "vue";

import type { TaskPageAnswer } from "@/api/generated";
import {
  listTasksInfiniteOptions,
  listTasksInfiniteQueryKey,
} from "@/api/generated/@tanstack/vue-query.gen";
import { live } from "@/api/live";

import { apiQuery, type TaskFilters } from "./filters";
import { patched, RECENT } from "./patching";

const PAGE = 100;
const AGAIN_MS = 3_000;

export function useTasks(filters: ComputedRef<TaskFilters>) {
  const queries = useQueryClient();
  const options = computed(() => ({
    query: { ...apiQuery(filters.value), recent: RECENT, limit: PAGE },
  }));
  const list = useInfiniteQuery(
    computed(() => ({
      ...listTasksInfiniteOptions(options.value),
      initialPageParam: {},
      getNextPageParam: (page: TaskPageAnswer) => page.next_cursor ?? undefined,
      placeholderData: keepPreviousData,
    })),
  );
  /** Names the list that is shown: another one is no news of this one. */
  const shownFor = ref("");
  watch(
    [options, list.isPlaceholderData],
    ([{ query }, isOld]) => {
      if (!isOld) shownFor.value = JSON.stringify(query);
    },
    { immediate: true },
  );
  const tasks = computed(() => list.data.value?.pages.flatMap(({ items }) => items) ?? []);

  const askAgain = useThrottleFn(
    () => queries.invalidateQueries({ queryKey: listTasksInfiniteQueryKey(options.value) }),
    AGAIN_MS,
    true,
  );
  const stop = live.onChanges((changes) => {
    let isStale = false;
    queries.setQueryData<{ pages: TaskPageAnswer[]; pageParams: unknown[] }>(
      listTasksInfiniteQueryKey(options.value),
      (old) => {
        if (!old) return old;
        const all = old.pages.flatMap(({ items }) => items);
        const result = patched(all, changes);
        isStale = result.isStale;
        if (result.tasks === all) return old;
        let from = 0;
        const pages = old.pages.map((page) => {
          const items = result.tasks.slice(from, (from += page.items.length));
          return { ...page, items };
        });
        return { ...old, pages };
      },
    );
    if (isStale) void askAgain();
  });
  onScopeDispose(stop);

  return { list, tasks, shownFor };
}
