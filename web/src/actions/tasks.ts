/** Acts on tasks: run, run with parameters, pause, resume, rename, duplicate, delete. */
import { useQueryClient } from "@tanstack/vue-query";
import { useRouter } from "vue-router";

import { pauseTask, readTask, resumeTask, submitRun, type TaskAnswer } from "@/api/generated";
import { useProblemToast } from "@/domain/problems";
import { i18n } from "@/i18n";
import { useConfirm, useToasts } from "@/ui";

import { ask } from "./dialogs";
import { eachOf } from "./each";
import { useStartedToast } from "./started";
import { needsAnswers } from "./params";
import { askAgain, useSubmit, type Preset } from "./submitting";

/** A task, or as much of it as a list knows; what is missing is asked for. */
export type TaskLike = Pick<TaskAnswer, "id"> & Partial<TaskAnswer>;

/** Whether the page may rename, change and delete it: a task of the app module is code. */
export const canChange = (task: Pick<TaskAnswer, "source">): boolean => task.source !== "app";

/** Each act tells what happened; none throws. Ids resolve to undefined when nothing was done. */
export interface TaskActions {
  /** Runs it at once; asks for parameters when it has required ones. Resolves to the run's id. */
  run: (task: TaskLike) => Promise<string | undefined>;
  /** Always asks: parameters or arguments, when, how. */
  runWith: (task: TaskLike, preset?: Preset) => Promise<string | undefined>;
  pause: (task: TaskLike, reason?: string) => Promise<boolean>;
  resume: (task: TaskLike) => Promise<boolean>;
  /** The new id, after a dialog; its own page is left for the new one's. */
  rename: (task: TaskLike) => Promise<string | undefined>;
  /** The id of the copy. */
  duplicate: (task: TaskLike) => Promise<string | undefined>;
  /** The id of what was deleted. */
  remove: (task: TaskLike) => Promise<string | undefined>;
  runThese: (tasks: readonly TaskLike[]) => Promise<number>;
  pauseThese: (tasks: readonly TaskLike[]) => Promise<number>;
  resumeThese: (tasks: readonly TaskLike[]) => Promise<number>;
}

const MANY = 5;

export function useTaskActions(): TaskActions {
  const { t } = i18n.global;
  const toasts = useToasts();
  const { confirm } = useConfirm();
  const tellProblem = useProblemToast();
  const tellStarted = useStartedToast();
  const queries = useQueryClient();
  const router = useRouter();
  const submit = useSubmit();

  /** The whole task; undefined, and told, when it can't be had. */
  async function whole(task: TaskLike, refusal: string): Promise<TaskAnswer | undefined> {
    if (task.spec && task.problems && task.source) return task as TaskAnswer;
    try {
      return (await readTask({ path: { task_id: task.id } })).data;
    } catch (error) {
      tellProblem(t(refusal, { name: task.id }), error);
      return undefined;
    }
  }

  async function runWith(task: TaskLike, preset?: Preset): Promise<string | undefined> {
    const known = await whole(task, "actions.notStarted");
    return known && ask({ kind: "run", task: known, preset });
  }

  async function run(task: TaskLike): Promise<string | undefined> {
    const known = await whole(task, "actions.notStarted");
    if (!known) return undefined;
    return needsAnswers(known.spec.parameters) ? runWith(known) : submit(known.id);
  }

  function askTasksAgain(): void {
    void queries.invalidateQueries({
      predicate: ({ queryKey }) => {
        const id = (queryKey[0] as { _id?: string } | undefined)?._id ?? "";
        return /^(listTasks|readTask|readTaskFacets|listProjects)$/.test(id);
      },
    });
  }

  async function setPaused(task: TaskLike, paused: boolean, reason = ""): Promise<boolean> {
    try {
      if (paused) await pauseTask({ path: { task_id: task.id }, body: { reason } });
      else await resumeTask({ path: { task_id: task.id } });
    } catch (error) {
      tellProblem(t("actions.notChanged", { name: task.id }), error);
      return false;
    } finally {
      askTasksAgain();
    }
    toasts.push({
      title: t(paused ? "actions.paused" : "actions.resumed", { name: task.id }),
      detail: paused ? t("actions.pausedText") : undefined,
      undo: () => void setPaused(task, !paused),
    });
    return true;
  }

  async function setAllPaused(tasks: readonly TaskLike[], paused: boolean): Promise<number> {
    const concerned = tasks.filter((task) => task.paused !== paused);
    const { done, errors } = await eachOf(concerned, (task) =>
      paused
        ? pauseTask({ path: { task_id: task.id }, body: {} })
        : resumeTask({ path: { task_id: task.id } }),
    );
    askTasksAgain();
    toasts.push({
      title: t(paused ? "actions.pausedMany" : "actions.resumedMany", { n: done }, done),
      undo: done
        ? () =>
            void setAllPaused(
              concerned.map(({ id }) => ({ id })),
              !paused,
            )
        : undefined,
    });
    if (errors.length)
      tellProblem(t("actions.failedMany", { n: errors.length }, errors.length), errors[0]);
    return done;
  }

  async function runThese(tasks: readonly TaskLike[]): Promise<number> {
    const [ready, asking] = [
      tasks.filter((task) => !needsAnswers(task.spec?.parameters ?? [])),
      tasks.filter((task) => needsAnswers(task.spec?.parameters ?? [])),
    ];
    if (ready.length > MANY || asking.length) {
      const agreed = await confirm({
        title: t("actions.runManyTitle", { n: ready.length }, ready.length),
        text: asking.length
          ? t("actions.runManyWithout", { n: asking.length }, asking.length)
          : undefined,
        items: asking.map(({ id }) => id),
        confirmLabel: t("actions.runManyLabel", { n: ready.length }, ready.length),
      });
      if (!agreed) return 0;
    }
    const { done, errors } = await eachOf(ready, (task) =>
      submitRun({ path: { task_id: task.id }, body: {} }),
    );
    askAgain(queries);
    tellStarted({ done, errors });
    return done;
  }

  async function change(
    kind: "rename" | "duplicate" | "remove",
    task: TaskLike,
  ): Promise<string | undefined> {
    const known = await whole(task, "actions.notChanged");
    const id = known && (await ask({ kind, task: known }));
    if (id === undefined) return undefined;
    askTasksAgain();
    const here = router.currentRoute.value;
    const isHere = here.name === "task" && here.params["id"] === task.id;
    if (kind === "rename" && isHere) {
      await router.replace({ name: "task", params: { id }, query: here.query });
    }
    if (kind === "remove" && isHere) await router.push({ name: "tasks" });
    return id;
  }

  return {
    run,
    runWith,
    pause: (task, reason) => setPaused(task, true, reason),
    resume: (task) => setPaused(task, false),
    rename: (task) => change("rename", task),
    duplicate: (task) => change("duplicate", task),
    remove: (task) => change("remove", task),
    runThese,
    pauseThese: (tasks) => setAllPaused(tasks, true),
    resumeThese: (tasks) => setAllPaused(tasks, false),
  };
}
