/** Cuts a filter's text at its mistakes, so that they can be marked where they stand. */
import type { FilterProblem } from "@/runs/language";

export interface Piece {
  text: string;
  isWrong: boolean;
}

/** The pieces together are the text. `except`: where somebody is still writing. */
export function markProblems(
  text: string,
  problems: readonly FilterProblem[],
  except: number | null = null,
): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const { from, to } of [...problems].sort((a, b) => a.from - b.from)) {
    if (from < at || (except !== null && from <= except && except <= to)) continue;
    if (from > at) pieces.push({ text: text.slice(at, from), isWrong: false });
    pieces.push({ text: text.slice(from, to), isWrong: true });
    at = to;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), isWrong: false });
  return pieces;
}
