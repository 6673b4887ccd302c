/** The filter of the page: its text in the address, what it means, what the API is asked. */
import { useQuery } from "@tanstack/vue-query";
import { computed, ref, watch, type ComputedRef } from "vue";
import { useRoute, useRouter } from "vue-router";

import { listTasks } from "@/api/generated";
import type { RunFilter } from "@/runs";
import {
  globMatcher,
  parseFilter,
  patternsOf,
  printFilter,
  resolveFilter,
  type FilterExpr,
  type FilterProblem,
} from "@/runs/language";
import { usePreferences } from "@/state/preferences";

/** More ids would not fit into an address. */
export const MOST_TASKS = 200;
const TASK_PAGES = 4;

export interface PageFilter {
  text: ComputedRef<string>;
  expr: ComputedRef<FilterExpr>;
  problems: ComputedRef<FilterProblem[]>;
  /** Null while tasks are looked up. */
  filter: ComputedRef<RunFilter | null>;
  apply: (text: string) => void;
  applyExpr: (expr: FilterExpr) => void;
}

export function useRunFilter(): PageFilter {
  const route = useRoute();
  const router = useRouter();
  const preferences = usePreferences();

  const text = computed(() => [route.query["q"] ?? ""].flat()[0] ?? "");
  // What is relative counts from when the filter was set: a list that is looked at must not shift.
  const now = ref(Date.now());
  watch(text, () => (now.value = Date.now()));
  const clock = computed(() => ({ now: now.value, zone: preferences.zone }));
  const parsed = computed(() => parseFilter(text.value, clock.value));
  const patterns = computed(() => patternsOf(parsed.value.expr));
  const tasks = useQuery(
    computed(() => ({
      queryKey: [{ _id: "listTasks", patterns: patterns.value }],
      queryFn: () => tasksLike(patterns.value),
      enabled: patterns.value.length > 0,
    })),
  );

  const found = computed(() => (patterns.value.length ? tasks.data.value : []));
  const problems = computed(() => {
    const word = patterns.value.join(",");
    const place = { from: text.value.indexOf(word), to: text.value.indexOf(word) + word.length };
    const own = found.value;
    if (!word || !own || (own.length && own.length <= MOST_TASKS)) return parsed.value.problems;
    const code = own.length ? ("manyTasks" as const) : ("noTask" as const);
    return [...parsed.value.problems, { code, word, ...place }];
  });
  const filter = computed(() => {
    if (patterns.value.length && !found.value && !tasks.isError.value) return null;
    const matched = (found.value ?? []).slice(0, MOST_TASKS);
    return resolveFilter(parsed.value.expr, clock.value, matched);
  });

  function apply(next: string): void {
    if (next.trim() === text.value.trim()) return;
    const query = { ...route.query };
    delete query["q"];
    void router.push({ query: next.trim() ? { ...query, q: next.trim() } : query });
  }

  return {
    text,
    expr: computed(() => parsed.value.expr),
    problems,
    filter,
    apply,
    applyExpr: (expr) => apply(printFilter(expr)),
  };
}

/** The ids of the tasks that one of the patterns stands for, one more than can be asked for at most. */
async function tasksLike(patterns: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const pattern of patterns) {
    const isLike = globMatcher(pattern);
    // The server looks for a text; its longest piece leaves least to look through.
    const q = pattern.split("*").reduce((a, b) => (b.length > a.length ? b : a));
    let cursor: string | undefined;
    for (let page = 0; page < TASK_PAGES && found.size <= MOST_TASKS; page += 1) {
      const query = { limit: 500, ...(q ? { q } : {}), ...(cursor ? { cursor } : {}) };
      const { data } = await listTasks({ query });
      for (const { id } of data.items) if (isLike(id)) found.add(id);
      if (!data.next_cursor) break;
      cursor = data.next_cursor;
    }
  }
  return [...found].slice(0, MOST_TASKS + 1);
}
