/** The small rules: redraws, matching, places, times, following, filters, keys, sizes. */
import { describe, expect, it } from "vitest";

import { EVERYTHING, passes } from "./filtering";
import { followsAfterScroll } from "./following";
import { logKey } from "./keys";
import { marked, matches, patternOf, rangesIn } from "./matching";
import { clockTime, elapsedTime, parseMoment, shownTime } from "./moments";
import { extendPlace, formatPlace, isWithin, parsePlace } from "./places";
import { present, rowOf, textOf } from "./rows";
import type { LogStream } from "./types";

const row = (text: string, stream: LogStream = "stdout") =>
  rowOf({ offset: 0, at: null, stream, text, partial: false });
const shownText = (text: string, redraws = false) =>
  present(row(text), { limit: 100, redraws }).lines.map((spans) =>
    spans.map((s) => s.text).join(""),
  );

describe("carriage returns", () => {
  it.each([
    ["plain", "plain", 0],
    ["windows\r", "windows", 0],
    ["10%\r20%\r30%", "30%", 2],
    ["\r10%\r20%\r", "20%", 1],
    ["done\r\u001b[K", "done", 0],
    ["a\r   \rb", "b", 1],
    ["\r", "", 0],
    ["\r\r\r", "", 0],
    ["", "", 0],
  ])("%j shows %j", (text, shown, redraws) => {
    expect(textOf(row(text))).toBe(shown);
    expect(shownText(text).join("")).toBe(shown);
    expect(present(row(text), { limit: 100, redraws: false }).redraws).toBe(redraws);
  });

  it("all states are there when asked for, with the colours of earlier ones", () => {
    expect(shownText("10%\r20%\r30%", true)).toEqual(["10%", "20%", "30%"]);
    const [last] = present(row("\u001b[32m10%\r20%"), { limit: 100, redraws: false }).lines;
    expect(last).toEqual([{ text: "20%", style: { fg: 2 } }]);
  });

  it("a long line is cut and says by how much", () => {
    const { lines, cut } = present(row("x".repeat(250)), { limit: 100, redraws: false });
    expect([lines[0]?.[0]?.text.length, cut]).toEqual([100, 150]);
  });
});

describe("matching", () => {
  const ranges = (text: string, query: string, regex = false, caseSensitive = false) => {
    const pattern = patternOf({ query, regex, caseSensitive });
    return pattern instanceof RegExp ? rangesIn(text, pattern) : pattern;
  };

  it.each([
    [
      "Error error",
      "error",
      false,
      false,
      [
        [0, 5],
        [6, 11],
      ],
    ],
    ["Error error", "error", false, true, [[6, 11]]],
    ["a.b axb", "a.b", false, false, [[0, 3]]],
    [
      "a.b axb",
      "a.b",
      true,
      false,
      [
        [0, 3],
        [4, 7],
      ],
    ],
    ["a-b [x] {y} /z", "[x] {y} /z", false, false, [[4, 14]]],
    ["x", "y*", true, false, []],
    ["{a}", "{a", true, false, [[0, 2]]],
  ])("in %j for %j", (text, query, regex, caseSensitive, found) => {
    expect(ranges(text, query, regex, caseSensitive)).toEqual(found);
  });

  it("finds the same whatever was sought before", () => {
    const pattern = patternOf({ query: "x", regex: false, caseSensitive: false });
    if (!(pattern instanceof RegExp)) throw new Error("no pattern");
    expect(matches("---x", pattern)).toBe(true);
    expect(rangesIn("x-x", pattern)).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(matches("x", pattern)).toBe(true);
  });

  it("says why a pattern is none", () => {
    expect(ranges("x", "(", true)).toBeInstanceOf(SyntaxError);
    expect(ranges("x", "")).toBeNull();
  });

  it("cuts pieces at the edges and loses nothing", () => {
    const parts = marked(
      [{ text: "abc" }, { text: "def" }, { text: "ghi" }],
      [
        [1, 2],
        [2, 5],
        [8, 9],
      ],
    );
    expect(parts.map((p) => p.text).join("")).toBe("abcdefghi");
    expect(parts.filter((p) => p.hit).map((p) => p.text)).toEqual(["b", "c", "de", "i"]);
  });
});

it("places go into an address and back", () => {
  expect(parsePlace("#at=120")).toEqual({ from: 120, to: 120 });
  expect(parsePlace("#at=90-20")).toEqual({ from: 20, to: 90 });
  expect(parsePlace("#tab=log&at=5")).toEqual({ from: 5, to: 5 });
  for (const bad of ["", "#at=", "#at=x", "#at=-3", "#that=4"]) expect(parsePlace(bad)).toBeNull();
  expect(parsePlace(formatPlace({ from: 3, to: 9 }))).toEqual({ from: 3, to: 9 });
  expect(extendPlace({ from: 10, to: 10 }, 4)).toEqual({ from: 4, to: 10 });
  expect(isWithin({ from: 4, to: 10 }, 11)).toBe(false);
});

describe("times", () => {
  const start = new Date("2026-11-22T13:00:00.250Z");

  it("are shown in the zone, or since the start", () => {
    expect(clockTime(start, "Europe/Berlin")).toBe("14:00:00.250");
    expect(clockTime(start, "Asia/Kathmandu")).toBe("18:45:00.250");
    expect(elapsedTime(new Date(start.getTime() + 3_723_004), start)).toBe("+1:02:03.004");
    expect(elapsedTime(new Date(start.getTime() - 1500), start)).toBe("-0:01.500");
    expect(shownTime(null, "clock", "UTC", start)).toBe("");
    expect(shownTime("2026-11-22T13:00:01.250Z", "elapsed", "UTC", start)).toBe("+0:01.000");
  });

  it.each([
    ["14:05", "2026-11-22T13:05:00.000Z"],
    ["14:05:30", "2026-11-22T13:05:30.000Z"],
    ["13:59", "2026-11-23T12:59:00.000Z"],
    ["2026-07-01 14:05", "2026-07-01T12:05:00.000Z"],
    ["+90", "2026-11-22T13:01:30.250Z"],
    ["+5m", "2026-11-22T13:05:00.250Z"],
    ["2026-11-22T14:00:00+01:00", "2026-11-22T13:00:00.000Z"],
  ])("%s is read", (typed, at) => {
    expect(parseMoment(typed, "Europe/Berlin", start)?.toISOString()).toBe(at);
  });

  it.each(["", "14", "25:00", "14:61", "soon", "+x"])("%j is none", (typed) => {
    expect(parseMoment(typed, "Europe/Berlin", start)).toBeNull();
  });
});

describe("following", () => {
  const base = { view: 500, total: 5000, reachesEnd: true };
  it.each([
    ["scrolling up lets go", { following: true, top: 4000, lastTop: 4500 }, false],
    ["staying at the end stays", { following: true, top: 4500, lastTop: 4500 }, true],
    ["a pixel of rounding stays", { following: true, top: 4499.5, lastTop: 4500.2 }, true],
    ["reaching the end takes hold", { following: false, top: 4497, lastTop: 4400 }, true],
    ["scrolling down short of it does not", { following: false, top: 4300, lastTop: 4200 }, false],
    [
      "nor at the end of what is held only",
      { following: false, top: 4500, lastTop: 4400, reachesEnd: false },
      false,
    ],
  ])("%s", (_, now, follows) => {
    expect(followsAfterScroll({ ...base, ...now })).toBe(follows);
  });
});

it("filters by stream and by words that tell of problems", () => {
  const problems = { ...EVERYTHING, onlyProblems: true };
  expect(passes(row("fine"), EVERYTHING)).toBe(true);
  expect(passes(row("x", "stderr"), { ...EVERYTHING, streams: ["stdout"] })).toBe(false);
  for (const text of [
    "12:00 ERROR x",
    "\u001b[31mWARNING\u001b[0m",
    "ValueError: x",
    "Traceback (most",
  ]) {
    expect(passes(row(text), problems), text).toBe(true);
  }
  for (const text of ["terror", "all good", "errors=0"])
    expect(passes(row(text), problems), text).toBe(false);
});

it("knows its keys", () => {
  const press = (key: string, more = {}) =>
    logKey({ key, ctrlKey: false, metaKey: false, altKey: false, ...more });
  expect([press("j"), press("G"), press("/"), press("x")]).toEqual(["down", "end", "search", null]);
  expect(press("f", { ctrlKey: true })).toBe("search");
  expect(press("g", { ctrlKey: true })).toBeNull();
});
