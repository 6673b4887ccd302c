/** The task of a run as it is now, if it still is. */
import { useQuery } from "@tanstack/vue-query";
import { computed, type Ref } from "vue";

import { ApiError } from "@/api/client";
import type { RunAnswer } from "@/api/generated";
import { readTaskOptions } from "@/api/generated/@tanstack/vue-query.gen";

export function useTask(run: Ref<Pick<RunAnswer, "task_id">>) {
  const query = useQuery(
    computed(() => ({
      ...readTaskOptions({ path: { task_id: run.value.task_id ?? "" } }),
      enabled: run.value.task_id !== null,
    })),
  );
  /** It was deleted: nothing leads to it, and it can't be run again. */
  const isGone = computed(
    () =>
      (query.error.value instanceof ApiError && query.error.value.status === 404) ||
      Boolean(query.data.value?.deleted_at),
  );
  return { task: computed(() => query.data.value), isGone };
}
