/** Acts on runs: cancel, run again, edit and run again, one or many. */
import { useQueryClient } from "@tanstack/vue-query";

import {
  cancelRun,
  cancelRuns,
  countRuns,
  readRun,
  rerunRun,
  type RunFilterBody,
  type RunItem,
  type SubmitBody,
} from "@/api/generated";
import { useProblemToast } from "@/domain/problems";
import { isFinal } from "@/domain/status";
import { i18n } from "@/i18n";
import { useConfirm, useToasts } from "@/ui";

import { ask } from "./dialogs";
import { eachOf } from "./each";
import { useStartedToast } from "./started";
import { askAgain, nameOf, shortId, useNewRunToast, useSubmit } from "./submitting";

/** As much of a run as acts need to know. */
export type RunLike = Pick<RunItem, "id" | "status" | "task_id" | "executor">;

/** Each act tells what happened; none throws. */
export interface RunActions {
  /** Resolves to whether the run is told to end. Asks first when work would be lost. */
  cancel: (run: RunLike) => Promise<boolean>;
  /** Resolves to the new run's id. `exact`: with the version that ran instead of the newest. */
  rerun: (run: RunLike, options?: { exact?: boolean }) => Promise<string | undefined>;
  /** The same after a look at the parameters. */
  editAndRerun: (run: RunLike) => Promise<string | undefined>;
  /** Cancels what a filter matches, after the number was confirmed; resolves to how many. */
  cancelMany: (filter: RunFilterBody, describe?: string) => Promise<number>;
  /** Cancels these runs, as far as they are not over; resolves to how many. */
  cancelThese: (runs: readonly RunLike[]) => Promise<number>;
  /** Runs each of these again; resolves to how many new runs there are. */
  rerunThese: (runs: readonly RunLike[]) => Promise<number>;
  submit: (taskId: string, body?: SubmitBody) => Promise<string | undefined>;
}

const MANY = 20;

export function useRunActions(): RunActions {
  const { t } = i18n.global;
  const toasts = useToasts();
  const { confirm } = useConfirm();
  const tellProblem = useProblemToast();
  const tellStarted = useStartedToast();
  const tellNew = useNewRunToast();
  const queries = useQueryClient();
  const words = (run: RunLike) => ({ name: nameOf(run), id: shortId(run.id) });
  const toRun = (id: string) => ({ name: "run", params: { id } });

  async function cancel(run: RunLike): Promise<boolean> {
    const works = run.status === "running";
    if (works) {
      const agreed = await confirm({
        title: t("actions.cancelTitle", words(run)),
        text: t("actions.cancelText"),
        confirmLabel: t("actions.cancelRun"),
        cancelLabel: t("actions.letItRun"),
        danger: true,
      });
      if (!agreed) return false;
    }
    try {
      await cancelRun({ path: { run_id: run.id }, body: {} });
    } catch (error) {
      tellProblem(t("actions.notCancelled", words(run)), error);
      return false;
    } finally {
      askAgain(queries);
    }
    toasts.push({
      title: t(works ? "actions.cancelling" : "actions.cancelled", words(run)),
      action: works
        ? { label: t("actions.show"), to: toRun(run.id) }
        : { label: t("actions.rerun"), run: () => void rerun(run) },
    });
    return true;
  }

  async function rerun(run: RunLike, { exact = false } = {}): Promise<string | undefined> {
    try {
      const { data } = await rerunRun({ path: { run_id: run.id }, body: { exact } });
      tellNew(data);
      return data.id;
    } catch (error) {
      tellProblem(t("actions.notStarted", words(run)), error);
      return undefined;
    } finally {
      askAgain(queries);
    }
  }

  async function editAndRerun(run: RunLike): Promise<string | undefined> {
    try {
      const { data } = await readRun({ path: { run_id: run.id } });
      return await ask({ kind: "rerun", run: data });
    } catch (error) {
      tellProblem(t("actions.notStarted", words(run)), error);
      return undefined;
    }
  }

  async function cancelMany(filter: RunFilterBody, describe?: string): Promise<number> {
    try {
      const total = await matching(filter);
      if (total === 0) {
        toasts.push({ title: t("actions.nothingToCancel") });
        return 0;
      }
      const agreed = await confirm({
        title: t("actions.cancelManyTitle", { n: total }, total),
        text: [describe, t("actions.cancelText")].filter(Boolean).join(" "),
        confirmLabel: t("actions.cancelManyLabel", { n: total }, total),
        cancelLabel: t("actions.letThemRun"),
        danger: true,
      });
      if (!agreed) return 0;
      const { data } = await cancelRuns({ body: { filter, reason: "" } });
      toasts.push({ title: t("actions.cancelledMany", { n: data.count }, data.count) });
      return data.count;
    } catch (error) {
      tellProblem(t("actions.notCancelledMany"), error);
      return 0;
    } finally {
      askAgain(queries);
    }
  }

  /** How many runs that are not over match: what the filter's own states leave of the live ones. */
  async function matching(filter: RunFilterBody): Promise<number> {
    const list = (value: string | string[] | undefined) =>
      value === undefined ? undefined : [value].flat();
    const { data } = await countRuns({
      query: {
        ...filter,
        task_id: list(filter.task_id),
        queue: list(filter.queue),
        project: list(filter.project),
        executor: list(filter.executor),
        schedule_id: list(filter.schedule_id),
        label: list(filter.label),
      },
    });
    const { scheduled, queued, running, retrying } = data.counts;
    return scheduled + queued + running + retrying;
  }

  async function cancelThese(runs: readonly RunLike[]): Promise<number> {
    const live = runs.filter((run) => !isFinal(run.status));
    if (!live.length) {
      toasts.push({ title: t("actions.nothingToCancel") });
      return 0;
    }
    const agreed = await confirm({
      title: t("actions.cancelManyTitle", { n: live.length }, live.length),
      text: t("actions.cancelText"),
      items: live.slice(0, MANY).map((run) => `${nameOf(run)} · ${shortId(run.id)}`),
      confirmLabel: t("actions.cancelManyLabel", { n: live.length }, live.length),
      cancelLabel: t("actions.letThemRun"),
      danger: true,
    });
    if (!agreed) return 0;
    const { done, errors } = await eachOf(live, (run) =>
      cancelRun({ path: { run_id: run.id }, body: {} }),
    );
    askAgain(queries);
    if (done) toasts.push({ title: t("actions.cancelledMany", { n: done }, done) });
    if (errors.length)
      tellProblem(t("actions.failedMany", { n: errors.length }, errors.length), errors[0]);
    return done;
  }

  async function rerunThese(runs: readonly RunLike[]): Promise<number> {
    if (runs.length > MANY) {
      const agreed = await confirm({
        title: t("actions.rerunManyTitle", { n: runs.length }, runs.length),
        text: t("actions.rerunManyText"),
        confirmLabel: t("actions.rerunManyLabel", { n: runs.length }, runs.length),
      });
      if (!agreed) return 0;
    }
    const { done, errors } = await eachOf(runs, (run) =>
      rerunRun({ path: { run_id: run.id }, body: {} }),
    );
    askAgain(queries);
    tellStarted({ done, errors });
    return done;
  }

  return { cancel, rerun, editAndRerun, cancelMany, cancelThese, rerunThese, submit: useSubmit() };
}
