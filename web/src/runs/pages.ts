/**
 * The loaded pages of a list of runs, newest first, under a stream of changes: pure functions that
 * keep what did not change identical, so that nothing is drawn again for it.
 */
import type { RunChange } from "@/api/changes";
import type { RunItem, RunPageAnswer } from "@/api/generated";

type Pages = readonly RunPageAnswer[];

/** Puts newer states into the pages; also answers which changed runs are not in them. */
export function patchPages(
  pages: Pages,
  changes: ReadonlyMap<string, RunChange>,
): { pages: RunPageAnswer[]; others: RunChange[] } {
  const others = new Map(changes);
  const patched = pages.map((page) => {
    let items: RunItem[] | undefined;
    page.items.forEach((item, index) => {
      const change = others.get(item.id);
      if (!change) return;
      others.delete(item.id);
      // The page may have been read after the change.
      if ((change.seq ?? 0) <= item.seq) return;
      items ??= [...page.items];
      items[index] = { ...item, ...change };
    });
    return items ? { ...page, items } : page;
  });
  return { pages: patched, others: [...others.values()] };
}

/**
 * Puts runs where they belong by their id. Those that belong below what is loaded are left out:
 * they come with their page. Known ones are left as they are.
 */
export function insertRuns(pages: Pages, runs: Iterable<RunItem>): RunPageAnswer[] {
  const perPage = new Map<number, RunItem[]>();
  for (const run of runs) {
    const at = pages.findIndex(({ next_cursor: end }) => end === null || run.id > end);
    if (at < 0) continue;
    const fresh = perPage.get(at);
    if (fresh) fresh.push(run);
    else perPage.set(at, [run]);
  }
  return pages.map((page, index) => {
    const fresh = perPage.get(index);
    if (!fresh) return page;
    const known = new Set(page.items.map(({ id }) => id));
    const added = fresh.filter(({ id }) => !known.has(id));
    return added.length ? { ...page, items: mergeNewest(added, page.items) } : page;
  });
}

/** Both newest first, the second in order already. */
function mergeNewest(added: RunItem[], items: readonly RunItem[]): RunItem[] {
  added.sort((a, b) => (a.id < b.id ? 1 : -1));
  const newest = items[0];
  const oldest = added.at(-1);
  if (!newest || !oldest || oldest.id > newest.id) return [...added, ...items];
  return [...added, ...items].sort((a, b) => (a.id < b.id ? 1 : -1));
}

/** Without the runs that are not wanted any more. */
export function keepRuns(pages: Pages, isWanted: (run: RunItem) => boolean): RunPageAnswer[] {
  return pages.map((page) =>
    page.items.every(isWanted) ? page : { ...page, items: page.items.filter(isWanted) },
  );
}

/** At most `most` rows, cut to `kept` when there are more: a list that is left open does not grow for ever. */
export function cutPages(
  pages: Pages,
  { most, kept }: { most: number; kept: number },
): RunPageAnswer[] {
  const total = pages.reduce((sum, page) => sum + page.items.length, 0);
  if (total <= most) return [...pages];
  const left: RunPageAnswer[] = [];
  let count = 0;
  for (const page of pages) {
    if (count + page.items.length < kept) {
      left.push(page);
      count += page.items.length;
      continue;
    }
    const items = page.items.slice(0, kept - count);
    // A cursor is the id of the last run that was seen.
    const last = items.at(-1) ?? left.at(-1)?.items.at(-1);
    return [...left, { items, next_cursor: last?.id ?? page.next_cursor }];
  }
  return left;
}

/** Only the runs that are newer than the one with this id; null: all. */
export function pagesAbove(pages: RunPageAnswer[], id: string | null): RunPageAnswer[] {
  if (id === null) return pages;
  const items = pages.flatMap((page) => page.items).filter((run) => run.id > id);
  // What is below is asked for again when the reader gets there.
  return [{ items, next_cursor: items.at(-1)?.id ?? pages[0]?.next_cursor ?? null }];
}
