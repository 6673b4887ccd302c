/** Says how many runs were started together, and what kept the others from it. */
import { useI18n } from "vue-i18n";

import { useProblemToast } from "@/domain/problems";
import { useToasts } from "@/ui";

export function useStartedToast(): (outcome: { done: number; errors: readonly unknown[] }) => void {
  const { t } = useI18n();
  const toasts = useToasts();
  const tellProblem = useProblemToast();
  return ({ done, errors }) => {
    if (done) {
      toasts.push({
        title: t("actions.startedMany", { n: done }, done),
        tone: "good",
        action: { label: t("actions.watchAll"), to: { name: "runs" } },
      });
    }
    if (errors.length) {
      tellProblem(t("actions.failedMany", { n: errors.length }, errors.length), errors[0]);
    }
  };
}
