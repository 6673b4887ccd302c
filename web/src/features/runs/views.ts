/** Saved views: a name, a filter and the columns, kept in this browser. */
import { ref, type Ref } from "vue";

import { recall, remember } from "@/ui";

export interface View {
  name: string;
  /** The text of the filter. */
  filter: string;
  /** Which columns are shown, by id; absent: the usual ones. */
  columns?: Record<string, boolean>;
}

/** `label` is a message key. */
export const BUILT_IN: readonly { label: string; filter: string }[] = [
  { label: "runs.view.failures", filter: "status:bad finished:today" },
  { label: "runs.view.running", filter: "status:running" },
  { label: "runs.view.waiting", filter: "status:waiting" },
];

const KEY = "runs.views";
export const COLUMNS_KEY = "columns.runs";
const MOST = 50;

function isView(value: unknown): value is View {
  if (typeof value !== "object" || value === null) return false;
  const { name, filter, columns } = value as Record<string, unknown>;
  return (
    typeof name === "string" &&
    typeof filter === "string" &&
    (columns === undefined || isColumns(columns))
  );
}

export function isColumns(value: unknown): value is Record<string, boolean> {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every((one) => typeof one === "boolean")
  );
}

const areViews = (value: unknown): value is View[] => Array.isArray(value) && value.every(isView);

export interface Views {
  views: Ref<View[]>;
  /** A view of the same name is replaced; answers whether there was one. */
  save: (view: View) => boolean;
  /** Answers whether the name was free. */
  rename: (from: string, to: string) => boolean;
  /** Answers what brings it back. */
  remove: (name: string) => () => void;
}

export function useViews(): Views {
  const views = ref<View[]>(recall(KEY, areViews) ?? []);
  function set(next: View[]): void {
    views.value = next;
    remember(KEY, next);
  }
  return {
    views,
    save(view) {
      const others = views.value.filter(({ name }) => name !== view.name);
      const isNew = others.length === views.value.length;
      set([...others, view].slice(-MOST));
      return !isNew;
    },
    rename(from, to) {
      if (from !== to && views.value.some(({ name }) => name === to)) return false;
      set(views.value.map((view) => (view.name === from ? { ...view, name: to } : view)));
      return true;
    },
    remove(name) {
      const before = views.value;
      set(before.filter((view) => view.name !== name));
      return () => set(before);
    },
  };
}
