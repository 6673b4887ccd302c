/** What an editor needs to know of a text: what is wrong with it, what it says, how to change it. */
import type { DraftCheckAnswer } from "@/api/generated";
import { checkDraft, editDraftSettings } from "@/api/generated";
import type { CodeLanguage } from "@/code";

import { applied, isTable, type Settings } from "./patch";

export type Problem = DraftCheckAnswer["problems"][number];

/** A change that a form makes; what is not named stays. */
export interface Change {
  /** A merge patch of `[tool.runyard]`. */
  settings?: Settings;
  dependencies?: string[];
  requiresPython?: string | null;
  /** A merge patch of a typed task's configuration. */
  config?: Settings;
}

export interface Reading extends DraftCheckAnswer {
  /** A typed task's configuration as it is written. */
  config: Settings;
  /** The text can't be read so far that a form could change it. */
  isUnreadable: boolean;
}

export interface Definition {
  language: CodeLanguage;
  /** What its file is called. */
  fileName: (id: string) => string;
  /** Rejects only where the server could not be asked. */
  read: (text: string, subject: Subject, signal?: AbortSignal) => Promise<Reading>;
  /** The text with the change; rejects where it can't be made. */
  change: (text: string, change: Change) => Promise<string>;
}

export interface Subject {
  taskId: string | null;
  isNew: boolean;
}

export const script: Definition = {
  language: "python",
  fileName: (id) => `${id}.py`,
  async read(content, { taskId, isNew }, signal) {
    const body = { content, task_id: taskId, new: isNew };
    const { data } = await checkDraft({ body, ...(signal ? { signal } : {}) });
    const isUnreadable = data.problems.some(
      ({ field, severity }) => field === "script" && severity === "error",
    );
    return { ...data, config: {}, isUnreadable };
  },
  async change(content, { settings, dependencies, requiresPython }) {
    const { data } = await editDraftSettings({
      body: {
        content,
        settings: settings ?? {},
        ...(dependencies === undefined ? {} : { dependencies: orNone(dependencies) }),
        ...(requiresPython === undefined ? {} : { requires_python: requiresPython }),
      },
    });
    return data.content;
  },
};

const orNone = (list: string[]): string[] | null => (list.length ? list : null);

/** A task of another type: its text is JSON with `type`, `config` and the settings. */
export function typed(executor: string): Definition {
  return {
    language: "json",
    fileName: (id) => `${id}.json`,
    async read(text, { taskId, isNew }, signal) {
      const parsed = parseJson(text);
      const written = "value" in parsed ? parsed.value : {};
      const { type, config, ...settings } = written;
      const body = {
        executor: typeof type === "string" && type ? type : executor,
        config: isTable(config) ? config : {},
        settings,
        task_id: taskId,
        new: isNew,
      };
      const { data } = await checkDraft({ body, ...(signal ? { signal } : {}) });
      const problems =
        "problem" in parsed
          ? [parsed.problem]
          : data.problems.map((one) => ({ ...one, line: one.line ?? lineOf(text, one.field) }));
      return {
        ...data,
        problems,
        settings,
        config: body.config,
        isUnreadable: "problem" in parsed,
      };
    },
    change(text, change) {
      const parsed = parseJson(text);
      if ("problem" in parsed) return Promise.reject(new Error(parsed.problem.message));
      const patch: Settings = { ...change.settings };
      if (change.config) patch["config"] = change.config;
      return Promise.resolve(jsonText(applied(parsed.value, patch)));
    },
  };
}

export const jsonText = (value: unknown): string => JSON.stringify(value, null, 2);

export function parseJson(text: string): { value: Settings } | { problem: Problem } {
  const wrong = (message: string, line: number | null, column: number | null) => ({
    problem: { field: "content", line, column, severity: "error" as const, message, hint: null },
  });
  try {
    const value: unknown = JSON.parse(text);
    return isTable(value) ? { value } : wrong("{ ... }", 1, 1);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const [, line, column] = /line (\d+) column (\d+)/.exec(message) ?? [];
    if (line && column) return wrong(message, Number(line), Number(column));
    const position = /position (\d+)/.exec(message)?.[1];
    const before = text.slice(0, position === undefined ? text.length : Number(position));
    const lines = before.split("\n");
    return wrong(message, lines.length, (lines.at(-1)?.length ?? 0) + 1);
  }
}

/** The line on which the key of a JSON path (`$.config.url`) is written; null where none is. */
export function lineOf(text: string, path: string): number | null {
  const keys = path.replace(/^\$\.?/, "").split(/\.|\[/);
  if (keys[0] === "settings") keys.shift();
  let at = 0;
  let isFound = false;
  for (const key of keys) {
    if (/^\d+\]?$/.test(key)) continue;
    const found = text.indexOf(`${JSON.stringify(key)}:`, at);
    if (found < 0) break;
    at = found;
    isFound = true;
  }
  return isFound ? text.slice(0, at).split("\n").length : null;
}
