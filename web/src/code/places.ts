/** Where in the TOML of a metadata block a cursor is, as far as that says what may be written there. */

/** `path` is of the table; `typed` what of the word is there already. */
export type Place =
  | { kind: "header"; typed: string }
  | { kind: "key"; path: string[]; typed: string; present: ReadonlySet<string>; inline: boolean }
  | { kind: "value"; path: string[]; key: string; typed: string; inString: boolean };

const HEADER = /^\s*\[{1,2}\s*([^\]]*?)\s*\]{1,2}\s*(#.*)?$/;
const ASSIGNMENT = /^\s*([\w."'-]+)\s*=(.*)$/;

/** The place at the end of the last line; lines are TOML, from the block's first to the cursor. */
export function placeAt(lines: readonly string[], after: readonly string[] = []): Place | null {
  const line = lines.at(-1) ?? "";
  if (/^\s*\[[^\]]*$/.test(line)) return { kind: "header", typed: line.trimStart() };
  const path: string[] = [];
  let present = new Set<string>();
  let open = "";
  for (const earlier of lines.slice(0, -1)) {
    const header = open ? null : HEADER.exec(earlier);
    if (header) {
      path.splice(0, path.length, ...partsOf(header[1] ?? ""));
      present = new Set();
      continue;
    }
    // A value may go on over lines: brackets that are open, or a text of three quotes.
    const whole = open ? `${open}\n${earlier}` : earlier;
    const assignment = ASSIGNMENT.exec(whole.replaceAll("\n", " "));
    if (assignment?.[1]) present.add(partsOf(assignment[1])[0] ?? "");
    open = assignment && isOpen(assignment[2] ?? "") ? whole : "";
  }
  for (const later of after) {
    if (HEADER.test(later)) break;
    const key = ASSIGNMENT.exec(later)?.[1];
    if (key) present.add(partsOf(key)[0] ?? "");
  }
  const text = (open ? `${open}\n${line}` : line).replaceAll("\n", " ");
  const key = /^\s*([\w-]*)$/.exec(text);
  if (key) return { kind: "key", path, typed: key[1] ?? "", present, inline: false };
  const assignment = ASSIGNMENT.exec(text);
  if (!assignment) return null;
  const keys = partsOf(assignment[1] ?? "");
  return inValue(assignment[2] ?? "", [...path, ...keys.slice(0, -1)], keys.at(-1) ?? "");
}

function partsOf(dotted: string): string[] {
  return dotted
    .split(".")
    .map((part) => part.trim().replace(/^["']|["']$/g, ""))
    .filter(Boolean);
}

interface Level {
  path: string[];
  present: Set<string>;
  key: string;
  isTable: boolean;
}

interface Scan {
  levels: Level[];
  /** Unfinished text since the last sign of the grammar. */
  word: string;
  quote: string;
  isComment: boolean;
}

function scan(text: string, path: string[], key: string): Scan {
  const levels: Level[] = [{ path, present: new Set(), key, isTable: false }];
  let [word, quote, isComment] = ["", "", false];
  for (let at = 0; at < text.length && !isComment; at += 1) {
    const sign = text.charAt(at);
    const level = levels.at(-1) as Level;
    if (quote) {
      if (sign === "\\" && quote === '"') at += 1;
      else if (sign === quote) quote = "";
      else word += sign;
      continue;
    }
    if (sign === '"' || sign === "'") [quote, word] = [sign, ""];
    else if (sign === "{" || sign === "[") {
      const inner = level.key ? [...level.path, level.key] : level.path;
      const isTable = sign === "{";
      levels.push({ path: inner, present: new Set(), key: "", isTable });
      word = "";
    } else if (sign === "}" || sign === "]") {
      if (levels.length > 1) levels.pop();
      word = "";
    } else if (sign === ",") {
      if (level.isTable) level.key = "";
      word = "";
    } else if (sign === "=" && level.isTable) {
      level.key = word.trim();
      level.present.add(level.key);
      word = "";
    } else if (sign === "#") isComment = true;
    else word += sign;
  }
  return { levels, word, quote, isComment };
}

const isOpen = (text: string): boolean => {
  const { levels, quote } = scan(text, [], "");
  return levels.length > 1 || (quote !== "" && /"""|'''/.test(text));
};

function inValue(text: string, path: string[], key: string): Place | null {
  const { levels, word, quote, isComment } = scan(text, path, key);
  const level = levels.at(-1) as Level;
  if (isComment) return null;
  if (level.isTable && !level.key) {
    if (quote) return null;
    const { path: own, present } = level;
    return { kind: "key", path: own, typed: word.trimStart(), present, inline: true };
  }
  const named = level.isTable || levels.length === 1 ? level : levels.findLast((one) => one.key);
  if (!named) return null;
  const typed = quote ? word : word.trimStart();
  return { kind: "value", path: named.path, key: named.key, typed, inString: quote !== "" };
}
