/** How long a running run still takes, from the progress that was seen while the page was open. */
import { computed, ref, watch, type Ref } from "vue";

import type { RunAnswer } from "@/api/generated";
import { useNow } from "@/domain/now";

import { remainingSeconds, withMark, type Mark } from "./eta";

export function useRemaining(run: Ref<RunAnswer>) {
  const now = useNow();
  const marks = ref<Mark[]>([]);
  watch(
    () => run.value.attempt,
    () => (marks.value = []),
  );
  watch(
    () => run.value.progress,
    (progress) => {
      if (progress !== null) marks.value = withMark(marks.value, { atMs: Date.now(), progress });
    },
    { immediate: true },
  );
  const startedAt = computed(
    () => run.value.attempts.at(-1)?.started_at ?? run.value.started_at ?? run.value.submitted_at,
  );
  return computed(() =>
    run.value.status === "running"
      ? remainingSeconds(marks.value, new Date(startedAt.value).getTime(), now.value)
      : null,
  );
}
