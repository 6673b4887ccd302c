/** A soft ground for each tone, with ink that can be read on it: badges, banners, chips. */
import type { DataTone } from "./tones";

export type Tone = DataTone;

export const softTone: Record<Tone, string> = {
  neutral: "bg-hover text-ink-2",
  accent: "bg-accent-soft text-accent-ink",
  info: "bg-info-soft text-info-ink",
  good: "bg-good-soft text-good-ink",
  warn: "bg-warn-soft text-warn-ink",
  danger: "bg-danger-soft text-danger-ink",
  scheduled: "bg-scheduled-soft text-scheduled-ink",
  queued: "bg-queued-soft text-queued-ink",
  running: "bg-running-soft text-running-ink",
  retrying: "bg-retrying-soft text-retrying-ink",
  succeeded: "bg-succeeded-soft text-succeeded-ink",
  failed: "bg-failed-soft text-failed-ink",
  "timed-out": "bg-timed-out-soft text-timed-out-ink",
  cancelled: "bg-cancelled-soft text-cancelled-ink",
  crashed: "bg-crashed-soft text-crashed-ink",
};
