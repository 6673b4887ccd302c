/** Saving: only over what the text is based on; else both texts are put beside each other. */
import { useQueryClient } from "@tanstack/vue-query";
import { ref, shallowRef, type Ref } from "vue";
import { useI18n } from "vue-i18n";

import { ApiError } from "@/api/client";
import {
  createTask,
  readTask,
  replaceTask,
  type TaskAnswer,
  type TaskWithContent,
  type VersionItem,
} from "@/api/generated";
import { readTaskQueryKey } from "@/api/generated/@tanstack/vue-query.gen";
import { useProblemToast } from "@/domain/problems";
import { useToasts } from "@/ui";

import { parseJson } from "./definitions";
import { isTable, type Settings } from "./patch";
import type { EditedDocument } from "./useDocument";

/** Somebody else saved first. */
export interface Conflict {
  theirs: TaskWithContent;
  newest: VersionItem | null;
}

export interface Saving {
  /** Resolves to whether it is saved. */
  save: (message?: string) => Promise<boolean>;
  /** Saves a text over theirs, which stays a version. */
  saveOver: (conflict: Conflict, text: string) => Promise<boolean>;
  /** Makes a task that was deleted meanwhile anew. */
  createAgain: () => Promise<boolean>;
  isSaving: Ref<boolean>;
  conflict: Ref<Conflict | null>;
  isGone: Ref<boolean>;
}

export function useSaving(taskId: string, document: EditedDocument): Saving {
  const { t } = useI18n();
  const queries = useQueryClient();
  const toasts = useToasts();
  const tellProblem = useProblemToast();
  const isSaving = ref(false);
  const isGone = ref(false);
  const conflict = shallowRef<Conflict | null>(null);

  function saved(task: TaskAnswer, text: string): void {
    const base = { text, hash: task.content_hash, version: task.version };
    document.rebase(base);
    isGone.value = false;
    const key = readTaskQueryKey({ path: { task_id: taskId } });
    queries.setQueryData(key, { ...task, content: text });
    void queries.invalidateQueries({
      predicate: ({ queryKey }) =>
        /^(listVersions|listTasks)$/.test((queryKey[0] as { _id?: string })._id ?? ""),
    });
    const broken = task.problems[0];
    toasts.push({
      title: t("editor.saved", { name: taskId, version: task.version }),
      detail: broken ? t("editor.savedBroken", { problem: broken.message }) : undefined,
      tone: broken ? "warn" : "good",
      action: { label: t("editor.toTask"), to: { name: "task", params: { id: taskId } } },
    });
  }

  async function put(text: string, hash: string, message: string): Promise<boolean> {
    if (isSaving.value) return false;
    isSaving.value = true;
    try {
      const { data } = await replaceTask({
        path: { task_id: taskId },
        body: { content: text, message },
        headers: { "If-Match": `"${hash}"` },
      });
      saved(data, text);
      return true;
    } catch (error) {
      await refused(error);
      return false;
    } finally {
      isSaving.value = false;
    }
  }

  async function refused(error: unknown): Promise<void> {
    if (error instanceof ApiError && error.status === 404) isGone.value = true;
    else if (error instanceof ApiError && error.status === 412) await meet(error);
    else tellProblem(t("editor.notSaved", { name: taskId }), error);
  }

  async function meet(error: ApiError): Promise<void> {
    try {
      const { data } = await readTask({ path: { task_id: taskId } });
      const newest = error.facts["newest"];
      conflict.value = {
        theirs: data,
        newest: isTable(newest) ? (newest as unknown as VersionItem) : null,
      };
    } catch (problem) {
      tellProblem(t("editor.notSaved", { name: taskId }), problem);
    }
  }

  return {
    isSaving,
    conflict,
    isGone,
    save: (message = "") => put(document.text.value, document.base.value.hash, message),
    async saveOver({ theirs }, text) {
      document.text.value = text;
      const isDone = await put(text, theirs.content_hash, t("editor.conflict.message"));
      if (isDone) conflict.value = null;
      return isDone;
    },
    async createAgain() {
      const text = document.text.value;
      try {
        const { data } = await createTask({ body: newTask(taskId, text) });
        saved(data, text);
        return true;
      } catch (error) {
        tellProblem(t("editor.notSaved", { name: taskId }), error);
        return false;
      }
    },
  };

  function newTask(id: string, text: string) {
    const parsed = document.isTyped ? parseJson(text) : null;
    if (!parsed || "problem" in parsed) return { id, content: text };
    const { type, config, ...settings } = parsed.value;
    return {
      id,
      executor: String(type),
      config: isTable(config) ? config : ({} as Settings),
      settings,
    };
  }
}
