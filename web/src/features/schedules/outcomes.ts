/** What became of planned fires, as marks: the run's end where there is one, else the decision. */
import type { OutcomeAnswer } from "@/api/generated";
import { LOOKS } from "@/domain/status";
import { decisionLook } from "@/scheduling";
import type { DataTone } from "@/ui";

export function toneOf(one: OutcomeAnswer): DataTone {
  return one.status ? LOOKS[one.status].tone : decisionLook(one.decision).tone;
}

/** The message key of the word for it. */
export function wordKeyOf(one: OutcomeAnswer): string {
  return one.status ? `domain.status.${one.status}` : `scheduling.decision.${one.decision}`;
}

export interface Tally {
  tone: DataTone;
  key: string;
  count: number;
}

const BAD: ReadonlySet<DataTone> = new Set(["failed", "crashed", "timed-out"]);

/** How many there are of each kind: what went wrong first, then the most frequent. */
export function tallied(outcomes: readonly OutcomeAnswer[]): Tally[] {
  const found = new Map<string, Tally>();
  for (const one of outcomes) {
    const key = wordKeyOf(one);
    const tally = found.get(key) ?? { tone: toneOf(one), key, count: 0 };
    tally.count += one.count;
    found.set(key, tally);
  }
  return [...found.values()].sort(
    (a, b) => Number(BAD.has(b.tone)) - Number(BAD.has(a.tone)) || b.count - a.count,
  );
}
