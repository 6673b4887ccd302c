/** The tones that data may have: each a solid colour for shapes, with a soft ground and an ink for words. */
export const dataTones = [
  "neutral",
  "accent",
  "good",
  "warn",
  "danger",
  "info",
  "scheduled",
  "queued",
  "running",
  "retrying",
  "succeeded",
  "failed",
  "timed-out",
  "cancelled",
  "crashed",
] as const;

export type DataTone = (typeof dataTones)[number];

/** The custom property of the solid colour; the tones without one of their own borrow a near one. */
const variables: Record<DataTone, string> = {
  neutral: "--line-strong",
  accent: "--accent",
  good: "--succeeded",
  warn: "--retrying",
  danger: "--danger",
  info: "--running",
  scheduled: "--scheduled",
  queued: "--queued",
  running: "--running",
  retrying: "--retrying",
  succeeded: "--succeeded",
  failed: "--failed",
  "timed-out": "--timed-out",
  cancelled: "--cancelled",
  crashed: "--crashed",
};

/** `var(--…)` of a tone's solid colour, for `:style` and svg `fill`. */
export function toneColor(tone: DataTone): string {
  return `var(${variables[tone]})`;
}

/** The colour's value right now, for canvases, which know no `var()`. */
export function readTone(tone: DataTone, of: Element = document.documentElement): string {
  return readToken(variables[tone], of);
}

/** The value of a custom property like `--ink-3`; black where it is unknown (a test's document). */
export function readToken(name: string, of: Element = document.documentElement): string {
  return getComputedStyle(of).getPropertyValue(name).trim() || "#000";
}

/** Classes for words in a tone. */
export const toneInk: Record<DataTone, string> = {
  neutral: "text-ink-2",
  accent: "text-accent-ink",
  good: "text-good-ink",
  warn: "text-warn-ink",
  danger: "text-danger-ink",
  info: "text-info-ink",
  scheduled: "text-scheduled-ink",
  queued: "text-queued-ink",
  running: "text-running-ink",
  retrying: "text-retrying-ink",
  succeeded: "text-succeeded-ink",
  failed: "text-failed-ink",
  "timed-out": "text-timed-out-ink",
  cancelled: "text-cancelled-ink",
  crashed: "text-crashed-ink",
};

/** Classes for a solid area in a tone. */
export const toneFill: Record<DataTone, string> = {
  neutral: "bg-line-strong",
  accent: "bg-accent",
  good: "bg-succeeded",
  warn: "bg-retrying",
  danger: "bg-danger",
  info: "bg-running",
  scheduled: "bg-scheduled",
  queued: "bg-queued",
  running: "bg-running",
  retrying: "bg-retrying",
  succeeded: "bg-succeeded",
  failed: "bg-failed",
  "timed-out": "bg-timed-out",
  cancelled: "bg-cancelled",
  crashed: "bg-crashed",
};

/** Classes for a quiet ground in a tone, behind words in its ink. */
export const toneSoft: Record<DataTone, string> = {
  neutral: "bg-sunken",
  accent: "bg-accent-soft",
  good: "bg-good-soft",
  warn: "bg-warn-soft",
  danger: "bg-danger-soft",
  info: "bg-info-soft",
  scheduled: "bg-scheduled-soft",
  queued: "bg-queued-soft",
  running: "bg-running-soft",
  retrying: "bg-retrying-soft",
  succeeded: "bg-succeeded-soft",
  failed: "bg-failed-soft",
  "timed-out": "bg-timed-out-soft",
  cancelled: "bg-cancelled-soft",
  crashed: "bg-crashed-soft",
};
