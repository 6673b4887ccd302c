import { describe, expect, it } from "vitest";

import {
  type AnsiSpan,
  type AnsiStyle,
  isPlain,
  parseAnsi,
  plainText,
  safeLink,
  START,
} from "./ansi";
import { contrast, lookOf, readable } from "./ansi_look";

const ESC = "\u001b";
const spans = (text: string): AnsiSpan[] => parseAnsi(text)[0];
const seen = (text: string): [string, AnsiStyle][] => spans(text).map((s) => [s.text, s.style]);

describe("SGR", () => {
  it.each<[string, AnsiStyle]>([
    ["31", { fg: 1 }],
    ["1;31", { fg: 1, bold: true }],
    ["97", { fg: 15 }],
    ["100", { bg: 8 }],
    ["38;5;9", { fg: 9 }],
    ["38;5;16", { fg: "#000000" }],
    ["38;5;196", { fg: "#ff0000" }],
    ["38;5;231", { fg: "#ffffff" }],
    ["38;5;244", { fg: "#808080" }],
    ["48;2;1;2;255", { bg: "#0102ff" }],
    ["38:2:1:2:3", { fg: "#010203" }],
    ["38:2::1:2:3", { fg: "#010203" }],
    ["38:5:2", { fg: 2 }],
    ["58;5;3;4", { underline: true }],
    ["4:3", { underline: true }],
    ["4;4:0", {}],
    ["2;3;7;9", { dim: true, italic: true, inverse: true, strike: true }],
    ["1;2;22", {}],
    ["31;39", {}],
    ["41;49", {}],
    ["31;0", {}],
    ["31;", {}],
    ["38;5;999", {}],
    ["38;2;1;2", {}],
    ["38;2;300;0;0", {}],
  ])("%s", (codes, style) => {
    expect(seen(`${ESC}[${codes}mx`)).toEqual([["x", style]]);
  });

  it("goes on over the end of a text", () => {
    const [, state] = parseAnsi(`${ESC}[31mred`);
    expect(parseAnsi("still", state)[0]).toEqual([{ text: "still", style: { fg: 1 } }]);
  });
});

describe("what is not shown", () => {
  it.each([
    ["cursor up", `a${ESC}[2Ab`],
    ["erase line", `a${ESC}[Kb`],
    ["private mode", `a${ESC}[?25lb`],
    ["private m", `a${ESC}[>4;2mb`],
    ["charset", `a${ESC}(Bb`],
    ["keypad", `a${ESC}=b`],
    ["title, BEL", `a${ESC}]0;rm -rf\u0007b`],
    ["title, ST", `a${ESC}]0;rm -rf${ESC}\\b`],
    ["DCS", `a${ESC}Pq#0;2${ESC}\\b`],
    ["APC", `a${ESC}_G123${ESC}\\b`],
    ["C1 CSI", "a\u009b31;0mb"],
    ["bell", "a\u0007b"],
    ["nul and del", "a\u0000\u007fb"],
    ["ESC ESC", `a${ESC}${ESC}[0mb`],
    ["cancelled string", `a${ESC}]0;x\u0018b`],
  ])("%s", (_, text) => {
    expect(plainText(text)).toBe("ab");
  });

  it("an unfinished sequence waits, and one that never ends is shown", () => {
    expect(parseAnsi(`a${ESC}[3`)).toEqual([
      [{ text: "a", style: {} }],
      { style: {}, pending: `${ESC}[3` },
    ]);
    expect(plainText(`${ESC}]0;${"x".repeat(5000)}`)).toHaveLength(5002);
  });

  it("a tab stays, and plain text is known as such", () => {
    expect(isPlain("a\tb äö 漢字 👍")).toBe(true);
    expect(isPlain(`a${ESC}`)).toBe(false);
  });

  it("markup is text", () => {
    const evil = `<img src=x onerror=alert(1)>${ESC}[31m<script>`;
    expect(plainText(evil)).toBe("<img src=x onerror=alert(1)><script>");
  });
});

describe("links", () => {
  it("are kept when they are http or https", () => {
    const text = `${ESC}]8;;https://example.com/a${ESC}\\here${ESC}]8;;${ESC}\\ on`;
    expect(seen(text)).toEqual([
      ["here", { link: "https://example.com/a" }],
      [" on", {}],
    ]);
  });

  it.each([
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "//x",
    "https://",
    " https://x",
  ])("%s is none", (link) => {
    expect(safeLink(link)).toBeNull();
    expect(seen(`${ESC}]8;;${link}\u0007x`)).toEqual([["x", {}]]);
  });
});

it("split at any place, or at any two, gives the same spans", () => {
  const samples = [
    `a${ESC}[1;31mred${ESC}[0m${ESC}[38;5;200mpink${ESC}[48;2;1;2;3mon${ESC}[K`,
    `${ESC}]8;;https://e.org${ESC}\\link${ESC}]8;;\u0007${ESC}(B${ESC}Pdcs${ESC}\\end`,
    `\u009b32mgreen\u009d0;title\u009cx${ESC}]0;cut\u0018y${ESC}${ESC}[4mz`,
    `${ESC}[${"1;".repeat(200)}mlong${ESC}]0;${"t".repeat(40)}`,
  ];
  for (const sample of samples) {
    const whole = parseAnsi(sample);
    for (let i = 0; i <= sample.length; i += 1) {
      const j = Math.min(sample.length, i + ((i * 7) % 11));
      const parts = [sample.slice(0, i), sample.slice(i, j), sample.slice(j)];
      let state = START;
      const joined: AnsiSpan[] = [];
      for (const part of parts) {
        const [found, next] = parseAnsi(part, state);
        state = next;
        for (const span of found) {
          const last = joined.at(-1);
          if (last !== undefined && JSON.stringify(last.style) === JSON.stringify(span.style)) {
            joined[joined.length - 1] = { text: last.text + span.text, style: last.style };
          } else joined.push(span);
        }
      }
      expect([joined, state]).toEqual(whole);
    }
  }
});

describe("how it looks", () => {
  it.each<[AnsiStyle, string]>([
    [{}, ""],
    [{ fg: 1 }, "ansi-fg-1"],
    [{ bold: true, fg: 9 }, "font-bold ansi-fg-9"],
    [{ inverse: true }, "ansi-inverse"],
    [{ dim: true }, "text-ink-3"],
  ])("%o", (style, classes) => {
    expect(lookOf(style).classes).toBe(classes);
  });

  it("a painted background always gets text that can be read", () => {
    for (let n = 0; n < 16; n += 1) {
      for (const fg of [undefined, ...Array(16).keys()]) {
        const { properties } = lookOf(fg === undefined ? { bg: n } : { fg, bg: n });
        const { color = "", backgroundColor = "" } = properties ?? {};
        expect(contrast(color, backgroundColor), `${String(fg)} on ${n}`).toBeGreaterThanOrEqual(
          4.4,
        );
      }
    }
    expect(readable("#777777", "#808080")).not.toBe("#777777");
  });

  it("inverse changes places", () => {
    const { properties } = lookOf({ inverse: true, fg: "#ffff00", bg: "#000000" });
    expect(properties).toEqual({ backgroundColor: "#ffff00", color: "#000000" });
  });
});
