/** What may be done with a run from the head of its page: one act for now, the others in a menu. */
import {
  ArrowLeft,
  ArrowRight,
  Bell,
  BellOff,
  Download,
  History,
  Link2,
  Pencil,
  RotateCw,
  Square,
  SquarePen,
} from "@lucide/vue";
import { computed, ref, type Ref } from "vue";
import { useI18n } from "vue-i18n";
import { useRoute, useRouter, type RouteLocationRaw } from "vue-router";

import { useRunActions } from "@/actions";
import type { NeighboursAnswer, RunAnswer } from "@/api/generated";
import { useWatching } from "@/app/watching";
import { isFinal } from "@/domain/status";
import { copyText, useToasts, type Action } from "@/ui";

import { useTask } from "./useTask";

export function useHeaderActions(
  run: Ref<RunAnswer>,
  neighbours: Ref<NeighboursAnswer | undefined>,
) {
  const { t } = useI18n();
  const route = useRoute();
  const router = useRouter();
  const acts = useRunActions();
  const { isWatched, toggle } = useWatching();
  const toasts = useToasts();
  const { isGone } = useTask(run);
  const busy = ref(false);

  /** The same tab of the other run. */
  const toRun = (id: string | undefined): RouteLocationRaw | undefined =>
    id === undefined
      ? undefined
      : {
          name: "run",
          params: { id },
          query: route.query["tab"] ? { tab: route.query["tab"] } : {},
        };
  const previous = computed(() => toRun(neighbours.value?.previous?.id));
  const next = computed(() => toRun(neighbours.value?.next?.id));
  const watched = computed(() => isWatched(run.value.id));

  async function whileBusy<T>(act: () => Promise<T>): Promise<T> {
    busy.value = true;
    try {
      return await act();
    } finally {
      busy.value = false;
    }
  }

  async function again(act: () => Promise<string | undefined>): Promise<void> {
    const id = await act();
    if (id !== undefined) await router.push({ name: "run", params: { id } });
  }

  const rerun = (): Action => ({
    label: t("run.rerun"),
    icon: RotateCw,
    loading: busy.value,
    disabled: isGone.value,
    reason: t("run.taskGoneText"),
    run: () => void again(() => whileBusy(() => acts.rerun(run.value))),
  });

  const main = computed<Action>(() => {
    if (isFinal(run.value.status)) return { ...rerun(), variant: "primary" };
    const asked = run.value.cancel_requested_at !== null;
    return {
      label: t(asked ? "run.cancelling" : "run.cancel"),
      icon: Square,
      disabled: asked,
      reason: t("run.cancellingText"),
      loading: busy.value,
      run: () => void whileBusy(() => acts.cancel(run.value)),
    };
  });

  const walking = computed<Action[]>(() =>
    run.value.task_id === null
      ? []
      : [
          step("run.previous", ArrowLeft, "[", previous.value, t("run.noPrevious")),
          step("run.next", ArrowRight, "]", next.value, t("run.noNext")),
        ],
  );

  const step = (
    label: string,
    icon: Action["icon"],
    shortcut: string,
    to: RouteLocationRaw | undefined,
    reason: string,
  ): Action => ({
    label: t(label),
    ...(icon ? { icon } : {}),
    shortcut,
    ...(to ? { to } : { disabled: true, reason }),
  });

  const more = computed<Action[]>(() => [
    ...(isFinal(run.value.status) ? [] : [rerun()]),
    {
      label: t("run.editAndRerun"),
      icon: SquarePen,
      disabled: isGone.value,
      run: () => void again(() => acts.editAndRerun(run.value)),
    },
    ...(run.value.task_version === null
      ? []
      : [
          {
            label: t("run.rerunExact", { version: run.value.task_version }),
            icon: History,
            disabled: isGone.value,
            run: () => void again(() => whileBusy(() => acts.rerun(run.value, { exact: true }))),
          },
        ]),
    ...(run.value.task_id === null || isGone.value || run.value.executor !== "script"
      ? []
      : [
          {
            label: t("run.editTask"),
            icon: Pencil,
            to: { name: "edit-task", params: { id: run.value.task_id } },
          },
        ]),
    ...(isFinal(run.value.status)
      ? []
      : [
          {
            label: t(watched.value ? "run.unwatch" : "run.watch"),
            icon: watched.value ? BellOff : Bell,
            run: () => void toggle(run.value),
          },
        ]),
    {
      label: t("run.downloadLog"),
      icon: Download,
      href: `/api/v1/runs/${encodeURIComponent(run.value.id)}/log/download`,
    },
    { label: t("run.copyLink"), icon: Link2, run: () => void copyLink() },
    ...walking.value,
  ]);

  async function copyLink(): Promise<void> {
    const path = router.resolve({ name: "run", params: { id: run.value.id } }).href;
    const copied = await copyText(new URL(path, location.href).href);
    toasts.push({
      title: t(copied ? "ui.copied" : "ui.copyFailed"),
      tone: copied ? "good" : "danger",
    });
  }

  return {
    main,
    more,
    watched,
    isGone,
    toggleWatch: () => void toggle(run.value),
    previous,
    next,
  };
}
