/** The values that a filter can name: what there is of tasks, queues, projects, labels, schedules. */
import { keepPreviousData, useQuery } from "@tanstack/vue-query";
import { refDebounced } from "@vueuse/core";
import { computed, type ComputedRef, type Ref } from "vue";

import {
  listSchedulesOptions,
  listTasksOptions,
  readTaskFacetsOptions,
} from "@/api/generated/@tanstack/vue-query.gen";
import type { FilterFacts } from "@/runs/language";

const OFFERED = 20;
const REST_MS = 150;

/** Asks nothing before `wanted`. `typed`: the beginning of the value that is being written. */
export function useFilterFacts(wanted: Ref<boolean>, typed: Ref<string>): ComputedRef<FilterFacts> {
  const text = refDebounced(
    computed(() => typed.value.replaceAll("*", "")),
    REST_MS,
  );
  const like = computed(() => (text.value ? { q: text.value } : {}));
  const facets = useQuery(computed(() => ({ ...readTaskFacetsOptions(), enabled: wanted.value })));
  const tasks = useQuery(
    computed(() => ({
      ...listTasksOptions({ query: { ...like.value, limit: OFFERED } }),
      enabled: wanted.value,
      placeholderData: keepPreviousData,
    })),
  );
  const schedules = useQuery(
    computed(() => ({
      ...listSchedulesOptions({ query: { ...like.value, limit: OFFERED } }),
      enabled: wanted.value,
      placeholderData: keepPreviousData,
    })),
  );
  return computed(() => ({
    task: (tasks.data.value?.items ?? []).map(({ id }) => ({ value: id })),
    schedule: (schedules.data.value?.items ?? []).map(({ id }) => ({ value: id })),
    queue: facets.data.value?.queues ?? [],
    project: facets.data.value?.projects ?? [],
    label: facets.data.value?.labels ?? [],
    executor: facets.data.value?.executors ?? [],
  }));
}
