/** Which items a query finds, and in which order: pure. */
import Fuse from "fuse.js";

import { GROUPS, type Group, type GroupName, type Item } from "./items";

const MOST_PER_GROUP = 7;
const MOST_RECENT = 5;
/** One wrong letter of four. */
const FUZZY = 0.3;

/** Searches one list of items again and again. */
export class Finder {
  readonly #items: readonly Item[];
  readonly #fuse: Fuse<Item>;

  constructor(items: readonly Item[]) {
    this.#items = items;
    this.#fuse = new Fuse(items, {
      keys: [
        { name: "title", weight: 4 },
        { name: "words", weight: 1 },
        { name: "detail", weight: 1 },
      ],
      includeScore: true,
      threshold: FUZZY,
      ignoreLocation: true,
      // Every word of the query must be found, in any order.
      useTokenSearch: true,
      tokenMatch: "all",
    });
  }

  /**
   * Groups in the order of their best item. Without a query: what was used last, what runs, then
   * pages and actions. `recent`: keys, the newest first.
   */
  find(query: string, recent: readonly string[] = []): Group[] {
    const wanted = query.trim();
    if (!wanted) return this.#first(recent);
    const found = this.#fuse
      .search(wanted)
      .map(({ item, score }) => ({ item, score: scored(item, score ?? 1, wanted, recent) }))
      .sort((one, other) => one.score - other.score)
      .map(({ item }) => (item.group === "running" ? { ...item, group: "runs" as const } : item));
    return grouped(found, MOST_PER_GROUP);
  }

  #first(recent: readonly string[]): Group[] {
    const byKey = new Map(this.#items.map((item) => [item.key, item]));
    const used = recent
      .map((key) => byKey.get(key))
      .filter((item) => item !== undefined)
      .slice(0, MOST_RECENT)
      .map((item) => ({ ...item, group: "recent" as const }));
    const shown = new Set(used.map(({ key }) => key));
    const rest = this.#items.filter(
      ({ key, group }) => !shown.has(key) && group !== "tasks" && group !== "runs",
    );
    const groups = grouped([...used, ...rest], Infinity);
    return groups.sort((one, other) => GROUPS.indexOf(one.name) - GROUPS.indexOf(other.name));
  }
}

/** Less is better: what is called exactly so, then what begins so, then what was used lately. */
function scored(item: Item, score: number, wanted: string, recent: readonly string[]): number {
  const title = item.title.toLocaleLowerCase();
  const query = wanted.toLocaleLowerCase();
  const place = recent.indexOf(item.key);
  let better = 0;
  if (title === query) better += 0.5;
  else if (title.startsWith(query)) better += 0.2;
  else if (title.includes(query)) better += 0.1;
  if (place >= 0) better += 0.15 / (1 + place);
  return score - better;
}

/** In the order in which the first of each group comes; an item that is there twice counts once. */
function grouped(items: readonly Item[], most: number): Group[] {
  const groups = new Map<GroupName, Item[]>();
  const seen = new Set<string>();
  for (const item of items) {
    if (seen.has(item.key)) continue;
    seen.add(item.key);
    const group = groups.get(item.group) ?? [];
    if (!group.length) groups.set(item.group, group);
    if (group.length < most) group.push(item);
  }
  return [...groups].map(([name, members]) => ({ name, items: members }));
}

/** Groups of one name become one, at the place of the first; no item twice. */
export function merged(groups: readonly Group[]): Group[] {
  const result: Group[] = [];
  const seen = new Set<string>();
  for (const { name, items } of groups) {
    const fresh = items.filter(({ key }) => !seen.has(key));
    for (const { key } of fresh) seen.add(key);
    if (!fresh.length) continue;
    const same = result.find((group) => group.name === name);
    if (same) same.items = [...same.items, ...fresh];
    else result.push({ name, items: fresh });
  }
  return result;
}

/** `run crawl site` -> `run` and `crawl site`, when the first word begins one of the verb's words. */
export function verbOf<V extends string>(
  query: string,
  verbs: Readonly<Record<V, string>>,
): { verb: V; rest: string } | undefined {
  const [, first = "", rest = ""] = /^\s*(\S{2,})\s+(\S.*?)\s*$/u.exec(query) ?? [];
  if (!first) return undefined;
  const begun = first.toLocaleLowerCase();
  for (const [verb, words] of Object.entries<string>(verbs)) {
    if (words.split(" ").some((word) => word.startsWith(begun))) return { verb: verb as V, rest };
  }
  return undefined;
}

const ID = /^[0-9a-hjkmnp-tv-z]{4,16}$/;
/** Whole, and as the page shows it. */
const USUAL_LENGTHS = [16, 8];

/**
 * Whether this is likely (a piece of) a run's id, which the server can look up. Nearly all have a
 * digit; words have none.
 */
export function looksLikeRunId(query: string): boolean {
  const text = query.trim().toLowerCase();
  return ID.test(text) && (/\d/.test(text) || USUAL_LENGTHS.includes(text.length));
}
