/** A line of arguments as a shell would split it, and back. */

export type Words = { words: string[]; open?: undefined } | { open: '"' | "'" };

/** Words by spaces; quotes and backslashes as in a shell, nothing is expanded. */
export function splitWords(line: string): Words {
  const words: string[] = [];
  let word: string | null = null;
  let quote: '"' | "'" | null = null;
  for (let at = 0; at < line.length; at += 1) {
    const sign = line.charAt(at);
    if (quote !== "'" && sign === "\\" && at + 1 < line.length) {
      at += 1;
      const next = line.charAt(at);
      // Between double quotes a backslash is itself, except before what needs one.
      word = (word ?? "") + (quote === '"' && !'"\\$`'.includes(next) ? `\\${next}` : next);
    } else if (quote) {
      if (sign === quote) quote = null;
      else word = (word ?? "") + sign;
    } else if (sign === '"' || sign === "'") {
      quote = sign;
      word ??= "";
    } else if (/\s/.test(sign)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? "") + sign;
  }
  if (quote) return { open: quote };
  if (word !== null) words.push(word);
  return { words };
}

/** A line that splits into exactly these words. */
export function joinWords(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(" ");
}
