/** Handing a run in, and saying what became of it. */
import { useQueryClient, type QueryClient } from "@tanstack/vue-query";

import { submitRun, type RunAnswer, type SubmitBody } from "@/api/generated";
import { useProblemToast } from "@/domain/problems";
import { i18n } from "@/i18n";
import { useToasts } from "@/ui";

/** What a dialog starts with. */
export type Preset = Pick<SubmitBody, "params" | "argv" | "version" | "labels">;

type Made = Pick<RunAnswer, "id" | "status" | "task_id" | "executor" | "cancel_reason"> &
  Partial<Pick<RunAnswer, "waiting_for">>;

/** Ids are long and begin with the time; their ends tell runs apart. */
export const shortId = (id: string): string => id.slice(-6);

export const nameOf = (run: Pick<RunAnswer, "task_id" | "executor">): string =>
  run.task_id ?? run.executor;

/** Says that there is a new run, where it is, and whether it waits or was skipped. */
export function useNewRunToast(): (run: Made) => void {
  const toasts = useToasts();
  const { t } = i18n.global;
  return (run) => {
    const skipped = run.status === "cancelled";
    const waits = run.waiting_for && run.waiting_for.code !== "starting";
    toasts.push({
      title: t(skipped ? "actions.skipped" : waits ? "actions.waits" : "actions.started", {
        name: nameOf(run),
      }),
      detail: (skipped ? run.cancel_reason : waits ? run.waiting_for?.message : null) ?? undefined,
      tone: skipped ? "warn" : waits ? "info" : "good",
      action: {
        label: t(skipped ? "actions.show" : "actions.watch"),
        to: { name: "run", params: { id: run.id } },
      },
    });
  };
}

/** What lists and figures of runs must be asked again for; the live stream does it, too, when it is there. */
export function askAgain(queries: QueryClient): void {
  void queries.invalidateQueries({
    predicate: ({ queryKey }) => {
      const key = queryKey[0] as { _id?: string; _infinite?: boolean } | undefined;
      return !key?._infinite && /^(listRuns|countRuns|listQueues)$/.test(key?._id ?? "");
    },
  });
}

/** `submit` answers the run's id; undefined when it was refused, which it has told. */
export function useSubmit(): (taskId: string, body?: SubmitBody) => Promise<string | undefined> {
  const tell = useNewRunToast();
  const tellProblem = useProblemToast();
  const queries = useQueryClient();
  const { t } = i18n.global;
  return async (taskId, body) => {
    try {
      const { data } = await submitRun({ path: { task_id: taskId }, body: body ?? {} });
      tell(data);
      return data.id;
    } catch (error) {
      tellProblem(t("actions.notStarted", { name: taskId }), error);
      return undefined;
    } finally {
      askAgain(queries);
    }
  };
}
