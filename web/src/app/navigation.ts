/** The places that the side bar, the phone's bar and the command palette lead to. */
import {
  Activity,
  CalendarClock,
  FolderKanban,
  Gauge,
  Layers,
  ListChecks,
  ScrollText,
  Settings,
  SquareTerminal,
} from "@lucide/vue";
import type { Component } from "vue";

export interface Place {
  /** The route's name, and the last part of its message key. */
  name: string;
  icon: Component;
  /** Two keys that lead there one after the other. */
  keys: [string, string];
  /** Other routes that belong to this place. */
  also: readonly string[];
}

const place = (name: string, icon: Component, key: string, ...also: string[]): Place => ({
  name,
  icon,
  keys: ["g", key],
  also,
});

export const PLACES: readonly Place[] = [
  place("overview", Gauge, "o"),
  place("tasks", SquareTerminal, "t", "task", "new-task", "edit-task"),
  place("runs", ListChecks, "r", "run"),
  place("schedules", CalendarClock, "s", "schedule", "new-schedule", "calendars", "calendar"),
  place("queues", Layers, "q"),
  place("projects", FolderKanban, "p", "project"),
  place("logs", ScrollText, "l"),
  place("system", Activity, "m"),
  place("settings", Settings, "e"),
];
