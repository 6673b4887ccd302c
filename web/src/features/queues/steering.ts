/** What can be done to a queue; each says what happened and how to take it back. */
import { useQueryClient } from "@tanstack/vue-query";
import { ref } from "vue";
import { useI18n } from "vue-i18n";

import {
  changeQueue,
  pauseQueue,
  resumeQueue,
  type QueueAnswer,
  type QueueBody,
} from "@/api/generated";
import { listQueuesQueryKey } from "@/api/generated/@tanstack/vue-query.gen";
import { useProblemToast } from "@/domain/problems";
import { useToasts } from "@/ui";

type Named = Pick<QueueAnswer, "name">;

export function useQueueActions() {
  const { t } = useI18n();
  const toasts = useToasts();
  const tellProblem = useProblemToast();
  const queries = useQueryClient();
  const isBusy = ref(false);

  async function act<T>(call: () => Promise<T>): Promise<T> {
    isBusy.value = true;
    try {
      return await call();
    } finally {
      isBusy.value = false;
      await queries.invalidateQueries({ queryKey: listQueuesQueryKey() });
    }
  }

  async function setPaused(queue: Named, paused: boolean, undoable: boolean): Promise<void> {
    const path = { name: queue.name };
    try {
      await act(() => (paused ? pauseQueue({ path }) : resumeQueue({ path })));
    } catch (error) {
      tellProblem(t(paused ? "queues.pauseFailed" : "queues.resumeFailed", path), error);
      return;
    }
    toasts.push({
      title: t(paused ? "queues.nowPaused" : "queues.nowResumed", path),
      detail: paused ? t("queues.pausedMeans") : undefined,
      tone: "good",
      undo: undoable ? () => void setPaused(queue, !paused, false) : undefined,
    });
  }

  return {
    isBusy,
    pause: (queue: Named) => setPaused(queue, true, true),
    resume: (queue: Named) => setPaused(queue, false, true),
    /** Throws what the server refused, so that the form can show it at its field. */
    change: async (queue: Named, body: QueueBody) => {
      await act(() => changeQueue({ path: { name: queue.name }, body }));
      toasts.push({ title: t("queues.saved", { name: queue.name }), tone: "good" });
    },
  };
}
