/** The buttons of a task's page beside "Run". */
import {
  CalendarPlus,
  CirclePlay,
  Copy,
  Ellipsis,
  FileCode2,
  Pause,
  Pencil,
  Trash2,
} from "@lucide/vue";
import { computed, type Ref } from "vue";
import { useI18n } from "vue-i18n";

import { canChange, useTaskActions } from "@/actions";
import type { TaskAnswer } from "@/api/generated";
import type { Action } from "@/ui";

export const MenuIcon = Ellipsis;

export function useHeader(task: Readonly<Ref<TaskAnswer | undefined>>) {
  const { t } = useI18n();
  const actions = useTaskActions();

  /** Shown as buttons. */
  const buttons = computed<Action[]>(() => {
    const one = task.value;
    if (!one) return [];
    return [
      {
        label: t("actions.edit"),
        icon: FileCode2,
        to: { name: "edit-task", params: { id: one.id } },
        disabled: !canChange(one),
        reason: t("task.ofApp"),
      },
      one.paused
        ? { label: t("actions.resume"), icon: CirclePlay, run: () => void actions.resume(one) }
        : { label: t("actions.pause"), icon: Pause, run: () => void actions.pause(one) },
    ];
  });

  const menu = computed<Action[]>(() => {
    const one = task.value;
    if (!one) return [];
    const locked = canChange(one) ? {} : { disabled: true, reason: t("task.ofApp") };
    return [
      {
        label: t("task.addSchedule"),
        icon: CalendarPlus,
        to: { name: "new-schedule", query: { task: one.id } },
      },
      { label: t("actions.rename"), icon: Pencil, ...locked, run: () => void actions.rename(one) },
      {
        label: t("actions.duplicate"),
        icon: Copy,
        ...locked,
        run: () => void actions.duplicate(one),
      },
      {
        label: t("actions.remove"),
        icon: Trash2,
        variant: "danger",
        ...locked,
        run: () => void actions.remove(one),
      },
    ];
  });

  return { buttons, menu };
}
