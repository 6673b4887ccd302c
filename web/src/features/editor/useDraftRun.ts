/** Running the text as it is, without saving it. */
import { useQuery } from "@tanstack/vue-query";
import { computed, ref, shallowRef } from "vue";
import { useI18n } from "vue-i18n";

import { runDraft, type RunDraftBody } from "@/api/generated";
import { readRunOptions } from "@/api/generated/@tanstack/vue-query.gen";
import { useProblemToast } from "@/domain/problems";

export type DraftInput = Pick<RunDraftBody, "params" | "argv">;

/** `taskId`: whose draft it is; null for a task that is not there yet. */
export function useDraftRun(taskId: () => string | null) {
  const { t } = useI18n();
  const tellProblem = useProblemToast();
  const runId = ref<string | null>(null);
  const isStarting = ref(false);
  /** What the last run was given, for the next. */
  const input = shallowRef<DraftInput>({});
  const isAsking = ref(false);
  const refused = shallowRef<unknown>(null);

  const query = useQuery(
    computed(() => ({
      ...readRunOptions({ path: { run_id: runId.value ?? "" } }),
      enabled: runId.value !== null,
    })),
  );
  const run = computed(() => (runId.value === query.data.value?.id ? query.data.value : undefined));

  /** Starts it at once; where that is refused, the dialog or a message says why. */
  async function start(content: string, given: DraftInput): Promise<boolean> {
    if (isStarting.value) return false;
    isStarting.value = true;
    refused.value = null;
    input.value = given;
    try {
      const own = taskId();
      const task = own === null ? {} : { task_id: own };
      const { data } = await runDraft({
        body: { ...given, ...task, content, if_busy: "replace" },
      });
      runId.value = data.id;
      isAsking.value = false;
      return true;
    } catch (error) {
      if (isAsking.value) refused.value = error;
      else tellProblem(t("editor.run.notStarted"), error);
      return false;
    } finally {
      isStarting.value = false;
    }
  }

  return { runId, run, isStarting, input, isAsking, refused, start };
}
