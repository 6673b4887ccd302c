/** Reads the server's own log in pages: back from its end, and on as it grows. */
import { computed, ref, shallowRef, type Ref } from "vue";

import { readServerLog, type ReadServerLogData, type ServerLogRecordAnswer } from "@/api/generated";

export type Level = NonNullable<NonNullable<ReadServerLogData["query"]>["level"]>;

export interface ServerLogFilter {
  source: "server" | "supervisor";
  level: Level | undefined;
  q: string | undefined;
}

const PAGE = 300;
/** More would slow the page; older ones can be read again. */
export const MOST_RECORDS = 5_000;

export function useServerLog(filter: Ref<ServerLogFilter>) {
  const records = shallowRef<readonly ServerLogRecordAnswer[]>([]);
  const state = ref<"loading" | "ready" | "failed">("loading");
  const error = shallowRef<unknown>();
  const isReading = ref(false);
  const start = ref(0);
  let next = 0;
  /** An answer to a question that is not asked any more must not be shown. */
  let round = 0;

  async function read(query: { before?: number; offset?: number }) {
    const { data } = await readServerLog({ query: { ...filter.value, ...query, tail: PAGE } });
    return data;
  }

  async function restart(): Promise<void> {
    const mine = ++round;
    state.value = "loading";
    try {
      const page = await read({});
      if (mine !== round) return;
      records.value = page.items;
      start.value = page.start;
      next = page.next_offset;
      state.value = "ready";
    } catch (caught) {
      if (mine !== round) return;
      error.value = caught;
      state.value = "failed";
    }
  }

  /** Whether anything new came. Failing is left to the next look: the banner tells of it. */
  async function readNewer(): Promise<boolean> {
    if (state.value !== "ready" || isReading.value) return false;
    const mine = round;
    try {
      const page = await read({ offset: next });
      if (mine !== round) return false;
      if (page.size < next) {
        // A new file was begun.
        await restart();
        return true;
      }
      next = page.next_offset;
      if (page.items.length) records.value = [...records.value, ...page.items].slice(-MOST_RECORDS);
      return page.items.length > 0;
    } catch {
      return false;
    }
  }

  async function readOlder(): Promise<void> {
    const mine = round;
    isReading.value = true;
    try {
      const page = await read({ before: start.value });
      if (mine !== round) return;
      records.value = [...page.items, ...records.value];
      start.value = page.start;
    } catch (caught) {
      error.value = caught;
      state.value = "failed";
    } finally {
      isReading.value = false;
    }
  }

  const hasOlder = computed(() => start.value > 0);
  return { records, state, error, isReading, hasOlder, restart, readNewer, readOlder };
}
