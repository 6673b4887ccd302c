/** What the list of tasks is narrowed to, as the address of the page says it, and as the API asks it. */
import type { LocationQuery, LocationQueryRaw } from "vue-router";

import type { ListTasksData } from "@/api/generated";
import { GROUPS, STATUSES, type RunStatus } from "@/domain/status";
import type { DataSort } from "@/ui";

export const VIEWS = ["all", "failing", "paused", "broken"] as const;
export type View = (typeof VIEWS)[number];

export const FACETS = ["queue", "project", "owner", "label", "executor"] as const;
export type Facet = (typeof FACETS)[number];

export interface TaskFilters extends Record<Facet, string | null> {
  q: string;
  view: View;
  lastStatus: RunStatus[];
  sort: DataSort | null;
}

const SORTS: Record<string, "id" | "last_run" | "next_at"> = {
  name: "id",
  last: "last_run",
  next: "next_at",
};

const first = (value: LocationQuery[string] | undefined): string =>
  (Array.isArray(value) ? value[0] : value) ?? "";

export function readFilters(query: LocationQuery): TaskFilters {
  const view = first(query["view"]);
  const sort = first(query["sort"]);
  const id = sort.replace(/^-/, "");
  const facet = (name: Facet) => first(query[name]) || null;
  return {
    q: first(query["q"]),
    view: (VIEWS as readonly string[]).includes(view) ? (view as View) : "all",
    lastStatus: first(query["last"])
      .split(",")
      .filter((one): one is RunStatus => (STATUSES as string[]).includes(one)),
    sort: id in SORTS ? { id, desc: sort.startsWith("-") } : null,
    queue: facet("queue"),
    project: facet("project"),
    owner: facet("owner"),
    label: facet("label"),
    executor: facet("executor"),
  };
}

/** The address; what is usual is left out. */
export function writeFilters(filters: TaskFilters): LocationQueryRaw {
  const query: LocationQueryRaw = {};
  if (filters.q) query["q"] = filters.q;
  if (filters.view !== "all") query["view"] = filters.view;
  if (filters.lastStatus.length) query["last"] = filters.lastStatus.join(",");
  if (filters.sort) query["sort"] = `${filters.sort.desc ? "-" : ""}${filters.sort.id}`;
  for (const name of FACETS) {
    const value = filters[name];
    if (value) query[name] = value;
  }
  return query;
}

type ApiQuery = NonNullable<ListTasksData["query"]>;

export function apiQuery(filters: TaskFilters): ApiQuery {
  const query: ApiQuery = {};
  if (filters.q.trim()) query.q = filters.q.trim();
  for (const name of FACETS) {
    const value = filters[name];
    if (value) query[name] = value;
  }
  const bad = filters.view === "failing" ? (GROUPS["bad"] ?? []) : [];
  const statuses = filters.lastStatus.length ? filters.lastStatus : bad;
  if (statuses.length) query.last_status = [...statuses];
  if (filters.view === "paused") query.paused = true;
  if (filters.view === "broken") query.broken = true;
  const sort = filters.sort && SORTS[filters.sort.id];
  if (filters.sort && sort) query.sort = filters.sort.desc ? `-${sort}` : sort;
  return query;
}

/** How many choices beside the search and the view narrow the list. */
export const countOf = (filters: TaskFilters): number =>
  FACETS.filter((name) => filters[name]).length + (filters.lastStatus.length ? 1 : 0);

export const isNarrowed = (filters: TaskFilters): boolean =>
  countOf(filters) > 0 || filters.q.trim() !== "" || filters.view !== "all";
