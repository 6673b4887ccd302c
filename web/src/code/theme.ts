/** How code looks: the page's tokens, so that light and dark are the same rules. */
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

// A picture in a style sheet (`data:`) is against the content security policy.
const wavy = (color: string) => ({
  backgroundImage: "none",
  textDecoration: `underline wavy ${color} 1px`,
  textUnderlineOffset: "3px",
  textDecorationSkipInk: "none",
});
const marker = (color: string, shape: Record<string, string>) => ({
  content: '""',
  display: "block",
  width: "8px",
  height: "8px",
  margin: "6px auto 0",
  backgroundColor: color,
  ...shape,
});

const frame = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--panel)" },
  // The caret says where the focus is; a text that can't be changed has none.
  "&.cm-editor.cm-focused": { outline: "none" },
  ".cm-content[contenteditable=false]:focus-visible": {
    outline: "2px solid var(--focus)",
    outlineOffset: "-2px",
  },
  ".cm-scroller": {
    fontFamily: "var(--font-mono)",
    fontSize: "0.8125rem",
    lineHeight: "1.25rem",
    overflow: "auto",
  },
  ".cm-content": { caretColor: "var(--ink)", padding: "0.5rem 0" },
  ".cm-line": { padding: "0 0.75rem 0 0.25rem" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground":
    { backgroundColor: "var(--selected)" },
  ".cm-gutters": {
    backgroundColor: "var(--panel)",
    color: "var(--ink-3)",
    border: "none",
    fontVariantNumeric: "tabular-nums",
  },
  ".cm-lineNumbers .cm-gutterElement": { minWidth: "2.25rem", padding: "0 0.25rem 0 0" },
  ".cm-foldGutter .cm-gutterElement": { color: "var(--ink-3)", cursor: "pointer" },
  ".cm-gutter-lint": { width: "1rem" },
  ".cm-activeLine": { backgroundColor: "color-mix(in oklch, var(--hover) 45%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--ink)" },
  "&.cm-focused .cm-matchingBracket": {
    backgroundColor: "var(--accent-soft)",
    outline: "1px solid var(--line-strong)",
  },
  "&.cm-focused .cm-nonmatchingBracket": { backgroundColor: "var(--danger-soft)" },
  ".cm-selectionMatch": { backgroundColor: "var(--accent-soft)" },
  ".cm-searchMatch": { backgroundColor: "var(--warn-soft)", outline: "1px solid var(--retrying)" },
  ".cm-searchMatch-selected": { backgroundColor: "var(--retrying-soft)" },
  ".cm-foldPlaceholder": {
    backgroundColor: "var(--sunken)",
    border: "1px solid var(--line)",
    color: "var(--ink-2)",
    padding: "0 0.375rem",
  },
  ".cm-blockLine": { backgroundColor: "color-mix(in oklch, var(--sunken) 70%, transparent)" },
  ".cm-activeLine.cm-blockLine": { backgroundColor: "var(--hover)" },
});

const panels = EditorView.theme({
  ".cm-panels": { backgroundColor: "var(--sunken)", color: "var(--ink)", fontSize: "0.75rem" },
  ".cm-panels.cm-panels-top": { borderBottom: "1px solid var(--line)" },
  ".cm-panels.cm-panels-bottom": { borderTop: "1px solid var(--line)" },
  ".cm-panel.cm-search": {
    padding: "0.375rem 2rem 0.375rem 0.5rem",
    fontFamily: "var(--font-sans)",
  },
  ".cm-panel.cm-search label": {
    display: "inline-flex",
    alignItems: "center",
    gap: "0.25rem",
    minHeight: "1.5rem",
    fontSize: "0.75rem",
  },
  ".cm-panel.cm-search [name=close]": {
    fontSize: "1rem",
    minWidth: "1.5rem",
    minHeight: "1.5rem",
    top: "0.25rem",
    color: "var(--ink-2)",
  },
  ".cm-textfield": {
    backgroundColor: "var(--panel)",
    color: "var(--ink)",
    border: "1px solid var(--line-strong)",
    borderRadius: "0.25rem",
    padding: "0.125rem 0.375rem",
    minHeight: "1.5rem",
    fontSize: "0.75rem",
  },
  ".cm-button": {
    backgroundImage: "none",
    backgroundColor: "var(--panel)",
    color: "var(--ink)",
    border: "1px solid var(--line-strong)",
    borderRadius: "0.25rem",
    padding: "0.125rem 0.5rem",
    minHeight: "1.5rem",
    fontSize: "0.75rem",
    "&:active": { backgroundImage: "none", backgroundColor: "var(--hover)" },
  },
  ".cm-tooltip": {
    backgroundColor: "var(--raised)",
    color: "var(--ink)",
    border: "1px solid var(--line)",
    borderRadius: "0.375rem",
    boxShadow: "0 8px 24px -6px rgb(0 0 0 / 0.25)",
    fontSize: "0.75rem",
    maxWidth: "min(30rem, calc(100vw - 1rem))",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": {
    fontFamily: "var(--font-mono)",
    maxHeight: "14rem",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": {
    padding: "0.1875rem 0.5rem",
    lineHeight: "1.125rem",
  },
  ".cm-tooltip-autocomplete ul li[aria-selected]": {
    backgroundColor: "var(--accent-soft)",
    color: "var(--ink)",
  },
  ".cm-completionIcon": { display: "none" },
  ".cm-completionDetail": { color: "var(--ink-3)", fontStyle: "normal", marginLeft: "0.75rem" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-tooltip.cm-completionInfo": { padding: "0.375rem 0.5rem", maxWidth: "18rem" },
});

const marks = EditorView.theme({
  ".cm-lintRange-error": wavy("var(--failed)"),
  ".cm-lintRange-warning": wavy("var(--retrying)"),
  ".cm-lintRange-active": { backgroundColor: "var(--warn-soft)" },
  ".cm-lint-marker": { width: "1rem", height: "1.25rem" },
  ".cm-lint-marker-error": marker("var(--failed)", { borderRadius: "50%" }),
  ".cm-lint-marker-warning": marker("var(--retrying)", { transform: "rotate(45deg)" }),
  ".cm-diagnostic": { padding: "0.375rem 0.5rem", whiteSpace: "pre-wrap" },
  ".cm-diagnostic-error": { borderLeft: "3px solid var(--failed)" },
  ".cm-diagnostic-warning": { borderLeft: "3px solid var(--retrying)" },
  ".cm-lintPoint::after": { borderBottomColor: "var(--failed)" },
  ".cm-mergeView, .cm-mergeViewEditors": { height: "100%" },
  "&.cm-merge-a .cm-changedLine, .cm-deletedChunk": { backgroundColor: "var(--danger-soft)" },
  "&.cm-merge-b .cm-changedLine, .cm-inlineChangedLine": { backgroundColor: "var(--good-soft)" },
  "&.cm-merge-a .cm-changedText, .cm-deletedChunk .cm-deletedText": {
    background: "color-mix(in oklch, var(--failed) 22%, transparent)",
  },
  "&.cm-merge-b .cm-changedText": {
    background: "color-mix(in oklch, var(--succeeded) 26%, transparent)",
  },
  // The colours of words are made for the plain ground.
  ".cm-changedText span, .cm-deletedText span": { color: "var(--ink) !important" },
  "&.cm-merge-a .cm-changedLineGutter, .cm-deletedLineGutter": { background: "var(--failed)" },
  "&.cm-merge-b .cm-changedLineGutter": { background: "var(--succeeded)" },
  ".cm-collapsedLines": {
    backgroundImage: "none",
    background: "var(--sunken)",
    color: "var(--ink-2)",
    padding: "0.125rem 0.75rem",
    fontFamily: "var(--font-sans)",
    fontSize: "0.75rem",
    // Its own signs are in few fonts.
    "&:before": { content: '"···"', marginRight: "0.5rem" },
    "&:after": { content: '"···"', marginLeft: "0.5rem" },
  },
});

const colors = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: "var(--scheduled-ink)" },
  { tag: [tags.string, tags.special(tags.string), tags.docString], color: "var(--good-ink)" },
  { tag: tags.escape, color: "var(--warn-ink)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--running-ink)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--ink-3)", fontStyle: "italic" },
  {
    tag: [tags.function(tags.definition(tags.variableName))],
    color: "var(--accent-ink)",
    fontWeight: "600",
  },
  { tag: [tags.definition(tags.className), tags.className], color: "var(--timed-out-ink)" },
  {
    tag: [tags.function(tags.variableName), tags.function(tags.propertyName)],
    color: "var(--accent-ink)",
  },
  { tag: [tags.meta, tags.annotation], color: "var(--warn-ink)" },
  { tag: tags.self, color: "var(--crashed-ink)" },
  { tag: tags.definition(tags.propertyName), color: "var(--accent-ink)" },
  { tag: [tags.operator, tags.punctuation, tags.bracket], color: "var(--ink-2)" },
  { tag: tags.invalid, color: "var(--danger-ink)" },
]);

const block = EditorView.theme({
  ".cm-blockKey": { color: "var(--accent-ink)", fontStyle: "normal" },
  ".cm-blockTable": { color: "var(--scheduled-ink)", fontStyle: "normal", fontWeight: "600" },
  ".cm-blockText": { color: "var(--good-ink)", fontStyle: "normal" },
  ".cm-blockValue": { color: "var(--running-ink)", fontStyle: "normal" },
  // The highlighting of comments is inside of these marks.
  ".cm-blockKey span, .cm-blockTable span, .cm-blockText span, .cm-blockValue span": {
    color: "inherit",
    fontStyle: "inherit",
  },
});

export const look = [frame, panels, marks, block, syntaxHighlighting(colors)];
