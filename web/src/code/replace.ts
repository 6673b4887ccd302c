/** The smallest single change that makes one text of another, so that cursor and folds stay. */

export interface Replacement {
  from: number;
  to: number;
  insert: string;
}

export function replacement(before: string, after: string): Replacement | null {
  if (before === after) return null;
  const most = Math.min(before.length, after.length);
  let from = 0;
  while (from < most && before.charCodeAt(from) === after.charCodeAt(from)) from += 1;
  let kept = 0;
  while (
    kept < most - from &&
    before.charCodeAt(before.length - 1 - kept) === after.charCodeAt(after.length - 1 - kept)
  ) {
    kept += 1;
  }
  return { from, to: before.length - kept, insert: after.slice(from, after.length - kept) };
}
