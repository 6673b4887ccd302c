/** How a style of terminal output looks: classes and custom properties that keep contrast in both themes. */
import type { AnsiColour, AnsiStyle } from "./ansi";

export interface Look {
  classes: string;
  /** Set by `:style`, which the content security policy allows. */
  properties?: Record<string, string>;
}

/** What programs expect of the 16 colours when they paint a background. */
const SIXTEEN = [
  "#1f2328", "#b3261e", "#1a7f37", "#8a6100", "#0b57b8", "#8e3aa6", "#0f6f7c", "#c9ced6",
  "#6e7781", "#d9403a", "#2da44e", "#c08a00", "#3b82e0", "#b45fd0", "#1f95a5", "#ffffff",
] as const; // prettier-ignore

const DARK = "#16181d";
const LIGHT = "#ffffff";
const NO_LOOK: Look = { classes: "" };

/** Without a background the theme decides (`ansi.css`); with one, the pair is made readable here. */
export function lookOf(style: AnsiStyle): Look {
  const words: string[] = [];
  if (style.bold) words.push("font-bold");
  if (style.italic) words.push("italic");
  if (style.underline) words.push("underline");
  if (style.strike) words.push("line-through");
  const { fg, bg } = style;
  const painted = style.inverse ? fg : bg;
  if (style.inverse && fg === undefined && bg === undefined) words.push("ansi-inverse");
  else if (style.inverse || painted !== undefined) return paint(words, style);
  else if (typeof fg === "number") words.push(`ansi-fg-${fg}`);
  else if (typeof fg === "string") {
    words.push("ansi-rgb");
    if (style.dim) words.push("ansi-dim");
    return { classes: words.join(" "), properties: { "--ansi": fg } };
  }
  if (style.dim) words.push(fg === undefined ? "text-ink-3" : "ansi-dim");
  return words.length === 0 ? NO_LOOK : { classes: words.join(" ") };
}

function paint(words: string[], style: AnsiStyle): Look {
  const front = style.inverse ? style.bg : style.fg;
  const back = style.inverse ? style.fg : style.bg;
  if (back === undefined) {
    // Inverse with only a background: that colour writes on the theme's ink.
    return { classes: [...words, "ansi-inverse"].join(" ") };
  }
  const ground = hex(back);
  return {
    classes: words.join(" "),
    properties: {
      backgroundColor: ground,
      color: readable(front === undefined ? null : hex(front), ground),
    },
  };
}

function hex(colour: AnsiColour): string {
  return typeof colour === "string" ? colour : (SIXTEEN[colour] ?? DARK);
}

/** `wish` when it can be read on `ground` (4.5:1), else black or white. */
export function readable(wish: string | null, ground: string): string {
  if (wish !== null && contrast(wish, ground) >= 4.5) return wish;
  return contrast(LIGHT, ground) >= contrast(DARK, ground) ? LIGHT : DARK;
}

/** WCAG 2 contrast of two `#rrggbb`. */
export function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
