import { describe, expect, it } from "vitest";

import type { ErrorAnswer } from "@/api/generated";
import { i18n } from "@/i18n";

import { commandLine } from "./arguments";
import { plainDuration } from "./durations";
import { exitOf, signalOf } from "./exits";
import { hintsOf } from "./hints";
import { makeAttempt, makeRun, spec } from "./making";
import { tabOf, tabQuery } from "./tabs";
import { fold, parseTraceback } from "./traceback";
import { unitFor } from "./units";
import { waitLook } from "./waiting";

describe("exit codes and signals in words", () => {
  it.each([
    [0, null, "exit 0", "ok"],
    [1, null, "exit 1", null],
    [2, null, "exit 2", "usage"],
    [127, null, "exit 127", "notFound"],
    [137, null, "exit 137", "killed"],
    [139, null, "exit 139", "segfault"],
    [200, null, "exit 200", null],
    [null, 9, "SIGKILL", "killed"],
    [null, 15, "SIGTERM", "terminated"],
    [null, 63, "signal 63", "signalled"],
    [null, null, null, null],
  ])("%s, %s: %s", (exit_code, signal, text, meaning) => {
    expect(exitOf({ exit_code, signal })).toEqual({ text, meaning });
    if (meaning) expect(i18n.global.te(`run.exit.${meaning}`)).toBe(true);
  });

  it("sees through the code of a shell", () => {
    expect(signalOf({ exit_code: 143, signal: null })).toBe(15);
    expect(signalOf({ exit_code: 128, signal: null })).toBeNull();
    expect(signalOf({ exit_code: 255, signal: null })).toBeNull();
  });
});

describe("what may help", () => {
  const error = (type: string): ErrorAnswer => ({
    type,
    message: "",
    traceback: null,
    retry: null,
  });
  const keys = (type: string, attempt = {}) =>
    hintsOf(
      makeRun({ status: "failed", error: error(type) }),
      makeAttempt({ exit_code: 1, ...attempt }),
    ).map(({ key }) => key);

  it.each([
    ["timeout", {}, ["timeout"]],
    ["memory_limit", {}, ["memoryLimit", "memoryCurve"]],
    ["killed", { exit_code: null, signal: 9 }, ["killed", "limitMemory"]],
    ["exit_code", { exit_code: 137 }, ["killed", "limitMemory"]],
    ["exit_code", { exit_code: 2 }, ["usage"]],
    ["exit_code", { exit_code: 3 }, ["exitCode"]],
    ["signal", { exit_code: null, signal: 11 }, ["native"]],
    ["supervisor_lost", {}, ["supervisorLost", "retry"]],
    ["ModuleNotFoundError", {}, ["import"]],
    ["requests.exceptions.ConnectionError", {}, ["passing"]],
    ["ReadTimeout", {}, ["passing"]],
    ["ValueError", {}, []],
  ])("%s %o: %o", (type, attempt, expected) => {
    expect(keys(type, attempt)).toEqual(expected);
    for (const key of expected) expect(i18n.global.te(`run.hint.${key}`), key).toBe(true);
  });

  it("does not advise retries where there are some", () => {
    const retry = { ...spec.retry, retries: 3 };
    const run = makeRun({ error: error("zygote_lost"), spec: { ...spec, retry } });
    expect(hintsOf(run, undefined).map(({ key }) => key)).toEqual(["zygoteLost"]);
  });
});

describe("a traceback taken apart", () => {
  const TEXT = `Traceback (most recent call last):
  File "/srv/tasks/a.py", line 13, in <module>
    main()
    ~~~~^^
  File "/usr/lib/python3.12/json/__init__.py", line 1, in loads
    return x
  File "/srv/.venv/lib/python3.12/site-packages/q/w.py", line 2, in go
  [Previous line repeated 990 more times]
ValueError: first line
second line

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "<string>", line 1
    x = = 1
SyntaxError: no
`;

  it("knows frames, foreign code, errors with several lines, and what joins two", () => {
    const blocks = parseTraceback(TEXT);
    expect(blocks.map(({ kind }) => kind)).toEqual([
      ...["head", "frame", "frame", "frame", "head", "error"],
      ...["head", "head", "frame", "error"],
    ]);
    expect(blocks[1]).toEqual({
      kind: "frame",
      file: "/srv/tasks/a.py",
      line: 13,
      function: "<module>",
      code: ["main()", "~~~~^^"],
      foreign: false,
    });
    expect(blocks[2]).toMatchObject({ foreign: true, code: ["return x"] });
    expect(blocks[3]).toMatchObject({ foreign: true, code: [] });
    expect(blocks[5]).toEqual({ kind: "error", text: "ValueError: first line\nsecond line" });
    expect(blocks[8]).toMatchObject({ file: "<string>", function: "", foreign: false });
  });

  it("folds library frames that follow each other", () => {
    const folded = fold(parseTraceback(TEXT));
    expect(folded[2]).toEqual({ kind: "folded", count: 2 });
    expect(folded).toHaveLength(9);
  });

  it("loses no text of what is no traceback", () => {
    expect(parseTraceback("oops\n  at thing.js:3")).toEqual([
      { kind: "error", text: "oops\n  at thing.js:3" },
    ]);
    expect(parseTraceback("")).toEqual([]);
  });
});

it("has words for every reason to wait", () => {
  const codes = [
    ...(["not_before", "task_paused", "queue_paused", "no_place", "key_busy"] as const),
    ...(["queue_full", "total_full", "rate_limited", "starting"] as const),
  ];
  for (const code of codes) {
    expect(i18n.global.te(`run.${waitLook(code).title}`), code).toBe(true);
    const { text } = waitLook(code);
    if (text) expect(i18n.global.te(`run.${text}`), code).toBe(true);
  }
});

it.each([
  [["a", "b c", "it's", ""], `a 'b c' 'it'"'"'s' ''`],
  [["--n=3", "/x/y.py", "<b>"], "--n=3 /x/y.py '<b>'"],
  [[], ""],
])("writes arguments as for a shell: %o", (argv, expected) => {
  expect(commandLine(argv)).toBe(expected);
});

it.each([
  [5, "5 s"],
  [45, "45 s"],
  [300, "5 m"],
  [310, "5 m 10 s"],
  [7200, "2 h"],
  [7260, "2 h 01 m"],
])("says %s seconds as %s", (seconds, expected) => {
  expect(plainDuration(seconds)).toBe(expected);
});

it.each([
  [0, "B"],
  [1023, "B"],
  [5 * 1024 ** 2, "MiB"],
  [3 * 1024 ** 3, "GiB"],
])("draws %s bytes in %s", (bytes, expected) => {
  expect(unitFor(bytes).name).toBe(expected);
});

it("reads the tab of an address, and the log where there is none", () => {
  expect(tabOf("timings")).toBe("timings");
  expect(tabOf(["raw"])).toBe("log");
  expect(tabOf("nothing")).toBe("log");
  expect(tabQuery("log")).toEqual({});
  expect(tabQuery("raw")).toEqual({ tab: "raw" });
});
