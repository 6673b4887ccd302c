import { describe, expect, test } from "vitest";

import { STATUS_WORDS, TIME_KEYS, type FilterExpr, type ListKey } from "./grammar";
import { momentOf } from "./moments";
import { parseFilter } from "./parse";
import { filterText, printFilter } from "./print";
import { globMatcher, resolveFilter } from "./resolve";
import { accept, suggest } from "./suggest";

const clock = { now: Date.parse("2026-11-22T12:34:56Z"), zone: "Europe/Berlin" };
const read = (text: string) => parseFilter(text, clock);

/** Numbers that are the same at every run of the test (mulberry32). */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

const ALPHABET = [...'abcZ09-_*.,:"\\ \t/@中文é😀'];

function anything(roll: (below: number) => number): string {
  return Array.from({ length: 1 + roll(8) }, () => ALPHABET[roll(ALPHABET.length)]).join("");
}

function anyFilter(roll: (below: number) => number): FilterExpr {
  const some = <T>(make: () => T) => [...new Set(Array.from({ length: 1 + roll(3) }, make))];
  const lists: FilterExpr["lists"] = {};
  if (roll(2)) lists.status = some(() => STATUS_WORDS[roll(STATUS_WORDS.length)] ?? "failed");
  for (const key of ["task", "queue", "project", "label", "executor", "schedule"] as ListKey[]) {
    if (roll(3) === 0) lists[key] = some(() => anything(roll));
  }
  const times: FilterExpr["times"] = {};
  const moments = ["24h", "7d", "today", "2026-11-01", "2026-11-01T14:00", "2026-11-01T14:00:01Z"];
  for (const key of TIME_KEYS) if (roll(4) === 0) times[key] = moments[roll(6)] ?? "1h";
  return { lists, times, text: roll(2) ? anything(roll) : "" };
}

describe("a printed filter is read as what it was", () => {
  test.each(Array.from({ length: 40 }, (_, seed) => seed))("seed %d", (seed) => {
    const roll = dice(seed);
    for (let round = 0; round < 50; round += 1) {
      const expr = anyFilter(roll);
      const text = printFilter(expr);
      expect(read(text), text).toEqual({ expr, problems: [] });
      // And once printed it stays as it is.
      expect(printFilter(read(text).expr)).toBe(text);
    }
  });

  test("any text at all is read without throwing, with its mistakes inside of it", () => {
    const roll = dice(99);
    for (let round = 0; round < 2_000; round += 1) {
      const text = Array.from({ length: 4 }, () => anything(roll)).join(" ");
      for (const { from, to } of read(text).problems) {
        expect(0 <= from && from < to && to <= text.length, text).toBe(true);
      }
    }
  });
});

describe("what is written", () => {
  test.each([
    ["status:failed,crashed", { lists: { status: ["failed", "crashed"] } }],
    ["Status:FAILED,timed-out", { lists: { status: ["failed", "timed_out"] } }],
    ["task:a task:b,a", { lists: { task: ["a", "b"] } }],
    ["connection  reset", { text: "connection reset" }],
    ['"connection  reset: x"', { text: "connection  reset: x" }],
    ['task:"a b","c,d" rest', { lists: { task: ["a b", "c,d"] }, text: "rest" }],
    [
      "since:24h one until:2026-11-01 two",
      {
        times: { since: "24h", until: "2026-11-01" },
        text: "one two",
      },
    ],
    ["finished:2026-11-01T14:00:00+01:00", { times: { finished: "2026-11-01T14:00:00+01:00" } }],
  ])("%s", (text, expected) => {
    expect(read(text)).toEqual({
      expr: { lists: {}, times: {}, text: "", ...expected },
      problems: [],
    });
  });

  test.each([
    ["colour:red", "unknownKey", "colour:red"],
    ["x -status:failed", "negation", "-status:failed"],
    ["status:", "noValue", "status:"],
    ["status:failed,", "noValue", "status:failed,"],
    ["status:failed,odd", "unknownStatus", "odd"],
    ["since:soon", "badTime", "soon"],
    ["since:2026-02-30", "badTime", "2026-02-30"],
    ["since:1h since:2h", "manyTimes", "since:2h"],
    ['a "b c', "openQuote", '"b c'],
  ])("%s: %s at %s", (text, code, word) => {
    const { problems } = read(text);
    expect(problems).toMatchObject([{ code, word }]);
    expect(text.slice(problems[0]?.from, problems[0]?.to)).toBe(word);
  });
});

test.each([
  ["24h", "2026-11-21T12:34:00.000Z"],
  ["15m", "2026-11-22T12:19:00.000Z"],
  ["2w", "2026-11-08T12:34:00.000Z"],
  ["today", "2026-11-21T23:00:00.000Z"],
  ["yesterday", "2026-11-20T23:00:00.000Z"],
  ["2026-07-01", "2026-06-30T22:00:00.000Z"],
  ["2026-11-01T14:00", "2026-11-01T13:00:00.000Z"],
  ["2026-11-01T14:00Z", "2026-11-01T14:00:00.000Z"],
])("%s is the moment %s", (text, instant) => {
  expect(new Date(momentOf(text, clock) ?? 0).toISOString()).toBe(instant);
});

test("the API is asked for what was meant", () => {
  const { expr } = read("status:bad,running task:crawl*,one since:1h label:a,b net");
  expect(resolveFilter(expr, clock, ["crawl-a", "one"])).toEqual({
    status: ["failed", "timed_out", "crashed", "running"],
    task_id: ["one", "crawl-a"],
    label: ["a", "b"],
    since: "2026-11-22T11:34:00.000Z",
    q: "net",
  });
  // A pattern without a task must not become a filter without tasks.
  expect(resolveFilter(read("task:none*").expr, clock).task_id).toEqual(["none*"]);
});

test("a filter of the API has a text that means it", () => {
  const text = filterText({
    task_id: ["a b"],
    status: ["live"],
    finished_since: "2026-11-01T00:00:00Z",
  });
  expect(text).toBe('status:live task:"a b" finished:2026-11-01T00:00:00Z');
});

test("a star stands for any characters, and nothing else does", () => {
  expect(["crawl", "crawl.a", "xcrawl"].filter(globMatcher("crawl*"))).toEqual([
    "crawl",
    "crawl.a",
  ]);
  expect(["a.b", "axb"].filter(globMatcher("a.*"))).toEqual(["a.b"]);
});

describe("suggestions", () => {
  const facts = {
    task: [{ value: "crawl-site" }, { value: "report" }, { value: "site map" }],
    queue: [{ value: "gpu", count: 3 }],
  };
  const offered = (text: string, caret = text.length) =>
    suggest(text, caret, facts).items.map(({ key, value }) => (value ? `${key}:${value}` : key));

  test.each([
    ["", undefined, "status"],
    ["st", undefined, "status"],
    ["status:fa", undefined, "status:failed"],
    ["task:site", undefined, "task:site map"],
    ["queue:", undefined, "queue:gpu"],
    ["since:", undefined, "since:15m"],
    ["gp", undefined, "queue:gpu"],
    ["status:failed task:re more", 21, "task:report"],
  ])("%s at %s offers %s first", (text, caret, first) => {
    expect(offered(text, caret)[0]).toBe(first);
  });

  test("values that stand there already are not offered again", () => {
    expect(offered("status:failed,")).not.toContain("status:failed");
  });

  test.each([
    ["st", "status:", 7],
    ["status:fa", "status:failed ", 14],
    ["status:failed,cra", "status:failed,crashed ", 22],
    ["task:site", 'task:"site map" ', 16],
    ["gp", "queue:gpu ", 10],
  ])("%s becomes %s", (text, after, caret) => {
    const completion = suggest(text, text.length, facts);
    const [first] = completion.items;
    expect(first && accept(text, completion, first)).toEqual({ text: after, caret });
  });

  test("what follows the caret's word stays", () => {
    const completion = suggest("que failed", 3, facts);
    const [first] = completion.items;
    expect(first && accept("que failed", completion, first)).toEqual({
      text: "queue: failed",
      caret: 6,
    });
  });
});
