/** What a button or a line of a menu does, as data. */
import type { Component } from "vue";
import type { RouteLocationRaw } from "vue-router";

/** An act with its words: exactly one of `run`, `to`, `href`. */
export interface Action {
  label: string;
  icon?: Component;
  run?: () => void;
  to?: RouteLocationRaw;
  href?: string;
  variant?: "primary" | "default" | "quiet" | "danger";
  disabled?: boolean;
  /** Why it is disabled; shown as a tooltip. */
  reason?: string;
  loading?: boolean;
  /** Keys that do the same, as shown to the reader (`Ctrl+Enter`). */
  shortcut?: string;
}

/** One choice of a select, combobox or radio group. */
export interface Option<T extends string | number = string> {
  value: T;
  label: string;
  /** A second, quieter line. */
  detail?: string;
  icon?: Component;
  disabled?: boolean;
}
