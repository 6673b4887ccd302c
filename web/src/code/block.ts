/** The metadata block of a script (PEP 723): where it is, and its TOML. */

const OPENING = /^# \/\/\/ script\s*$/;
const CLOSING = /^# \/\/\/\s*$/;
const INSIDE = /^#( .*)?$/;

/** Line numbers from 1, of `# /// script` and of `# ///`. */
export interface Block {
  first: number;
  last: number;
}

/** The block, or null where there is none that is complete. */
export function findBlock(lines: Iterable<string>): Block | null {
  let number = 0;
  let first = 0;
  for (const line of lines) {
    number += 1;
    if (!first) {
      if (OPENING.test(line)) first = number;
    } else if (CLOSING.test(line)) return { first, last: number };
    else if (!INSIDE.test(line.trimEnd())) first = 0;
  }
  return null;
}

/** A line of the block as TOML: without the comment sign and the one space after it. */
export function tomlOf(line: string): string {
  return line.startsWith("# ") ? line.slice(2) : line.replace(/^#/, "");
}
