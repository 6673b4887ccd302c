/** Fires of a range of days: those that were, with what became of them, and how many are to come. */
import { keepPreviousData, useQuery } from "@tanstack/vue-query";
import { computed, toValue, type MaybeRefOrGetter } from "vue";

import type { OutcomeAnswer } from "@/api/generated";
import {
  countUpcomingOptions,
  listNewestOccurrencesOptions,
  listSchedulesOptions,
} from "@/api/generated/@tanstack/vue-query.gen";
import { useNow } from "@/domain/now";
import { clockIn, dayIn } from "@/scheduling";

import { beginOf, type DayRange } from "./ranges";

const HOUR_S = 3_600;
const HOUR_MS = 1000 * HOUR_S;
const SCHEDULES = 200;
const ROWS = 10_000;

export interface HourOf {
  past: OutcomeAnswer[];
  coming: number;
}

export function useFires(input: MaybeRefOrGetter<{ range: DayRange; zone: string; task: string }>) {
  const now = useNow();
  /** The hour we are in: what is to come is asked again when it is over. */
  const hour = computed(() => Math.floor(now.value / HOUR_MS) * HOUR_MS);
  const bounds = computed(() => {
    const { range, zone } = toValue(input);
    return { since: beginOf(range.from, zone), until: beginOf(range.to, zone) };
  });
  const ofTask = computed(() => {
    const { task } = toValue(input);
    return task ? { task_id: task } : {};
  });
  const schedules = useQuery(
    computed(() => listSchedulesOptions({ query: { ...ofTask.value, limit: SCHEDULES } })),
  );
  const ids = computed(() => schedules.data.value?.items.map(({ id }) => id) ?? []);
  const each = computed(() =>
    Math.min(500, Math.max(20, Math.floor(ROWS / Math.max(1, ids.value.length)))),
  );
  const past = useQuery(
    computed(() => ({
      ...listNewestOccurrencesOptions({
        query: { schedule_id: ids.value.join(","), ...bounds.value, limit: each.value },
      }),
      enabled: ids.value.length > 0 && Date.parse(bounds.value.since) < now.value,
      placeholderData: keepPreviousData,
    })),
  );
  const start = computed(() => Math.max(Date.parse(bounds.value.since), hour.value));
  const coming = useQuery(
    computed(() => ({
      ...countUpcomingOptions({
        query: {
          start: new Date(start.value).toISOString(),
          end: bounds.value.until,
          bucket_s: HOUR_S,
          ...ofTask.value,
        },
      }),
      enabled: Date.parse(bounds.value.until) > now.value,
      placeholderData: keepPreviousData,
    })),
  );

  /** By `YYYY-MM-DD HH` in the zone. */
  const hours = computed(() => {
    const { zone } = toValue(input);
    const found = new Map<string, HourOf>();
    const at = (moment: string | number): HourOf => {
      const key = `${dayIn(moment, zone)} ${clockIn(moment, zone).slice(0, 2)}`;
      const known = found.get(key) ?? { past: [], coming: 0 };
      found.set(key, known);
      return known;
    };
    for (const one of past.data.value?.items ?? []) at(one.planned_at).past.push(one);
    const counted = coming.data.value;
    if (counted && Date.parse(bounds.value.until) > now.value) {
      const first = Date.parse(counted.start);
      counted.counts.forEach((count, index) => {
        if (count) at(first + index * counted.bucket_s * 1000).coming += count;
      });
    }
    return found;
  });
  /** Days before this are not known whole: busy schedules have more rows than are asked for. */
  const knownFrom = computed(() => {
    const { zone } = toValue(input);
    const rows = new Map<string, { count: number; oldest: string }>();
    for (const { schedule_id: id, planned_at: at } of past.data.value?.items ?? []) {
      const seen = rows.get(id);
      rows.set(id, { count: (seen?.count ?? 0) + 1, oldest: at });
    }
    const cut = [...rows.values()].filter(({ count }) => count >= each.value);
    const latest = cut
      .map(({ oldest }) => oldest)
      .sort()
      .at(-1);
    return latest ? dayIn(latest, zone) : "";
  });
  return {
    hours,
    knownFrom,
    bounds,
    isPending: computed(
      () =>
        schedules.isPending.value ||
        (past.isFetching.value && !past.data.value) ||
        (coming.isFetching.value && !coming.data.value),
    ),
    error: computed(() => schedules.error.value ?? past.error.value ?? coming.error.value),
    again: () => {
      void schedules.refetch();
      void past.refetch();
      void coming.refetch();
    },
    hasMoreSchedules: computed(() => Boolean(schedules.data.value?.next_cursor)),
    isEmpty: computed(() => schedules.data.value?.items.length === 0),
  };
}
