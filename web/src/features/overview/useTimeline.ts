/** The runs of the last hours, asked for anew as time goes on, and the choices in the address. */
import { keepPreviousData, useQuery } from "@tanstack/vue-query";
import { computed } from "vue";
import { useRoute, useRouter } from "vue-router";

import { readTimelineOptions } from "@/api/generated/@tanstack/vue-query.gen";
import { useNow } from "@/domain/now";

import { LANES_BY, SPANS, type LanesBy, type Span } from "./spans";

const MOST = 1_500;
const MINUTE_MS = 60_000;
/** The picture moves on when a bar would grow by about one pixel. */
const PIXELS = 800;

export function useTimeline() {
  const route = useRoute();
  const router = useRouter();
  const now = useNow();

  function choice<T extends string>(name: string, known: readonly T[], usual: T) {
    return computed<T>({
      get: () => known.find((one) => one === route.query[name]) ?? usual,
      set: (value) => {
        // What is undefined is left out of the address.
        const said = value === usual ? undefined : value;
        void router.replace({ query: { ...route.query, [name]: said } });
      },
    });
  }
  const span = choice<Span>("span", Object.keys(SPANS) as Span[], "6h");
  const by = choice<LanesBy>("lanes", LANES_BY, "task");

  const spanMs = computed(() => SPANS[span.value]);
  const stepped = (ms: number) => Math.floor(now.value / ms) * ms;
  const since = computed(() => new Date(stepped(5 * MINUTE_MS) - spanMs.value).toISOString());
  const query = useQuery(
    computed(() => ({
      ...readTimelineOptions({ query: { since: since.value, limit: MOST } }),
      placeholderData: keepPreviousData,
      refetchInterval: MINUTE_MS,
    })),
  );
  const shownNow = computed(() => stepped(Math.max(1_000, spanMs.value / PIXELS)));
  const full = computed(() => ({
    from: shownNow.value - spanMs.value,
    to: shownNow.value + spanMs.value / 60,
  }));
  return { span, by, query, shownNow, full };
}
