/** How long a run will still take, judged by how its progress grew. Pure. */

/** Progress (0 to 100) at a moment (ms since 1970). */
export interface Mark {
  atMs: number;
  progress: number;
}

/** Earlier than this nothing can be said. */
const SURE_AFTER_S = 5;
const SURE_AFTER_PROGRESS = 1;
/** The last minute says more about the rest than the beginning does. */
const RECENT_MS = 60_000;
const RECENT_AT_LEAST_S = 5;

/**
 * Seconds that remain, or null where an honest answer isn't possible: too early, no progress, or
 * later than it should have been over. `marks` are in the order of time, newest last.
 */
export function remainingSeconds(
  marks: readonly Mark[],
  startedMs: number,
  nowMs: number,
): number | null {
  const newest = marks.at(-1);
  if (!newest || newest.progress < SURE_AFTER_PROGRESS || newest.progress >= 100) return null;
  const elapsedS = (newest.atMs - startedMs) / 1000;
  if (elapsedS < SURE_AFTER_S) return null;
  const pace = recentPace(marks, newest) ?? newest.progress / elapsedS;
  if (pace <= 0) return null;
  const left = (100 - newest.progress) / pace - (nowMs - newest.atMs) / 1000;
  return left > 0 ? left : null;
}

/** Progress per second over about the last minute; null where that is too short to tell. */
function recentPace(marks: readonly Mark[], newest: Mark): number | null {
  const first = marks.find(({ atMs }) => newest.atMs - atMs <= RECENT_MS);
  if (!first) return null;
  const seconds = (newest.atMs - first.atMs) / 1000;
  const grown = newest.progress - first.progress;
  return seconds >= RECENT_AT_LEAST_S && grown > 0 ? grown / seconds : null;
}

/** The marks with a new one; progress that falls starts anew, and what is long past is dropped. */
export function withMark(marks: readonly Mark[], mark: Mark): Mark[] {
  const last = marks.at(-1);
  if (last && mark.progress < last.progress) return [mark];
  if (last && mark.progress === last.progress) return [...marks];
  return [...marks.filter(({ atMs }) => mark.atMs - atMs <= RECENT_MS), mark];
}

/** Rounded as far as such a guess deserves: to 5 seconds below a minute, then to 10, then to minutes. */
export function roughly(seconds: number): number {
  const step = seconds < 10 ? 1 : seconds < 60 ? 5 : seconds < 600 ? 10 : 60;
  return Math.max(1, Math.round(seconds / step) * step);
}
