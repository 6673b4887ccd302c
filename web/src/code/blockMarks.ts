/** Colours the TOML of the metadata block, which to Python is one long comment. */
import { RangeSetBuilder } from "@codemirror/state";
import {
  Decoration,
  ViewPlugin,
  type DecorationSet,
  type EditorView,
  type ViewUpdate,
} from "@codemirror/view";

import { findBlock, type Block } from "./block";

export type TomlKind = "Key" | "Table" | "Text" | "Value";
export interface TomlPart {
  from: number;
  to: number;
  kind: TomlKind;
}

const PARTS =
  /(?<Table>^\s*\[.*?\]+(?=\s*(?:#|$)))|(?<note>#.*$)|(?<Key>[\w-]+(?:\.[\w-]+)*(?=\s*=))|(?<Text>"(?:\\.|[^"\\])*"?|'[^']*'?)|(?<Value>\b(?:true|false)\b|[+-]?\b\d[\w.:+-]*)/g;

/** The parts of one line of TOML that have a colour of their own. */
export function tomlParts(line: string): TomlPart[] {
  const found: TomlPart[] = [];
  for (const match of line.matchAll(PARTS)) {
    const kind = (["Table", "Key", "Text", "Value"] as const).find((one) => match.groups?.[one]);
    if (kind) found.push({ from: match.index, to: match.index + match[0].length, kind });
  }
  return found;
}

const line = Decoration.line({ class: "cm-blockLine" });
const marks = {
  Key: Decoration.mark({ class: "cm-blockKey" }),
  Table: Decoration.mark({ class: "cm-blockTable" }),
  Text: Decoration.mark({ class: "cm-blockText" }),
  Value: Decoration.mark({ class: "cm-blockValue" }),
};

class BlockMarks {
  decorations: DecorationSet;
  #block: Block | null;

  constructor(view: EditorView) {
    this.#block = findBlock(view.state.doc.iterLines());
    this.decorations = this.#drawn(view);
  }

  update(update: ViewUpdate): void {
    if (update.docChanged) this.#block = findBlock(update.state.doc.iterLines());
    if (update.docChanged || update.viewportChanged) this.decorations = this.#drawn(update.view);
  }

  #drawn(view: EditorView): DecorationSet {
    const builder = new RangeSetBuilder<Decoration>();
    const { doc } = view.state;
    const block = this.#block;
    if (!block) return builder.finish();
    const first = Math.max(block.first, doc.lineAt(view.viewport.from).number);
    const last = Math.min(block.last, doc.lineAt(view.viewport.to).number);
    for (let number = first; number <= last; number += 1) {
      const { from, text } = doc.line(number);
      builder.add(from, from, line);
      if (number === block.first || number === block.last) continue;
      const skipped = text.startsWith("# ") ? 2 : 1;
      for (const part of tomlParts(text.slice(skipped))) {
        builder.add(from + skipped + part.from, from + skipped + part.to, marks[part.kind]);
      }
    }
    return builder.finish();
  }
}

export const blockMarks = ViewPlugin.fromClass(BlockMarks, {
  decorations: (plugin) => plugin.decorations,
});
