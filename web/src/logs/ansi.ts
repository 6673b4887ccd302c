/** Reads terminal output: text becomes styled spans, every control sequence becomes invisible.
 *
 * ansi_up is not used because it only gives HTML. What is split anywhere gives the same spans: an
 * unfinished sequence waits in the state. Nothing here can make markup; a link is only kept when it
 * is http or https.
 */

/** A colour: 0-15 of the theme, or `#rrggbb`. */
export type AnsiColour = number | string;

export interface AnsiStyle {
  readonly fg?: AnsiColour;
  readonly bg?: AnsiColour;
  readonly bold?: true;
  readonly dim?: true;
  readonly italic?: true;
  readonly underline?: true;
  readonly strike?: true;
  readonly inverse?: true;
  readonly link?: string;
}

export interface AnsiSpan {
  readonly text: string;
  readonly style: AnsiStyle;
}

export interface AnsiState {
  readonly style: AnsiStyle;
  /** The beginning of a sequence whose end has not come. */
  readonly pending: string;
}

export const PLAIN: AnsiStyle = Object.freeze({});
export const START: AnsiState = Object.freeze({ style: PLAIN, pending: "" });

/** A string sequence (title, link) that is longer than this is none, and is shown as text. */
const LONGEST_STRING = 4096;
const LONGEST_CSI = 256;
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/;
const STRING_END = /\u0007|\u001b|\u009c|\u0018|\u001a/g;
const INTRODUCER = /[\u001b\u009b\u009d]/;
const ESC = "\u001b";

/** Whether a text has anything to interpret; most lines have not. */
export function isPlain(text: string): boolean {
  return !CONTROL.test(text);
}

/** The spans of `text` after `state`, and the state behind it. Neighbours differ in style. */
export function parseAnsi(text: string, state: AnsiState = START): [AnsiSpan[], AnsiState] {
  const spans: AnsiSpan[] = [];
  const input = state.pending + text;
  let style = state.style;
  let at = 0;
  while (at < input.length) {
    const rest = at === 0 ? input : input.slice(at);
    const found = rest.search(CONTROL);
    if (found !== 0) {
      push(spans, found < 0 ? rest : rest.slice(0, found), style);
      if (found < 0) break;
      at += found;
    }
    const sequence = readSequence(input, at);
    if (sequence === null) return [spans, { style, pending: input.slice(at) }];
    if (sequence.sgr !== undefined) style = applySgr(style, sequence.sgr);
    if (sequence.osc !== undefined) style = applyOsc(style, sequence.osc);
    at = sequence.end;
  }
  return [spans, style === PLAIN ? START : { style, pending: "" }];
}

/** The text as a reader sees it. */
export function plainText(text: string): string {
  if (isPlain(text)) return text;
  return parseAnsi(text)[0]
    .map((span) => span.text)
    .join("");
}

/** The state behind a piece of a line. */
export function stateAfter(text: string, state: AnsiState): AnsiState {
  if (state.pending === "" && !INTRODUCER.test(text)) return state;
  return parseAnsi(text, state)[1];
}

/** The style at the end of a line: what is unfinished there ends with the line. */
export function styleAfter(text: string, style: AnsiStyle): AnsiStyle {
  return INTRODUCER.test(text) ? parseAnsi(text, { style, pending: "" })[1].style : style;
}

export function sameStyle(a: AnsiStyle, b: AnsiStyle): boolean {
  return (
    a === b ||
    (a.fg === b.fg &&
      a.bg === b.bg &&
      a.bold === b.bold &&
      a.dim === b.dim &&
      a.italic === b.italic &&
      a.underline === b.underline &&
      a.strike === b.strike &&
      a.inverse === b.inverse &&
      a.link === b.link)
  );
}

function push(spans: AnsiSpan[], text: string, style: AnsiStyle): void {
  const last = spans.at(-1);
  if (last !== undefined && sameStyle(last.style, style)) {
    spans[spans.length - 1] = { text: last.text + text, style };
  } else {
    spans.push({ text, style });
  }
}

interface Sequence {
  end: number;
  sgr?: string;
  osc?: string;
}

/** The control character or sequence at `at`; null when its end has not come yet. */
function readSequence(input: string, at: number): Sequence | null {
  let code = input.charCodeAt(at);
  let next = at + 1;
  if (code === 0x1b) {
    if (next >= input.length) return null;
    code = input.charCodeAt(next) + 0x40; // ESC [ is the same as the one character 0x9b
    next += 1;
  } else if (code < 0x80) {
    return { end: next };
  }
  switch (code) {
    case 0x9b:
      return readCsi(input, next);
    case 0x9d:
      return readString(input, next, true);
    case 0x90: // DCS
    case 0x98: // SOS
    case 0x9e: // PM
    case 0x9f: // APC
      return readString(input, next, false);
    default:
      return input[at] === ESC ? readEscape(input, at + 1) : { end: next };
  }
}

/** ESC, any intermediates, one final character. Anything else ends it and is read anew. */
function readEscape(input: string, at: number): Sequence | null {
  let end = at;
  while (end < input.length && isBetween(input, end, 0x20, 0x2f)) {
    end += 1;
    if (end - at > LONGEST_CSI) return { end };
  }
  if (end >= input.length) return null;
  return { end: isBetween(input, end, 0x30, 0x7e) ? end + 1 : end };
}

function readCsi(input: string, at: number): Sequence | null {
  let end = at;
  while (end < input.length && isBetween(input, end, 0x20, 0x3f)) {
    end += 1;
    if (end - at > LONGEST_CSI) return { end };
  }
  if (end >= input.length) return null;
  if (!isBetween(input, end, 0x40, 0x7e)) return { end };
  const parameters = input.slice(at, end);
  if (input[end] === "m" && /^[\d;:]*$/.test(parameters)) return { end: end + 1, sgr: parameters };
  return { end: end + 1 };
}

/** Up to BEL or ST. What cancels it, or makes it too long, drops only its introducer. */
function readString(input: string, at: number, isOsc: boolean): Sequence | null {
  STRING_END.lastIndex = at;
  const found = STRING_END.exec(input);
  if (found === null || found.index - at > LONGEST_STRING) {
    return found === null && input.length - at <= LONGEST_STRING ? null : { end: at };
  }
  const body = isOsc ? { osc: input.slice(at, found.index) } : {};
  const mark = found[0];
  if (mark !== ESC)
    return { end: found.index + 1, ...(mark < "\u0018" || mark === "\u009c" ? body : {}) };
  const after = input[found.index + 1];
  if (after === undefined) return null;
  return after === "\\" ? { end: found.index + 2, ...body } : { end: found.index };
}

function isBetween(input: string, at: number, low: number, high: number): boolean {
  const code = input.charCodeAt(at);
  return code >= low && code <= high;
}

/** OSC 8 opens and closes links; everything else (titles ...) is nothing to a log. */
function applyOsc(style: AnsiStyle, body: string): AnsiStyle {
  const match = /^8;[^;]*;(.*)$/su.exec(body);
  if (match === null) return style;
  const draft: Draft = { ...style };
  const target = safeLink(match[1] ?? "");
  if (target === null) delete draft.link;
  else draft.link = target;
  return normal(draft);
}

/** The address, when it is one that is safe to open. */
export function safeLink(text: string): string | null {
  if (!/^https?:\/\//i.test(text)) return null;
  try {
    const url = new URL(text);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
  } catch {
    return null; // not an address: shown as text
  }
}

type Draft = { -readonly [K in keyof AnsiStyle]: AnsiStyle[K] };

function applySgr(style: AnsiStyle, parameters: string): AnsiStyle {
  const draft: Draft = { ...style };
  const codes = parameters.split(";");
  for (let i = 0; i < codes.length; i += 1) {
    const [code = 0, ...subs] = (codes[i] ?? "").split(":").map(Number);
    if (code === 38 || code === 48 || code === 58) {
      const [colour, used] = subs.length > 0 ? [subColour(subs), 0] : listColour(codes, i + 1);
      i += used;
      if (colour !== null && code !== 58) draft[code === 38 ? "fg" : "bg"] = colour;
    } else {
      applyCode(draft, code, subs);
    }
  }
  return normal(draft);
}

function applyCode(draft: Draft, code: number, subs: readonly number[]): void {
  const link = draft.link;
  if (code === 0) {
    for (const key of Object.keys(draft) as (keyof Draft)[]) Reflect.deleteProperty(draft, key);
    if (link !== undefined) draft.link = link;
  } else if (code === 1) draft.bold = true;
  else if (code === 2) draft.dim = true;
  else if (code === 3) draft.italic = true;
  else if (code === 4 && subs[0] !== 0) draft.underline = true;
  else if (code === 21) draft.underline = true;
  else if (code === 4 || code === 24) delete draft.underline;
  else if (code === 7) draft.inverse = true;
  else if (code === 9) draft.strike = true;
  else if (code === 22) {
    delete draft.bold;
    delete draft.dim;
  } else if (code === 23) delete draft.italic;
  else if (code === 27) delete draft.inverse;
  else if (code === 29) delete draft.strike;
  else if (code >= 30 && code <= 37) draft.fg = code - 30;
  else if (code === 39) delete draft.fg;
  else if (code >= 40 && code <= 47) draft.bg = code - 40;
  else if (code === 49) delete draft.bg;
  else if (code >= 90 && code <= 97) draft.fg = code - 82;
  else if (code >= 100 && code <= 107) draft.bg = code - 92;
}

/** `5;n` or `2;r;g;b`, and how many parameters that were. */
function listColour(codes: readonly string[], at: number): [AnsiColour | null, number] {
  const kind = Number(codes[at]);
  if (kind === 5) return [indexed(Number(codes[at + 1])), 2];
  if (kind === 2) return [rgb(codes.slice(at + 1, at + 4).map(Number)), 4];
  return [null, 1];
}

/** `38:5:n`, `38:2:r:g:b` and, with the colour space, `38:2::r:g:b`. */
function subColour(subs: readonly number[]): AnsiColour | null {
  if (subs[0] === 5) return indexed(subs[1] ?? NaN);
  if (subs[0] === 2) return rgb(subs.slice(subs.length > 4 ? 2 : 1, subs.length > 4 ? 5 : 4));
  return null;
}

const LEVELS = [0, 95, 135, 175, 215, 255];

/** One of 256: the theme's 16, a cube of 6 levels each, 24 greys. */
function indexed(n: number): AnsiColour | null {
  if (!Number.isInteger(n) || n < 0 || n > 255) return null;
  if (n < 16) return n;
  if (n > 231) return rgb(Array<number>(3).fill(8 + (n - 232) * 10));
  const cube = n - 16;
  return rgb([36, 6, 1].map((step) => LEVELS[Math.floor(cube / step) % 6] ?? 0));
}

function rgb(parts: readonly number[]): string | null {
  if (parts.length !== 3 || parts.some((part) => !(part >= 0 && part <= 255))) return null;
  return `#${parts.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;
}

function normal(style: AnsiStyle): AnsiStyle {
  return Object.keys(style).length === 0 ? PLAIN : style;
}
