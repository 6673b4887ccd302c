/** What went wrong, in the server's words where it said any. */
import { ApiError } from "@/api/client";
import { i18n } from "@/i18n";
import { useToasts } from "@/ui";

export interface Problem {
  title: string;
  detail: string;
  hint: string | undefined;
  code: string | undefined;
}

/** Words for any error that a call threw. */
export function problemOf(error: unknown): Problem {
  const { t } = i18n.global;
  if (error instanceof ApiError) {
    if (error.isUnreachable) {
      const hint = t("domain.problem.unreachableHint");
      return {
        title: t("domain.problem.unreachable"),
        detail: error.detail,
        hint,
        code: undefined,
      };
    }
    const title = error.title || t("domain.problem.refused");
    return { title, detail: error.detail, hint: error.hint ?? undefined, code: error.code };
  }
  const detail = error instanceof Error ? error.message : String(error);
  return { title: t("domain.problem.own"), detail, hint: undefined, code: undefined };
}

/** Tells the reader that what was asked for did not happen; `what` names it. */
export function useProblemToast(): (what: string, error: unknown) => void {
  const toasts = useToasts();
  return (what, error) => {
    const { title, detail, hint } = problemOf(error);
    toasts.push({
      title: what,
      detail: [detail || title, hint].filter(Boolean).join(" · "),
      tone: "danger",
    });
  };
}
