/** What may be done with a schedule, besides running and pausing it, as lines of a menu. */
import {
  FileCode2,
  History,
  Pencil,
  SkipForward,
  SquareTerminal,
  Trash2,
  Pause,
} from "@lucide/vue";
import type { ComposerTranslation } from "vue-i18n";

import type { ScheduleAnswer } from "@/api/generated";
import type { ScheduleActions } from "@/scheduling";
import type { Action } from "@/ui";

/** Where it is edited: a schedule of a file in the task's editor, one made from outside here. */
export function editAction(schedule: ScheduleAnswer, t: ComposerTranslation): Action {
  const { id, task_id: task, source } = schedule;
  if (source === "api")
    return {
      label: t("schedules.edit"),
      icon: Pencil,
      to: { name: "schedule", params: { id }, query: { tab: "edit" } },
    };
  if (source === "file")
    return {
      label: t("schedules.editFile"),
      icon: FileCode2,
      to: { name: "edit-task", params: { id: task }, query: { schedule: schedule.name } },
    };
  return { label: t("schedules.edit"), icon: Pencil, disabled: true, reason: t("schedules.inApp") };
}

export function menuOf(
  schedule: ScheduleAnswer,
  acts: ScheduleActions,
  t: ComposerTranslation,
  remove: () => unknown = () => acts.remove(schedule),
): Action[] {
  return [
    editAction(schedule, t),
    { label: t("schedules.skipNext"), icon: SkipForward, run: () => acts.ask("skip", schedule) },
    { label: t("schedules.backfill"), icon: History, run: () => acts.ask("backfill", schedule) },
    ...(schedule.paused
      ? []
      : [{ label: t("schedules.pauseWith"), icon: Pause, run: () => acts.ask("pause", schedule) }]),
    {
      label: t("schedules.openTask"),
      icon: SquareTerminal,
      to: { name: "task", params: { id: schedule.task_id } },
    },
    {
      label: t("schedules.delete"),
      icon: Trash2,
      variant: "danger",
      disabled: schedule.source !== "api",
      reason: t(schedule.source === "app" ? "schedules.inApp" : "schedules.inFile"),
      run: () => void remove(),
    },
  ];
}
