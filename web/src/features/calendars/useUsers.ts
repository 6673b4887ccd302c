/** Which schedules go by which calendar, as far as the first few hundred schedules tell. */
import { useQuery } from "@tanstack/vue-query";
import { computed } from "vue";

import type { ScheduleAnswer } from "@/api/generated";
import { listSchedulesOptions } from "@/api/generated/@tanstack/vue-query.gen";

const MOST = 500;

export function useCalendarUsers() {
  const list = useQuery(listSchedulesOptions({ query: { limit: MOST } }));
  const byCalendar = computed(() => {
    const found = new Map<string, ScheduleAnswer[]>();
    for (const one of list.data.value?.items ?? [])
      if (one.spec.calendar)
        found.set(one.spec.calendar, [...(found.get(one.spec.calendar) ?? []), one]);
    return found;
  });
  return {
    byCalendar,
    isPending: list.isPending,
    /** More schedules exist than were looked at. */
    isCut: computed(() => Boolean(list.data.value?.next_cursor)),
  };
}
