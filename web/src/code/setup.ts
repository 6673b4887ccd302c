/** The editor's parts put together: languages, keys, marks, completion, looks. */
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  type CompletionSource,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python, pythonLanguage } from "@codemirror/lang-python";
import {
  bracketMatching,
  foldGutter,
  foldKeymap,
  indentOnInput,
  indentUnit,
} from "@codemirror/language";
import { lintGutter, lintKeymap } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  dropCursor,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";

import { blockMarks } from "./blockMarks";
import { json } from "./json";
import { phrases } from "./phrases";
import { look } from "./theme";

export type CodeLanguage = "python" | "json";

export interface Surroundings {
  /** Names the editor for screen readers. */
  label: string;
  language: CodeLanguage;
  /** Of the page's content security policy. */
  nonce: string | undefined;
  t: (key: string) => string;
}

/** What an editor and each side of a comparison have in common. */
export function basics({ label, language, nonce, t }: Surroundings): Extension[] {
  return [
    nonce ? EditorView.cspNonce.of(nonce) : [],
    EditorState.phrases.of(phrases(t)),
    // A text that is only read must be reachable by keys, too, to scroll and to copy.
    EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", tabindex: "0" }),
    lineNumbers(),
    highlightSpecialChars(),
    drawSelection(),
    bracketMatching(),
    indentUnit.of(language === "python" ? "    " : "  "),
    EditorState.tabSize.of(4),
    language === "python" ? [python(), blockMarks] : json,
    look,
  ];
}

export const readOnly: Extension = [
  EditorState.readOnly.of(true),
  EditorView.editable.of(false),
  keymap.of([...defaultKeymap, ...searchKeymap]),
  search({ top: true }),
];

/** What a text needs to be written. */
export function writing(): Extension[] {
  return [
    history(),
    indentOnInput(),
    closeBrackets(),
    dropCursor(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSelectionMatches({ minSelectionLength: 2 }),
    search({ top: true }),
    keymap.of([
      ...closeBracketsKeymap,
      ...defaultKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...foldKeymap,
      ...completionKeymap,
      ...lintKeymap,
      // Esc, then Tab leaves the editor: CodeMirror lets one Tab through after Esc.
      indentWithTab,
    ]),
  ];
}

export function folding(): Extension {
  return foldGutter({
    markerDOM(open) {
      const sign = document.createElement("span");
      sign.textContent = open ? "⌄" : "›";
      sign.setAttribute("aria-hidden", "true");
      return sign;
    },
  });
}

export const problemGutter: Extension = lintGutter();

/** Python's own words stay; the block's are added. */
export function completing(block: CompletionSource): Extension {
  return [
    autocompletion({ icons: false, maxRenderedOptions: 60 }),
    pythonLanguage.data.of({ autocomplete: block }),
  ];
}
