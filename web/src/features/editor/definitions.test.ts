import { describe, expect, it } from "vitest";

import { jsonText, lineOf, parseJson, typed } from "./definitions";

const TEXT = jsonText({
  timeout: "30s",
  type: "shell",
  config: { command: "ls", env: { A: "1" } },
});

describe("the text of a typed task", () => {
  it.each([
    ["$.settings.timeout", 2],
    ["$.config", 4],
    ["$.config.command[0]", 5],
    ["$.config.env.A", 7],
    ["$.config.missing", 4],
    ["task_id", null],
  ])("has %s on line %s", (path, line) => {
    expect(lineOf(TEXT, path)).toBe(line);
  });

  it("tells where it can't be read", () => {
    const found = parseJson('{\n  "a": 1,\n  b\n}');
    expect("problem" in found && found.problem).toMatchObject({ line: 3, severity: "error" });
    expect("problem" in parseJson("[1]")).toBe(true);
  });

  it("is changed by a form without losing the rest", async () => {
    const change = {
      settings: { timeout: null, queue: "q" },
      config: { env: { A: null, B: "2" } },
    };
    const after: unknown = JSON.parse(await typed("shell").change(TEXT, change));
    expect(after).toEqual({
      type: "shell",
      queue: "q",
      config: { command: "ls", env: { B: "2" } },
    });
  });

  it("is not changed while it can't be read", async () => {
    await expect(typed("shell").change("{", { settings: { queue: "q" } })).rejects.toThrow();
  });
});
