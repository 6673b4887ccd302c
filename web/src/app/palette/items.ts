/** What the palette offers: one line of it, and the groups in which lines stand. */
import type { Component } from "vue";

export const GROUPS = ["recent", "running", "go", "tasks", "runs", "actions"] as const;
export type GroupName = (typeof GROUPS)[number];

export interface Item {
  /** Stable over sessions: `task:crawl`, `run:0198...`, `place:runs`, `act:new-task`. */
  key: string;
  group: GroupName;
  title: string;
  detail?: string | undefined;
  icon: Component;
  /** Class of the icon's colour, for states. */
  ink?: string;
  /** Other words by which it is found, with spaces between. */
  words?: string;
  /** Keys that do the same elsewhere on the page. */
  keys?: readonly string[];
  act: () => unknown;
  /** What Ctrl+Enter does instead. */
  instead?: { label: string; act: () => unknown };
}

export interface Group {
  name: GroupName;
  items: Item[];
}
