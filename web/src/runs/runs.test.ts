import { describe, expect, test } from "vitest";

import type { RunItem } from "@/api/generated";

import { runMatcher, type RunFilter } from "./filter";
import { cutPages, insertRuns, keepRuns, patchPages } from "./pages";
import { sampleRun } from "./sample";
import { headline, triggerOf } from "./words";

const page = (ids: string, next: string | null) => ({
  items: [...ids].map((id) => sampleRun({ id, seq: 5 })),
  next_cursor: next,
});
const idsOf = (pages: { items: RunItem[] }[]) =>
  pages.map(({ items }) => items.map(({ id }) => id).join(""));

describe("whether a run passes a filter", () => {
  const run = sampleRun({
    id: "01kdw0000abc",
    status: "failed",
    task_id: "crawl",
    queue: "net",
    labels: ["nightly", "eu"],
    message: "Connection reset",
    submitted_at: "2026-11-22T10:00:00Z",
    finished_at: "2026-11-22T11:00:00Z",
  });
  const cases: [RunFilter, boolean][] = [
    [{}, true],
    [{ status: ["failed", "crashed"] }, true],
    [{ status: ["final"] }, true],
    [{ status: "live" }, false],
    [{ task_id: ["crawl"], queue: ["net"] }, true],
    [{ task_id: ["report"] }, false],
    [{ project: ["web"] }, false],
    [{ label: ["nightly", "eu"] }, true],
    [{ label: ["nightly", "us"] }, false],
    [{ q: "connection RESET" }, true],
    [{ q: "0000ABC" }, true],
    [{ q: "timeout" }, false],
    [{ since: "2026-11-22T10:00:00Z", until: "2026-11-22T10:00:01Z" }, true],
    [{ until: "2026-11-22T10:00:00Z" }, false],
    [{ finished_since: "2026-11-22T11:00:00Z" }, true],
    [{ finished_until: "2026-11-22T11:00:00Z" }, false],
  ];
  test.each(cases)("%o: %s", (filter, passes) => {
    expect(runMatcher(filter)(run)).toBe(passes);
  });

  test("what is not over lies in no span of ends", () => {
    expect(runMatcher({ finished_until: "2030-01-01T00:00:00Z" })(sampleRun({}))).toBe(false);
  });
});

describe("pages under changes", () => {
  test("newer states go in, older ones do not, the others are named", () => {
    const pages = [page("fe", "e"), page("dc", null)];
    const changes = new Map([
      ["d", sampleRun({ id: "d", status: "failed", seq: 6 })],
      ["c", sampleRun({ id: "c", status: "failed", seq: 4 })],
      ["g", sampleRun({ id: "g", seq: 7 })],
    ]);
    const after = patchPages(pages, changes);
    expect(after.pages[0]).toBe(pages[0]);
    expect(after.pages[1]?.items.map(({ status }) => status)).toEqual(["failed", "running"]);
    expect(after.others.map(({ id }) => id)).toEqual(["g"]);
  });

  test.each([
    ["g", ["gfe", "dc"], null],
    ["hg", ["hgfe", "dc"], null],
    ["a", ["fe", "dca"], null],
    ["a", ["fe", "dc"], "c"],
    ["f", ["fe", "dc"], null],
    ["db", ["fe", "dcb"], null],
  ])("%s finds its place: %s (more: %s)", (fresh, expected, next) => {
    const pages = [page("fe", "e"), page("dc", next)];
    expect(idsOf(insertRuns(pages, page(fresh, null).items))).toEqual(expected);
  });

  test("a list that was empty takes what comes", () => {
    expect(idsOf(insertRuns([page("", null)], page("ab", null).items))).toEqual(["ba"]);
  });

  test("pages without a change stay the same object", () => {
    const pages = [page("fe", "e"), page("dc", null)];
    expect(keepRuns(pages, ({ id }) => id !== "d")[0]).toBe(pages[0]);
    expect(idsOf(keepRuns(pages, ({ id }) => id !== "d"))).toEqual(["fe", "c"]);
    expect(insertRuns(pages, page("g", null).items)[1]).toBe(pages[1]);
  });

  test.each([
    [4, 2, ["fe", "dc"], null],
    [3, 2, ["fe"], "e"],
    [3, 3, ["fe", "d"], "d"],
    [3, 1, ["f"], "f"],
  ])("more than %d rows are cut to %d", (most, kept, expected, cursor) => {
    const cut = cutPages([page("fe", "e"), page("dc", null)], { most, kept });
    expect(idsOf(cut)).toEqual(expected);
    expect(cut.at(-1)?.next_cursor).toBe(cursor);
  });
});

describe("the line about a run", () => {
  const error = { type: "ValueError", message: "no\nmore", retry: null, traceback: null };
  test.each([
    [{ status: "failed", error }, "ValueError: no"],
    [{ status: "failed", error: { ...error, type: "" } }, "no"],
    [{ status: "succeeded", error, message: "done" }, "done"],
    [{ status: "retrying", error, message: "half" }, "ValueError: no"],
    [{ status: "cancelled", cancel_reason: "wrong data" }, "wrong data"],
    [{ status: "running", message: " 5 of 9\nfiles" }, "5 of 9"],
    [{ status: "queued" }, ""],
  ] as [Partial<RunItem>, string][])("%o: %s", (fields, line) => {
    expect(headline(sampleRun(fields))).toBe(line);
  });

  test("a schedule's run says so, also when it ran again", () => {
    expect(triggerOf({ schedule_id: "s", rerun_of: "r" })).toBe("schedule");
    expect(triggerOf({ schedule_id: null, rerun_of: "r" })).toBe("rerun");
    expect(triggerOf({ schedule_id: null, rerun_of: null })).toBe("asked");
  });
});
