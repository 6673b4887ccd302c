/** A unified diff as lines with their numbers, and as pairs of left and right. */
export interface DiffLine {
  kind: "same" | "added" | "removed" | "gap";
  text: string;
  /** The line's number before and after; null where it does not exist. */
  before: number | null;
  after: number | null;
}

const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/;

/** Reads what `diff -u` and Python's difflib write; the headers go, a hunk's head becomes a gap. */
export function parseDiff(text: string): DiffLine[] {
  const lines: DiffLine[] = [];
  let before = 0;
  let after = 0;
  let inside = false;
  for (const line of text.replace(/\n$/, "").split("\n")) {
    const head = hunk.exec(line);
    if (head) {
      const from = Number(head[1]);
      const skipped = from - Math.max(1, before);
      if (skipped > 0)
        lines.push({ kind: "gap", text: String(skipped), before: null, after: null });
      before = from;
      after = Number(head[2]);
      inside = true;
    } else if (!inside || line.startsWith("\\")) {
      continue;
    } else if (line.startsWith("+")) {
      lines.push({ kind: "added", text: line.slice(1), before: null, after: after++ });
    } else if (line.startsWith("-")) {
      lines.push({ kind: "removed", text: line.slice(1), before: before++, after: null });
    } else {
      lines.push({ kind: "same", text: line.slice(1), before: before++, after: after++ });
    }
  }
  return lines;
}

export interface DiffPair {
  left: DiffLine | null;
  right: DiffLine | null;
}

/** Removed lines stand beside the added ones that replace them. */
export function pairDiff(lines: readonly DiffLine[]): DiffPair[] {
  const pairs: DiffPair[] = [];
  let removed: DiffLine[] = [];
  let added: DiffLine[] = [];
  function flush(): void {
    const count = Math.max(removed.length, added.length);
    for (let index = 0; index < count; index += 1) {
      pairs.push({ left: removed[index] ?? null, right: added[index] ?? null });
    }
    removed = [];
    added = [];
  }
  for (const line of lines) {
    if (line.kind === "removed") {
      if (added.length > 0) flush();
      removed.push(line);
    } else if (line.kind === "added") {
      added.push(line);
    } else {
      flush();
      pairs.push({ left: line, right: line });
    }
  }
  flush();
  return pairs;
}
