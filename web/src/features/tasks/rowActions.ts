/** What a row's menu offers for its task. */
import {
  CalendarPlus,
  CirclePlay,
  Copy,
  FileCode2,
  ListChecks,
  Pause,
  Pencil,
  Settings2,
  Trash2,
} from "@lucide/vue";
import { useI18n } from "vue-i18n";

import { canChange, useTaskActions } from "@/actions";
import type { TaskItem } from "@/api/generated";
import type { Action } from "@/ui";

export function useRowActions() {
  const { t } = useI18n();
  const actions = useTaskActions();

  function menuOf(task: TaskItem): Action[] {
    const locked = canChange(task) ? {} : { disabled: true, reason: t("tasks.ofApp") };
    const to = { params: { id: task.id } };
    return [
      {
        label: t("actions.runWith"),
        icon: Settings2,
        run: () => void actions.runWith(task),
      },
      task.paused
        ? {
            label: t("actions.resume"),
            icon: CirclePlay,
            shortcut: "P",
            run: () => void actions.resume(task),
          }
        : {
            label: t("actions.pause"),
            icon: Pause,
            shortcut: "P",
            run: () => void actions.pause(task),
          },
      {
        label: t("actions.edit"),
        icon: FileCode2,
        shortcut: "E",
        to: { name: "edit-task", ...to },
      },
      {
        label: t("actions.itsRuns"),
        icon: ListChecks,
        to: { name: "runs", query: { q: `task:${task.id}` } },
      },
      {
        label: t("tasks.addSchedule"),
        icon: CalendarPlus,
        to: { name: "new-schedule", query: { task: task.id } },
      },
      { label: t("actions.rename"), icon: Pencil, ...locked, run: () => void actions.rename(task) },
      {
        label: t("actions.duplicate"),
        icon: Copy,
        ...locked,
        run: () => void actions.duplicate(task),
      },
      {
        label: t("actions.remove"),
        icon: Trash2,
        variant: "danger",
        ...locked,
        run: () => void actions.remove(task),
      },
    ];
  }

  return { ...actions, menuOf };
}
