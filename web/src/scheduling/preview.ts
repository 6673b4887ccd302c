/** What the server makes of a schedule that is not saved: its fires, its words, what is wrong with it. */
import { keepPreviousData, useQuery } from "@tanstack/vue-query";
import { refDebounced } from "@vueuse/core";
import { computed, toValue, type ComputedRef, type MaybeRefOrGetter } from "vue";

import { ApiError } from "@/api/client";
import { previewSchedule, type PreviewAnswer } from "@/api/generated";

import type { ScheduleSettings } from "./settings";

export interface ScheduleProblem {
  /** The key that it is about; empty for the whole. */
  where: string;
  message: string;
  /** The character that is wrong, from 0. */
  position?: number;
}

/** Whether what is written could be saved. */
export interface ScheduleCheck {
  state: "checking" | "right" | "wrong" | "unknown";
  problems: readonly ScheduleProblem[];
}

const SETTLE_MS = 250;
const COUNTED = 60;
const AGAIN_MS = 60_000;

/** The problems of a refusal; one for the whole where the server names no place. */
export function problemsOf(error: ApiError): ScheduleProblem[] {
  const given = error.facts["problems"];
  if (!Array.isArray(given) || !given.length) {
    return [
      { where: "", message: [error.detail || error.title, error.hint].filter(Boolean).join(" ") },
    ];
  }
  return given.map((one: Record<string, unknown>) => ({
    where: String(one["where"] ?? one["field"] ?? "").split(".")[0] ?? "",
    message: plain(String(one["message"] ?? error.detail)),
    position: typeof one["position"] === "number" ? one["position"] : undefined,
  }));
}

/** Without the expression and the place, which the field shows itself. */
const plain = (message: string): string =>
  message.replace(/^\w+ = '.*' does not apply: /s, "").replace(/ \(at character \d+\)/, "");

export interface Preview {
  answer: ComputedRef<PreviewAnswer | undefined>;
  check: ComputedRef<ScheduleCheck>;
  error: ComputedRef<Error | null>;
  /** The answer shown is that of an earlier state. */
  isStale: ComputedRef<boolean>;
  again: () => void;
}

export function useSchedulePreview(
  input: MaybeRefOrGetter<{
    settings: ScheduleSettings;
    taskId: string | undefined;
    name: string | undefined;
    language: "en" | "zh";
  }>,
): Preview {
  const now = computed(() => {
    const { settings, taskId, name, language } = toValue(input);
    return {
      ...settings,
      // Words are for people and change no fire.
      note: undefined,
      count: COUNTED,
      language,
      task_id: taskId || undefined,
      name: name || undefined,
    };
  });
  const text = computed(() => JSON.stringify(now.value));
  const settled = refDebounced(text, SETTLE_MS);
  const query = useQuery({
    queryKey: ["previewSchedule", settled],
    queryFn: async ({ signal }) =>
      (await previewSchedule({ body: JSON.parse(settled.value), signal })).data,
    placeholderData: keepPreviousData,
    refetchInterval: AGAIN_MS,
    staleTime: AGAIN_MS / 2,
    retry: false,
  });
  const isStale = computed(() => settled.value !== text.value || query.isPlaceholderData.value);
  const check = computed<ScheduleCheck>(() => {
    const error = query.error.value;
    if (error && settled.value === text.value) {
      if (!(error instanceof ApiError) || error.isUnreachable || error.status >= 500)
        return { state: "unknown", problems: [] };
      return { state: "wrong", problems: problemsOf(error) };
    }
    const state = isStale.value || query.isPending.value ? "checking" : "right";
    return { state, problems: query.data.value?.problems ?? [] };
  });
  return {
    answer: computed(() => (query.error.value ? undefined : query.data.value)),
    check,
    error: computed(() => query.error.value),
    isStale,
    again: () => void query.refetch(),
  };
}
