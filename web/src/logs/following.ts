/** When the view sticks to the end of a growing log, and when it lets go. Pure. */

/** Nearer than this to the end (px) is at the end. */
export const AT_THE_END = 8;

export interface Scrolled {
  following: boolean;
  /** Where the view is, and where the program last put it. */
  top: number;
  lastTop: number;
  /** Height of the view, and of all that it scrolls over. */
  view: number;
  total: number;
  /** The held lines reach the end of the log. */
  reachesEnd: boolean;
}

/** Whether the view follows after the reader scrolled: up lets go, reaching the end takes hold again. */
export function followsAfterScroll(now: Scrolled): boolean {
  const distance = now.total - now.view - now.top;
  if (now.top < now.lastTop - 1) return now.following && distance <= 1;
  return now.following || (now.reachesEnd && distance <= AT_THE_END);
}
