/**
 * An endless list of runs that follows the stream: rows change in place; new ones come on top at
 * once while nobody reads (`calm`), else they wait and are counted.
 */
import { keepPreviousData, useInfiniteQuery, useQueryClient } from "@tanstack/vue-query";
import type { InfiniteData } from "@tanstack/vue-query";
import { computed, onScopeDispose, ref, watch, type ComputedRef, type Ref } from "vue";

import { newestOfEach, type Change, type RunChange } from "@/api/changes";
import type { RunItem, RunPageAnswer } from "@/api/generated";
import { listRunsInfiniteOptions } from "@/api/generated/@tanstack/vue-query.gen";
import { live } from "@/api/live";

import { runMatcher, type RunFilter } from "./filter";
import { HeldRuns } from "./held";
import { cutPages, insertRuns, keepRuns, patchPages, pagesAbove } from "./pages";

const FIRST = 60;
const MORE = 500;
/** Beyond this a list at its top is cut back. */
const MOST = 3_000;
const KEPT = 500;
/** Up to this many new rows come at once; more come together after a pause, as nobody reads faster. */
const FEW = 4;
const PAUSE_MS = 800;

export interface RunPages {
  rows: ComputedRef<RunItem[]>;
  /** New runs that are held back. */
  pending: Readonly<Ref<number>>;
  showPending: () => void;
  isPending: Ref<boolean>;
  /** The rows still are those of the filter before. */
  isStale: Ref<boolean>;
  error: Ref<unknown>;
  /** The error that kept the next page from coming. */
  moreError: ComputedRef<unknown>;
  hasMore: Readonly<Ref<boolean>>;
  isLoadingMore: Ref<boolean>;
  loadMore: () => void;
  refetch: () => void;
}

/** `filter` null: not known yet, so nothing is asked. */
export function useRunPages(asked: () => RunFilter | null, calm: Ref<boolean>): RunPages {
  const filter = () => asked() ?? {};
  const queries = useQueryClient();
  const options = computed(() => ({
    ...listRunsInfiniteOptions({ query: { ...filter(), limit: FIRST } }),
    initialPageParam: {},
    getNextPageParam: ({ next_cursor: cursor }: RunPageAnswer) =>
      cursor === null ? undefined : { query: { cursor, limit: MORE } },
    enabled: asked() !== null,
    placeholderData: keepPreviousData,
    shallow: true,
    // The functions of `pages.ts` keep what is equal; a comparison of all rows would be paid at
    // every change.
    structuralSharing: false,
    // An old list would have missed what came since.
    gcTime: 0,
  }));
  const query = useInfiniteQuery(options);
  const matches = computed(() => runMatcher(filter()));

  const held = new HeldRuns(MOST);
  const pending = ref(0);
  /** Some rows may not match any more. */
  let hasLeavers = false;
  /** What came while pages were on their way: they may be older, and they replace all pages. */
  let meanwhile: Change[] = [];

  type Data = InfiniteData<RunPageAnswer, unknown>;
  const read = () => queries.getQueryData<Data>(options.value.queryKey);
  function write(data: Data, pages: RunPageAnswer[]): void {
    const isSame =
      pages.length === data.pages.length && pages.every((page, at) => page === data.pages[at]);
    if (isSame) return;
    const pageParams = data.pageParams.slice(0, pages.length);
    queries.setQueryData(options.value.queryKey, { pages, pageParams });
  }

  function take(changes: readonly Change[]): void {
    if (query.isFetching.value) meanwhile.push(...changes);
    const runs = new Map<string, RunChange>();
    for (const { kind, object } of newestOfEach(changes))
      if (kind === "run") runs.set(object.id, object);
    const data = read();
    if (!runs.size || !data) return;
    const { pages, others } = patchPages(data.pages, runs);
    write(data, pages);
    held.take(others, matches.value);
    pending.value = held.count;
    hasLeavers ||= others.length < runs.size;
    if (calm.value) settleSoon();
  }

  let timer: ReturnType<typeof setTimeout> | undefined;
  let settledMs = 0;
  function settleSoon(): void {
    if (timer !== undefined || !calm.value) return;
    const pause = held.count <= FEW ? 0 : settledMs + PAUSE_MS - performance.now();
    if (pause <= 0) settle();
    else timer = setTimeout(settle, pause);
  }
  function standStill(): void {
    clearTimeout(timer);
    timer = undefined;
  }

  /** Takes in what waits, and out what does not belong any more. */
  function settle(): void {
    standStill();
    const data = read();
    // A page on its way would overwrite it.
    if (!data || query.isFetching.value || (!held.count && !hasLeavers)) return;
    const kept = hasLeavers ? keepRuns(data.pages, matches.value) : data.pages;
    const { runs, above } = held.give();
    const pages = pagesAbove(insertRuns(kept, runs), above);
    pending.value = 0;
    hasLeavers = false;
    settledMs = performance.now();
    write(data, calm.value ? cutPages(pages, { most: MOST, kept: KEPT }) : pages);
  }

  onScopeDispose(live.onChanges(take));
  onScopeDispose(standStill);
  watch(calm, (is) => (is ? settle() : standStill()));
  watch(query.isFetching, (is) => {
    if (is) return;
    const missed = meanwhile;
    meanwhile = [];
    if (missed.length) take(missed);
    else if (calm.value) settle();
  });
  watch(
    () => JSON.stringify(filter()),
    () => {
      held.give();
      pending.value = 0;
      meanwhile = [];
      hasLeavers = false;
    },
  );

  return {
    rows: computed(() => query.data.value?.pages.flatMap((page) => page.items) ?? []),
    pending,
    showPending: settle,
    isPending: query.isPending,
    isStale: query.isPlaceholderData,
    error: computed(() => (query.isFetchNextPageError.value ? null : query.error.value)),
    moreError: computed(() => (query.isFetchNextPageError.value ? query.error.value : null)),
    hasMore: query.hasNextPage,
    isLoadingMore: query.isFetchingNextPage,
    loadMore: () => {
      if (!query.isFetching.value) void query.fetchNextPage();
    },
    refetch: () => void query.refetch(),
  };
}
