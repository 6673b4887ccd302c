import { describe, expect, it } from "vitest";

import type { GroupName, Item } from "./items";
import { Finder, looksLikeRunId, merged, verbOf } from "./ranking";

const item = (group: GroupName, title: string, more: Partial<Item> = {}): Item => ({
  key: `${group}:${title}`,
  group,
  title,
  icon: () => null,
  act: () => undefined,
  ...more,
});

const ITEMS = [
  item("go", "Runs", { words: "executions history" }),
  item("go", "System", { words: "monitor cpu memory" }),
  item("actions", "Theme: Dark", { words: "appearance" }),
  item("actions", "主题:深色", { words: "theme dark 外观" }),
  item("tasks", "crawl-site", { detail: "Crawl the site" }),
  item("tasks", "nightly-crawl"),
  item("tasks", "crawl"),
  item("tasks", "backup_db", { words: "night gpu" }),
  item("running", "report-weekly", { words: "0198fcd1a2" }),
  item("runs", "old-report"),
];

const titles = (query: string, recent: string[] = []) =>
  new Finder(ITEMS).find(query, recent).flatMap((group) => group.items.map(({ title }) => title));
const groups = (query: string, recent: string[] = []) =>
  new Finder(ITEMS).find(query, recent).map(({ name }) => name);

describe("what a query finds", () => {
  it.each([
    ["crawl", ["crawl", "crawl-site", "nightly-crawl"]],
    ["site crawl", ["crawl-site"]],
    ["bakup", ["backup_db"]],
    ["gpu", ["backup_db"]],
    ["0198fc", ["report-weekly"]],
    ["cpu", ["System"]],
    ["深色", ["主题:深色"]],
    ["dark theme", ["Theme: Dark", "主题:深色"]],
    ["no such thing", []],
    ["'=!^$ |", []],
  ])("%s", (query, expected) => {
    expect(titles(query)).toEqual(expected);
  });

  it("puts the group of the best line first and shows running runs among the runs", () => {
    expect(groups("report")).toEqual(["runs"]);
    expect(groups("runs")[0]).toBe("go");
  });

  it("prefers what was used lately among equals", () => {
    expect(titles("crawl", ["tasks:nightly-crawl"])[1]).toBe("nightly-crawl");
  });
});

describe("without a query", () => {
  it("shows what was used, what runs, pages and actions, but not every task", () => {
    expect(groups("")).toEqual(["running", "go", "actions"]);
    expect(groups("  ", ["tasks:crawl", "go:Runs", "tasks:gone"])).toEqual([
      "recent",
      "running",
      "go",
      "actions",
    ]);
    expect(titles("", ["tasks:crawl", "go:Runs"]).filter((title) => title === "Runs")).toHaveLength(
      1,
    );
  });
});

describe("verbs", () => {
  const verbs = { run: "run start 运行", pause: "pause 暂停" };

  it.each([
    ["run crawl site", { verb: "run", rest: "crawl site" }],
    ["sta crawl", { verb: "run", rest: "crawl" }],
    ["运行 crawl", { verb: "run", rest: "crawl" }],
    ["PAUSE x ", { verb: "pause", rest: "x" }],
    ["run", undefined],
    ["run ", undefined],
    ["r crawl", undefined],
    ["crawl run", undefined],
  ])("%s", (query, expected) => {
    expect(verbOf(query, verbs)).toEqual(expected);
  });
});

it("joins groups of one name without saying a line twice", () => {
  const [one, two, three] = [item("runs", "a"), item("runs", "b"), item("go", "c")];
  expect(
    merged([
      { name: "runs", items: [one] },
      { name: "go", items: [three] },
      { name: "runs", items: [one, two] },
      { name: "tasks", items: [] },
    ]),
  ).toEqual([
    { name: "runs", items: [one, two] },
    { name: "go", items: [three] },
  ]);
});

it.each([
  ["0198", true],
  ["38G3540RPBG9CKED", true],
  ["rpbgcked", true],
  ["019", false],
  ["crawl", false],
  ["backups", false],
  ["task-1", false],
  ["two words", false],
  ["../../etc", false],
])("knows what may be a run's id: %s", (text, expected) => {
  expect(looksLikeRunId(text)).toBe(expected);
});
