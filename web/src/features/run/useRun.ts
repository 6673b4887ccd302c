/** A run as its page needs it: asked again while it waits, with its neighbours among the task's runs. */
import { useQuery } from "@tanstack/vue-query";
import { computed, type Ref } from "vue";

import { readNeighboursOptions, readRunOptions } from "@/api/generated/@tanstack/vue-query.gen";
import { WAITING } from "@/domain/status";

/** Why a run waits changes without the run: the stream doesn't tell. */
const WAITS_MS = 3_000;
/** A run that waits for its time waits for nothing else. */
const SCHEDULED_MS = 30_000;

export function useRun(id: Ref<string>) {
  const query = useQuery(
    computed(() => ({
      ...readRunOptions({ path: { run_id: id.value } }),
      refetchInterval: ({ state }: { state: { data?: { status: string } | undefined } }) => {
        const status = state.data?.status;
        if (status === "scheduled") return SCHEDULED_MS;
        return WAITING.has(status as "queued") ? WAITS_MS : (false as const);
      },
    })),
  );
  const run = computed(() => query.data.value);
  const neighbours = useQuery(
    computed(() => ({
      ...readNeighboursOptions({ path: { run_id: run.value?.id ?? "" } }),
      enabled: Boolean(run.value?.task_id),
    })),
  );
  return { query, run, neighbours: computed(() => neighbours.data.value) };
}
