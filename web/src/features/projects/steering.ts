/** Pausing and resuming all tasks of a project at once. */
import { useQueryClient } from "@tanstack/vue-query";
import { ref } from "vue";
import { useI18n } from "vue-i18n";

import { pauseProject, resumeProject } from "@/api/generated";
import { useProblemToast } from "@/domain/problems";
import { useConfirm, useToasts } from "@/ui";

export function useProjectActions() {
  const { t } = useI18n();
  const toasts = useToasts();
  const { confirm } = useConfirm();
  const tellProblem = useProblemToast();
  const queries = useQueryClient();
  const isBusy = ref(false);

  async function setPaused(name: string, paused: boolean): Promise<void> {
    isBusy.value = true;
    try {
      const call = paused ? pauseProject : resumeProject;
      const { data } = await call({ path: { project: name } });
      toasts.push({
        title: t(paused ? "projects.nowPaused" : "projects.nowResumed", data.count),
        tone: "good",
      });
    } catch (error) {
      tellProblem(t("projects.notChanged", { name }), error);
    } finally {
      isBusy.value = false;
      await queries.invalidateQueries();
    }
  }

  return {
    isBusy,
    pause: async (name: string) => {
      const agreed = await confirm({
        title: t("projects.pauseTitle", { name }),
        text: t("projects.pauseText"),
        confirmLabel: t("projects.pause"),
      });
      if (agreed) await setPaused(name, true);
    },
    resume: (name: string) => setPaused(name, false),
  };
}
