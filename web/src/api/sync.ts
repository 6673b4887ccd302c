/**
 * Keeps the query cache in step with the live stream: what is known is patched at once; lists and
 * figures that depend on what changed are asked again, but not more often than they can be read.
 */
import type { QueryClient } from "@tanstack/vue-query";

import { newestOfEach, type Change, type RunChange } from "./changes";
import type { Live } from "./live";

const SOON_MS = 250;
const AT_MOST_EVERY_MS = 2_000;

/** Which queries (by the operation they call) are out of date when a thing of a kind changes. */
const CONCERNED: Record<Change["kind"], readonly string[]> = {
  run: [
    "countRuns",
    "listNewestOccurrences",
    "listProjects",
    "listQueues",
    "listRuns",
    "listTasks",
    "readNeighbours",
    "readProject",
    "readSystem",
    "readTaskStatistics",
    "readTimeline",
  ],
  task: ["listTasks", "listProjects", "readTask", "readTaskFacets", "listVersions", "readSystem"],
  queue: ["listQueues", "readQueue"],
  schedule: [
    "countUpcoming",
    "listNewestOccurrences",
    "listNextFires",
    "listOccurrences",
    "listScheduleVersions",
    "listSchedules",
    "listTasks",
    "listUpcoming",
    "readSchedule",
    "readTask",
  ],
};

interface KeyPart {
  _id?: string;
  _infinite?: boolean;
  path?: { run_id?: string };
}

const keyOf = (key: readonly unknown[]): KeyPart => (key[0] as KeyPart | undefined) ?? {};

/** Follows the stream until the returned function is called. */
export function keepInStep(queries: QueryClient, live: Live): () => void {
  const asking = new Asking(queries);
  const stopChanges = live.onChanges((changes) => {
    const newest = newestOfEach(changes);
    patchRuns(queries, newest);
    for (const kind of new Set(newest.map((change) => change.kind))) asking.add(CONCERNED[kind]);
  });
  // What is being asked already is newer than the gap.
  const stopGaps = live.onGap(() => void queries.invalidateQueries({}, { cancelRefetch: false }));
  return () => {
    stopChanges();
    stopGaps();
    asking.stop();
  };
}

/** Asks again soon after the first change, then at most every two seconds while it goes on. */
class Asking {
  readonly #names = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastMs = -Infinity;

  constructor(private readonly queries: QueryClient) {}

  add(names: readonly string[]): void {
    for (const name of names) this.#names.add(name);
    if (this.#timer !== undefined) return;
    const delay = Math.max(SOON_MS, this.#lastMs + AT_MOST_EVERY_MS - performance.now());
    this.#timer = setTimeout(() => this.#ask(), delay);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #ask(): void {
    const names = new Set(this.#names);
    this.#names.clear();
    this.#timer = undefined;
    this.#lastMs = performance.now();
    void this.queries.invalidateQueries({
      predicate: ({ queryKey }) => {
        const { _id, _infinite } = keyOf(queryKey);
        // Pages that were scrolled together are patched and extended by the list itself.
        const patchesItself = _infinite && (_id === "listRuns" || _id === "listTasks");
        return _id !== undefined && names.has(_id) && !patchesItself;
      },
    });
  }
}

interface Page {
  items: { id: string }[];
}

/** Puts the newest state of runs wherever a run is shown. */
function patchRuns(queries: QueryClient, changes: readonly Change[]): void {
  const runs = new Map<string, RunChange>();
  for (const change of changes)
    if (change.kind === "run") runs.set(change.object.id, change.object);
  if (!runs.size) return;
  for (const query of queries.getQueryCache().findAll()) {
    const { _id, _infinite } = keyOf(query.queryKey);
    if (_id === "readRun") patchOne(queries, query.queryKey, runs);
    else if (_id === "listRuns" && _infinite) {
      queries.setQueryData(
        query.queryKey,
        (old: { pages: Page[]; pageParams: unknown[] } | undefined) =>
          old && { ...old, pages: old.pages.map((page) => patched(page, runs)) },
      );
    } else if (_id === "listRuns") {
      queries.setQueryData(query.queryKey, (old: Page | undefined) => old && patched(old, runs));
    }
  }
}

/** The same page when none of its rows changed, so that nothing is drawn again. */
function patched<P extends Page>(page: P, runs: ReadonlyMap<string, RunChange>): P {
  if (!page.items.some((item) => runs.has(item.id))) return page;
  return { ...page, items: page.items.map((item) => ({ ...item, ...runs.get(item.id) })) };
}

/** A run's own page also has attempts and why it waits, which the stream does not carry. */
function patchOne(
  queries: QueryClient,
  key: readonly unknown[],
  runs: ReadonlyMap<string, RunChange>,
): void {
  const old = queries.getQueryData<RunChange>(key);
  const change = old && runs.get(old.id);
  if (!old || !change) return;
  queries.setQueryData(key, { ...old, ...change });
  if (old.status !== change.status || old.attempt !== change.attempt) {
    void queries.invalidateQueries({ queryKey: key, exact: true });
  }
}
