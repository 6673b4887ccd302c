/** The search of an open log: what is sought, where the reader stands in it, what came of it. */
import { computed, onScopeDispose, ref, shallowRef, watch } from "vue";
import { useI18n } from "vue-i18n";

import { passes } from "./filtering";
import { LogFinder } from "./finder";
import type { Wanted } from "./matching";
import type { LogRow } from "./rows";
import type { LogSource } from "./types";
import type { LogSession } from "./useLogSession";

const TYPING_MS = 200;
/** While lines arrive the count is taken anew this often. */
const COUNT_AGAIN_MS = 1_000;

export function useLogSearch(source: LogSource, session: LogSession) {
  const { t } = useI18n();
  const open = ref(false);
  const wanted = ref<Wanted>({ query: "", caseSensitive: false, regex: false });
  const pattern = shallowRef<RegExp | null>(null);
  const invalid = ref<string | null>(null);
  const count = ref<number | null>(null);
  const searching = ref(false);
  const said = ref("");
  const current = shallowRef<LogRow | null>(null);
  const finder = new LogFinder(source, session.reader, (row) => passes(row, session.filter.value));
  let counting = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function recount(delay: number): void {
    clearTimeout(timer);
    if (!open.value || pattern.value === null) return;
    timer = setTimeout(() => {
      counting.abort();
      counting = new AbortController();
      void finder.count(counting.signal).then((found) => {
        if (found !== null) count.value = found;
      });
    }, delay);
  }

  watch(
    [wanted, open],
    () => {
      finder.look(open.value ? wanted.value : { ...wanted.value, query: "" });
      pattern.value = finder.pattern;
      invalid.value = finder.invalid;
      count.value = null;
      said.value = "";
      recount(TYPING_MS);
    },
    { deep: true },
  );
  watch(
    () => session.status.value.count,
    () => {
      if (count.value !== null) recount(COUNT_AGAIN_MS);
    },
  );
  onScopeDispose(() => {
    clearTimeout(timer);
    counting.abort();
    finder.stop();
  });

  const outcome = computed(() => {
    if (wanted.value.query === "") return "";
    if (searching.value) return t("logview.searching");
    if (said.value !== "") return said.value;
    const n = count.value;
    if (n === null) return "";
    const key = session.status.value.holdsAll ? "logview.matches" : "logview.matchesHeld";
    return t(key, { n }, n);
  });

  /** Waits for a search; what it throws is told in the search bar. */
  async function during<T>(work: Promise<T>): Promise<T | null> {
    searching.value = true;
    said.value = "";
    try {
      return await work;
    } catch (error) {
      const stopped = error instanceof DOMException && error.name === "AbortError";
      if (!stopped) said.value = error instanceof Error ? error.message : String(error);
      return null;
    } finally {
      searching.value = false;
    }
  }

  async function step(direction: 1 | -1): Promise<void> {
    if (!open.value) {
      open.value = true;
      return;
    }
    const held = current.value !== null && session.window.holds(current.value);
    const from = held ? current.value : session.view.topRow();
    const found = await during(finder.next(from, direction, !held));
    if (found?.kind === "row") {
      current.value = found.row;
      session.reveal(found.row);
      if (found.wrapped) said.value = t("logview.wrapped");
    } else if (found?.kind === "none" && pattern.value !== null) said.value = t("logview.noMatch");
  }

  /** Shows the first error; false when there is none. */
  async function toError(): Promise<boolean> {
    const row = await during(finder.firstError());
    if (row === null) return false;
    current.value = row;
    session.reveal(row);
    return true;
  }

  return { open, wanted, pattern, invalid, outcome, searching, current, step, toError };
}
