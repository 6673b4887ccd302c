/** What is wrong in a text, as marks of the editor. */
import type { Diagnostic } from "@codemirror/lint";
import type { Text } from "@codemirror/state";

/** Lines and columns from 1. A problem without a line is of the whole text and has no mark. */
export interface CodeProblem {
  line: number | null;
  column: number | null;
  severity: "error" | "warning";
  message: string;
  hint: string | null;
}

/** The place in the text; of lines that are not there any more the nearest. */
export function offsetOf(doc: Text, line: number, column: number | null): number {
  const found = doc.line(Math.max(1, Math.min(line, doc.lines)));
  return Math.min(found.from + Math.max(0, (column ?? 1) - 1), found.to);
}

export function diagnosticsOf(doc: Text, problems: readonly CodeProblem[]): Diagnostic[] {
  return problems.flatMap((problem) => {
    if (problem.line === null) return [];
    const from = offsetOf(doc, problem.line, problem.column);
    const line = doc.lineAt(from);
    // A whole setting is marked, else the word at the place.
    const rest = line.text.slice(from - line.from);
    const word = /^[\w.-]+(?:\s*=.*)?|^\S+/.exec(rest)?.[0].trimEnd() ?? "";
    const message = problem.hint ? `${problem.message}\n${problem.hint}` : problem.message;
    const { severity } = problem;
    return [{ from, to: Math.min(line.to, from + Math.max(1, word.length)), severity, message }];
  });
}
