/** What failed since the reader last looked, by task. */
import { keepPreviousData, useQuery } from "@tanstack/vue-query";
import { computed } from "vue";

import { listRunsOptions } from "@/api/generated/@tanstack/vue-query.gen";
import { BAD } from "@/domain/status";

import { groupFailures, momentAfter } from "./failures";
import { useLastLooked } from "./lastLooked";

const MOST = 100;

export function useFailures() {
  const looked = useLastLooked();
  const failed = useQuery(
    computed(() => ({
      ...listRunsOptions({
        query: { status: [...BAD], finished_since: looked.since.value, limit: MOST },
      }),
      placeholderData: keepPreviousData,
    })),
  );
  const items = computed(() => failed.data.value?.items ?? []);
  const tasks = computed(() =>
    [...new Set(items.value.map(({ task_id }) => task_id))]
      .filter((id) => id !== null)
      .slice(0, 50),
  );
  const succeeded = useQuery(
    computed(() => ({
      ...listRunsOptions({
        query: {
          status: "succeeded",
          task_id: [...tasks.value].sort(),
          finished_since: looked.since.value,
          limit: MOST,
        },
      }),
      enabled: tasks.value.length > 0,
      placeholderData: keepPreviousData,
    })),
  );
  return {
    query: failed,
    since: looked.since,
    groups: computed(() =>
      groupFailures(items.value, tasks.value.length ? succeeded.data.value?.items : []),
    ),
    count: computed(() => items.value.length),
    /** There are more than were asked for. */
    hasMore: computed(() => failed.data.value?.next_cursor != null),
    /** Everything shown counts as seen; returns what undoes it. */
    markSeen: (): (() => void) => {
      const at = momentAfter(items.value);
      return at ? looked.mark(at) : () => undefined;
    },
  };
}

export type Failures = ReturnType<typeof useFailures>;
