/** What is done with schedules besides editing them, from any page: each tells what happened. */
import { useQueryClient } from "@tanstack/vue-query";
import { ref, shallowRef, type Ref, type ShallowRef } from "vue";

import {
  deleteSchedule,
  pauseSchedule,
  resumeSchedule,
  skipNextFires,
  triggerSchedule,
  type ScheduleAnswer,
} from "@/api/generated";
import { useProblemToast } from "@/domain/problems";
import { i18n } from "@/i18n";
import { useConfirm, useToasts } from "@/ui";

/** A schedule, or as much of it as a list knows. */
export type ScheduleLike = Pick<ScheduleAnswer, "id"> & Partial<ScheduleAnswer>;

/** The dialog that is open, and about what; `ScheduleDialogs` shows it. */
export type AskedOfSchedule = { kind: "pause" | "skip" | "backfill"; schedule: ScheduleLike };

const CONCERNED =
  /^(countUpcoming|list(NextFires|Occurrences|NewestOccurrences|ScheduleVersions|Schedules|Upcoming)|readSchedule|readTask|listTasks|explainMoment)$/;
const AT_ONCE = 8;

export interface ScheduleActions {
  asked: ShallowRef<AskedOfSchedule | null>;
  isBusy: Ref<boolean>;
  /** Opens a dialog: a reason, a number, a range. */
  ask: (kind: AskedOfSchedule["kind"], schedule: ScheduleLike) => void;
  /** Closes the dialog. */
  dismiss: () => void;
  /** At once, with a way back. Resolves to how many it was done to. */
  pause: (schedules: readonly ScheduleLike[], reason?: string) => Promise<number>;
  resume: (schedules: readonly ScheduleLike[]) => Promise<number>;
  /** Resolves to the id of the run, undefined where there is none. */
  trigger: (schedule: ScheduleLike) => Promise<string | undefined>;
  skip: (schedule: ScheduleLike, count: number) => Promise<boolean>;
  /** After a question. Resolves to whether it is gone. */
  remove: (schedule: ScheduleLike) => Promise<boolean>;
  /** Has everything that shows schedules asked again. */
  askAgain: () => Promise<void>;
}

export function useScheduleActions(): ScheduleActions {
  const { t } = i18n.global;
  const toasts = useToasts();
  const { confirm } = useConfirm();
  const tellProblem = useProblemToast();
  const queries = useQueryClient();
  const asked = shallowRef<AskedOfSchedule | null>(null);
  const isBusy = ref(false);

  async function askAgain(): Promise<void> {
    await queries.invalidateQueries({
      predicate: ({ queryKey }) =>
        CONCERNED.test((queryKey[0] as { _id?: string } | undefined)?._id ?? ""),
    });
  }

  /** Undefined, and told, where the server refused. */
  async function act<T>(refusal: string, call: () => Promise<T>): Promise<T | undefined> {
    isBusy.value = true;
    try {
      return await call();
    } catch (error) {
      tellProblem(refusal, error);
      return undefined;
    } finally {
      isBusy.value = false;
      void askAgain();
    }
  }

  async function setPaused(
    schedules: readonly ScheduleLike[],
    {
      paused,
      reason = "",
      undoable = true,
    }: { paused: boolean; reason?: string; undoable?: boolean },
  ): Promise<number> {
    const [only] = schedules;
    if (!only) return 0;
    const errors: unknown[] = [];
    const done: ScheduleLike[] = [];
    isBusy.value = true;
    const one = async (schedule: ScheduleLike): Promise<void> => {
      const path = { schedule_id: schedule.id };
      try {
        await (paused ? pauseSchedule({ path, body: { reason } }) : resumeSchedule({ path }));
        done.push(schedule);
      } catch (error) {
        errors.push(error);
      }
    };
    for (let start = 0; start < schedules.length; start += AT_ONCE)
      await Promise.all(schedules.slice(start, start + AT_ONCE).map(one));
    isBusy.value = false;
    void askAgain();
    const verb = paused ? "paused" : "resumed";
    if (done.length)
      toasts.push({
        title:
          schedules.length === 1
            ? t(`scheduling.acts.${verb}`, { name: only.id })
            : t(`scheduling.acts.${verb}Many`, { n: done.length }, done.length),
        detail: paused ? t("scheduling.acts.pausedText") : undefined,
        tone: "good",
        undo: undoable
          ? () => void setPaused(done, { paused: !paused, undoable: false })
          : undefined,
      });
    if (errors.length)
      tellProblem(t("scheduling.acts.failed", { n: errors.length }, errors.length), errors[0]);
    return done.length;
  }

  return {
    asked,
    isBusy,
    askAgain,
    ask: (kind, schedule) => (asked.value = { kind, schedule }),
    dismiss: () => (asked.value = null),
    pause: (schedules, reason) => setPaused(schedules, { paused: true, reason }),
    resume: (schedules) => setPaused(schedules, { paused: false }),
    async trigger({ id }) {
      const made = await act(t("scheduling.acts.notTriggered", { name: id }), () =>
        triggerSchedule({ path: { schedule_id: id }, body: {} }),
      );
      if (!made) return undefined;
      const run = made.data;
      toasts.push({
        title: t("scheduling.acts.triggered", { name: id }),
        tone: "good",
        action: { label: t("scheduling.acts.watch"), to: { name: "run", params: { id: run.id } } },
      });
      return run.id;
    },
    async skip({ id }, count) {
      const made = await act(t("scheduling.acts.notSkipped", { name: id }), () =>
        skipNextFires({ path: { schedule_id: id }, body: { count } }),
      );
      if (!made) return false;
      const left = made.data.skip_next;
      toasts.push({
        title: t("scheduling.acts.skips", { n: left, name: id }, left),
        tone: "good",
      });
      return true;
    },
    async remove({ id }) {
      const agreed = await confirm({
        title: t("scheduling.acts.deleteTitle", { name: id }),
        text: t("scheduling.acts.deleteText"),
        confirmLabel: t("scheduling.acts.deleteLabel"),
        danger: true,
      });
      if (!agreed) return false;
      const path = { schedule_id: id };
      const gone = await act(t("scheduling.acts.notDeleted", { name: id }), () =>
        deleteSchedule({ path }),
      );
      if (gone) toasts.push({ title: t("scheduling.acts.deleted", { name: id }), tone: "good" });
      return Boolean(gone);
    },
  };
}
