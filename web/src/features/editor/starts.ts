/** What a new task can begin with. */
import type { ExampleAnswer, ExecutorAnswer } from "@/api/generated";

export type Start =
  | { key: string; kind: "empty" }
  | { key: string; kind: "example"; example: ExampleAnswer }
  | { key: string; kind: "type"; executor: ExecutorAnswer };

/** These come first: they are made to be filled in. */
const TEMPLATES = ["minimal", "steps"];
/** `script` is what all the others here are not; a function is declared in code, not here. */
const NOT_HERE = new Set(["script", "function"]);

export interface Starts {
  templates: Start[];
  examples: Start[];
  types: Start[];
}

export function startsOf(
  examples: readonly ExampleAnswer[],
  executors: readonly ExecutorAnswer[],
): Starts {
  const made = examples.map((example): Start => ({
    key: `example:${example.id}`,
    kind: "example",
    example,
  }));
  const isTemplate = (start: Start) =>
    start.kind === "example" && TEMPLATES.includes(start.example.id);
  return {
    templates: [{ key: "empty", kind: "empty" }, ...made.filter(isTemplate)],
    examples: made.filter((start) => !isTemplate(start)),
    types: executors
      .filter(({ name }) => !NOT_HERE.has(name))
      .map((executor) => ({ key: `type:${executor.name}`, kind: "type", executor })),
  };
}

/** The text that an editor of it starts with. */
export function contentOf(start: Start): string {
  switch (start.kind) {
    case "empty":
      return "";
    case "example":
      return start.example.content;
    case "type":
      return "";
  }
}

/** A name that suggests itself. */
export function nameOf(start: Start, taken: ReadonlySet<string>): string {
  if (start.kind !== "example" || TEMPLATES.includes(start.example.id)) return "";
  const base = start.example.id;
  if (!taken.has(base)) return base;
  let number = 2;
  while (taken.has(`${base}_${String(number)}`)) number += 1;
  return `${base}_${String(number)}`;
}
