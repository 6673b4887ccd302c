/** The editor's own words, translated: what CodeMirror says, by the message that says it. */
const PHRASES: Readonly<Record<string, string>> = {
  "$ unchanged lines": "unchangedLines",
  "by word": "byWord",
  close: "close",
  Completions: "completions",
  "Control character": "controlCharacter",
  "current match": "currentMatch",
  Diagnostics: "diagnostics",
  Find: "find",
  "Fold line": "foldLine",
  "folded code": "foldedCode",
  "Folded lines": "foldedLines",
  go: "go",
  "Go to line": "goToLine",
  "match case": "matchCase",
  next: "next",
  "No diagnostics": "noDiagnostics",
  "on line": "onLine",
  previous: "previous",
  all: "all",
  regexp: "regexp",
  Replace: "replaceBy",
  replace: "replace",
  "replace all": "replaceAll",
  "replaced $ matches": "replacedMatches",
  "replaced match on line $": "replacedMatch",
  "Revert this chunk": "revertChunk",
  "Selection deleted": "selectionDeleted",
  to: "to",
  unfold: "unfold",
  "Unfold line": "unfoldLine",
  "Unfolded lines": "unfoldedLines",
};

/** `t` gives the words of a message key. */
export function phrases(t: (key: string) => string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(PHRASES).map(([phrase, key]) => [phrase, t(`editor.phrases.${key}`)]),
  );
}
