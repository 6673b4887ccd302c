import { describe, expect, test } from "vitest";

import { parseFilter, printFilter } from "@/runs/language";

import { markProblems } from "./highlight";
import { activeTab, countOf, STATUS_TABS, withStatus } from "./statusTabs";
import { BUILT_IN, useViews } from "./views";
import { chipLabel, chipsOf } from "./words";

const clock = { now: Date.parse("2026-11-22T12:00:00Z"), zone: "UTC" };
const read = (text: string) => parseFilter(text, clock).expr;
const same = (key: string) => key;

describe("tabs by status", () => {
  test.each([
    ["", "all"],
    ["queue:gpu", "all"],
    ["status:waiting", "waiting"],
    ["status:queued,scheduled,retrying", "waiting"],
    ["status:failed,timed_out,crashed label:x", "failed"],
    ["status:bad", "failed"],
    ["status:failed", undefined],
    ["status:live", undefined],
  ])("%s is %s", (text, tab) => {
    expect(activeTab(read(text))).toBe(tab);
  });

  test("a tab replaces the status and keeps the rest", () => {
    const expr = read("status:running queue:gpu net");
    expect(printFilter(withStatus(expr, ["bad"]))).toBe("status:bad queue:gpu net");
    expect(printFilter(withStatus(expr, []))).toBe("queue:gpu net");
  });

  test("counts what it shows", () => {
    const counts = {
      scheduled: 1,
      queued: 2,
      running: 4,
      retrying: 8,
      succeeded: 16,
      failed: 32,
      timed_out: 64,
      crashed: 128,
      cancelled: 256,
    };
    const answer = { counts, total: 511, exact: true };
    expect(STATUS_TABS.map(({ status }) => countOf(answer, status))).toEqual([
      511, 11, 4, 16, 224, 256,
    ]);
    // A status that is named twice counts once.
    expect(countOf(answer, ["waiting", "queued"])).toBe(11);
  });
});

test("each chip takes away its own part", () => {
  const expr = read("status:failed,bad task:a,b since:24h net down");
  const chips = chipsOf(expr, same);
  expect(chips.map((chip) => chipLabel(chip, same))).toEqual([
    "runs.keys.status: domain.status.failed, runs.groups.bad",
    "runs.keys.task: a, b",
    "runs.keys.since: 24h",
    "runs.keys.text: net down",
  ]);
  expect(chips.map(({ without }) => printFilter(without))).toEqual([
    "task:a,b since:24h net down",
    "status:failed,bad since:24h net down",
    "status:failed,bad task:a,b net down",
    "status:failed,bad task:a,b since:24h",
  ]);
});

describe("marked mistakes", () => {
  const marked = (text: string, except: number | null = null) =>
    markProblems(text, parseFilter(text, clock).problems, except)
      .map((piece) => (piece.isWrong ? `[${piece.text}]` : piece.text))
      .join("");

  test.each([
    ["status:failed", "status:failed"],
    ["status:failed,odd since:soon x", "status:failed,[odd] since:[soon] x"],
    ["colour:red", "[colour:red]"],
  ])("%s is shown as %s", (text, shown) => {
    expect(marked(text)).toBe(shown);
  });

  test("not where somebody is still writing", () => {
    expect(marked("colour:red status:fai", 21)).toBe("[colour:red] status:fai");
  });
});

describe("saved views", () => {
  test("are kept, replaced, renamed and brought back", () => {
    const { views, save, rename, remove } = useViews();
    expect(save({ name: "mine", filter: "queue:gpu" })).toBe(false);
    expect(save({ name: "other", filter: "task:a", columns: { queue: false } })).toBe(false);
    expect(save({ name: "mine", filter: "queue:net" })).toBe(true);
    expect(useViews().views.value.map(({ name, filter }) => [name, filter])).toEqual([
      ["other", "task:a"],
      ["mine", "queue:net"],
    ]);
    expect(rename("mine", "other")).toBe(false);
    expect(rename("mine", "ours")).toBe(true);
    const undo = remove("ours");
    expect(views.value.map(({ name }) => name)).toEqual(["other"]);
    undo();
    expect(useViews().views.value.map(({ name }) => name)).toEqual(["other", "ours"]);
  });

  test("what is no list of views is as if there were none", () => {
    localStorage.setItem("runyard.runs.views", '[{"name": 5}]');
    expect(useViews().views.value).toEqual([]);
  });

  test("the built-in ones are filters without mistakes", () => {
    for (const { filter } of BUILT_IN) expect(parseFilter(filter, clock).problems).toEqual([]);
  });
});
