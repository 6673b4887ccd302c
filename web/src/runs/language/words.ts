/** Splits a filter's text into its words, with their places. */

export interface Part {
  /** Without quotes and their backslashes. */
  value: string;
  from: number;
  to: number;
}

export interface Word {
  from: number;
  to: number;
  /** What stands before the first colon that is not quoted; null without one. */
  key: string | null;
  /** The values after the colon; the word itself without one. */
  parts: Part[];
  /** A quote was opened and not closed. */
  isOpen: boolean;
}

const isSpace = (char: string) => /\s/.test(char);

export function splitWords(text: string): Word[] {
  const words: Word[] = [];
  let at = 0;
  while (at < text.length) {
    if (isSpace(text.charAt(at))) {
      at += 1;
      continue;
    }
    const word = readWord(text, at);
    words.push(word);
    at = word.to;
  }
  return words;
}

function readWord(text: string, from: number): Word {
  const word: Word = { from, to: from, key: null, parts: [], isOpen: false };
  let part: Part = { value: "", from, to: from };
  let wasQuoted = false;
  let at = from;
  for (; at < text.length && !isSpace(text.charAt(at)); at += 1) {
    const char = text.charAt(at);
    if (char === '"') {
      const quoted = readQuoted(text, at);
      part.value += quoted.value;
      word.isOpen ||= quoted.isOpen;
      wasQuoted = true;
      at = quoted.to - 1;
    } else if (char === ":" && word.key === null && !wasQuoted) {
      word.key = part.value;
      part = { value: "", from: at + 1, to: at + 1 };
    } else if (char === "," && word.key !== null) {
      word.parts.push({ ...part, to: at });
      part = { value: "", from: at + 1, to: at + 1 };
    } else part.value += char;
  }
  word.to = at;
  word.parts.push({ ...part, to: at });
  return word;
}

function readQuoted(text: string, from: number): { value: string; to: number; isOpen: boolean } {
  let value = "";
  for (let at = from + 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '"') return { value, to: at + 1, isOpen: false };
    if (char === "\\" && at + 1 < text.length) at += 1;
    value += text.charAt(at);
  }
  return { value, to: text.length, isOpen: true };
}
