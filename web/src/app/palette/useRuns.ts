/** The palette's runs: the live ones, the newest, and the one whose id is typed. */
import { useQuery } from "@tanstack/vue-query";
import { computed, type ComputedRef, type Ref } from "vue";
import { useI18n } from "vue-i18n";
import { useRouter } from "vue-router";

import { useRunActions } from "@/actions";
import type { RunItem } from "@/api/generated";
import { listRunsOptions, readRunOptions } from "@/api/generated/@tanstack/vue-query.gen";
import { isFinal, LOOKS } from "@/domain/status";
import { useNow } from "@/domain/now";
import { relativeTime } from "@/domain/time";
import { usePreferences } from "@/state/preferences";
import { toneInk } from "@/ui/tones";

import type { Item } from "./items";
import { looksLikeRunId } from "./ranking";

const LIVE = 6;
const NEWEST = 30;
const FOUND = 6;

type Run = Pick<
  RunItem,
  "id" | "task_id" | "executor" | "status" | "submitted_at" | "started_at" | "message"
>;

export interface RunItems {
  items: ComputedRef<Item[]>;
  /** The run whose id was typed: not a matter of ranking. */
  exact: ComputedRef<Item[]>;
  isAsking: ComputedRef<boolean>;
}

/** `asked`: the query when it has rested for a moment. */
export function useRunItems(asked: Ref<string>): RunItems {
  const { t } = useI18n();
  const router = useRouter();
  const actions = useRunActions();
  const preferences = usePreferences();
  const now = useNow();

  const live = useQuery(
    listRunsOptions({ query: { status: ["running", "retrying"], limit: LIVE } }),
  );
  const newest = useQuery(listRunsOptions({ query: { limit: NEWEST } }));
  const text = computed(() => asked.value.trim());
  const found = useQuery(
    computed(() => ({
      ...listRunsOptions({ query: { q: text.value, limit: FOUND } }),
      enabled: text.value.length > 2,
    })),
  );
  const typed = useQuery(
    computed(() => ({
      ...readRunOptions({ path: { run_id: text.value.toLowerCase() } }),
      enabled: looksLikeRunId(text.value),
      retry: false,
    })),
  );

  const toItem = (run: Run, group: "running" | "runs"): Item => ({
    key: `run:${run.id}`,
    group,
    title: run.task_id ?? run.executor,
    detail: [run.id.slice(-8), t(`domain.status.${run.status}`), when(run), run.message]
      .filter(Boolean)
      .join(" · "),
    icon: LOOKS[run.status].icon,
    ink: toneInk[LOOKS[run.status].tone],
    words: run.id,
    act: () => router.push({ name: "run", params: { id: run.id } }),
    instead: isFinal(run.status)
      ? { label: t("palette.rerun"), act: () => actions.rerun(run) }
      : { label: t("palette.cancel"), act: () => actions.cancel(run) },
  });

  const when = (run: Run) =>
    relativeTime(run.started_at ?? run.submitted_at, preferences.locale, now.value);

  const items = computed(() => {
    const running = (live.data.value?.items ?? []).map((run) => toItem(run, "running"));
    const known = new Set(running.map(({ key }) => key));
    const others = [...(newest.data.value?.items ?? []), ...(found.data.value?.items ?? [])];
    for (const run of others) {
      if (known.has(`run:${run.id}`)) continue;
      known.add(`run:${run.id}`);
      running.push(toItem(run, "runs"));
    }
    return running;
  });
  const exact = computed(() => {
    const run = looksLikeRunId(text.value) ? typed.data.value : undefined;
    return run ? [toItem(run, "runs")] : [];
  });

  return {
    items,
    exact,
    isAsking: computed(() => found.isFetching.value || typed.isFetching.value),
  };
}
