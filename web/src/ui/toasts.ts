/** The short messages that say what happened: a list that any part may add to, shown once by UiOverlays. */
import { readonly, shallowReactive } from "vue";
import type { RouteLocationRaw } from "vue-router";

export interface ToastAction {
  label: string;
  to?: RouteLocationRaw;
  run?: () => void;
}

export interface ToastInput {
  title: string;
  detail?: string;
  /** `danger` stays until it is dismissed. */
  tone?: "neutral" | "info" | "good" | "warn" | "danger";
  action?: ToastAction;
  /** Offers "Undo"; called once. */
  undo?: () => void;
  /** How long it stays, in milliseconds; 0 = until dismissed. */
  stayMs?: number;
}

export interface Toast extends ToastInput {
  id: number;
  tone: NonNullable<ToastInput["tone"]>;
  stayMs: number;
}

/** More would hide the page; the oldest that would go by itself leaves first. */
export const MOST_TOASTS = 4;
const STAY_MS = 6000;
const STAY_WITH_ACTION_MS = 10_000;

const list = shallowReactive<Toast[]>([]);
let last = 0;

function push(input: ToastInput): number {
  const tone = input.tone ?? "neutral";
  const usual = input.action || input.undo ? STAY_WITH_ACTION_MS : STAY_MS;
  last += 1;
  list.push({ ...input, id: last, tone, stayMs: input.stayMs ?? (tone === "danger" ? 0 : usual) });
  while (list.length > MOST_TOASTS) {
    const passing = list.findIndex((toast) => toast.stayMs > 0);
    list.splice(Math.max(passing, 0), 1);
  }
  return last;
}

function dismiss(id: number): void {
  const index = list.findIndex((toast) => toast.id === id);
  if (index >= 0) list.splice(index, 1);
}

function clear(): void {
  list.splice(0);
}

/** `push` shows a message and returns its number; `dismiss` takes it away. */
export function useToasts() {
  return { toasts: readonly(list) as readonly Toast[], push, dismiss, clear };
}
