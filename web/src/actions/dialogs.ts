/** Which dialog of an act is open: asked for from anywhere, shown once by ActionDialogs. */
import { shallowRef } from "vue";

import type { RunAnswer, TaskAnswer } from "@/api/generated";

import type { Preset } from "./submitting";

export type Asked = { id: number } & (
  | { kind: "run"; task: TaskAnswer; preset?: Preset; answer: (runId: string | undefined) => void }
  | { kind: "rerun"; run: RunAnswer; answer: (runId: string | undefined) => void }
  | { kind: "rename" | "duplicate"; task: TaskAnswer; answer: (id: string | undefined) => void }
  | { kind: "remove"; task: TaskAnswer; answer: (id: string | undefined) => void }
);

/** `Asked` without its answer, each kind by itself. */
export type Question = Asked extends infer One
  ? One extends Asked
    ? Omit<One, "answer" | "id">
    : never
  : never;

export const asked = shallowRef<Asked | null>(null);
let last = 0;

/** Resolves to the id of what was made or changed; undefined when the reader thought better of it. */
export function ask(question: Question): Promise<string | undefined> {
  asked.value?.answer(undefined);
  return new Promise((resolve) => {
    const one = {
      ...question,
      id: (last += 1),
      answer(id: string | undefined) {
        if (asked.value === one) asked.value = null;
        resolve(id);
      },
    } as Asked;
    asked.value = one;
  });
}
