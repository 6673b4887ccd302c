/** The rows of a RunsTable: one page that is asked again when runs change, or an endless live list. */
import { useQuery } from "@tanstack/vue-query";
import { computed, ref, type Ref } from "vue";

import type { RunItem } from "@/api/generated";
import { listRunsOptions } from "@/api/generated/@tanstack/vue-query.gen";
import { problemOf } from "@/domain/problems";

import type { RunFilter } from "./filter";
import { useRunPages } from "./useRunPages";

interface Asked {
  filter: RunFilter;
  limit: number;
  infinite?: boolean;
}

export interface RunList {
  rows: Readonly<Ref<readonly RunItem[]>>;
  isPending: Readonly<Ref<boolean>>;
  error: Readonly<Ref<unknown>>;
  pending: Readonly<Ref<number>>;
  hasMore: Readonly<Ref<boolean>>;
  isLoadingMore: Readonly<Ref<boolean>>;
  moreError: Readonly<Ref<string | undefined>>;
  loadMore: () => void;
  showPending: () => void;
  refetch: () => void;
  /** Set by the table: the mouse is not over it. */
  calm: Ref<boolean>;
}

/** `infinite` must not change while the table is shown. */
export function useRunList(asked: Asked): RunList {
  const calm = ref(true);
  if (asked.infinite) {
    const pages = useRunPages(() => asked.filter, calm);
    const moreError = computed(() =>
      pages.moreError.value ? problemOf(pages.moreError.value).detail : undefined,
    );
    return { ...pages, moreError, calm };
  }
  const query = useQuery(
    computed(() => listRunsOptions({ query: { ...asked.filter, limit: asked.limit } })),
  );
  return {
    rows: computed(() => query.data.value?.items ?? []),
    isPending: query.isPending,
    error: computed(() => query.error.value),
    pending: ref(0),
    hasMore: ref(false),
    isLoadingMore: ref(false),
    moreError: ref(undefined),
    loadMore: () => undefined,
    showPending: () => undefined,
    refetch: () => void query.refetch(),
    calm,
  };
}
