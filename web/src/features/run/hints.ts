/** What may help after a run that did not succeed. Pure; hints are message keys below `run.hint`. */
import type { AttemptAnswer, RunAnswer } from "@/api/generated";

import { signalOf } from "./exits";

/** Where a hint leads to. */
export type HintTarget = "edit" | "resources" | "parameters" | "log" | "editAndRerun";

export interface Hint {
  key: string;
  target?: HintTarget;
}

const MOST = 2;

/** By the platform's words for an error (`docs/reference/errors`). */
const BY_WORD: Readonly<Record<string, readonly Hint[]>> = {
  timeout: [{ key: "timeout", target: "edit" }],
  memory_limit: [
    { key: "memoryLimit", target: "edit" },
    { key: "memoryCurve", target: "resources" },
  ],
  cpu_limit: [{ key: "cpuLimit", target: "edit" }],
  killed: [
    { key: "killed", target: "resources" },
    { key: "limitMemory", target: "edit" },
  ],
  environment: [{ key: "environment", target: "edit" }],
  not_startable: [{ key: "notStartable", target: "edit" }],
  heartbeat: [{ key: "heartbeat" }],
  supervisor_lost: [{ key: "supervisorLost" }],
  zygote_lost: [{ key: "zygoteLost" }],
};

const BY_EXCEPTION: readonly (readonly [pattern: RegExp, hint: Hint])[] = [
  [/^(ModuleNotFoundError|ImportError)$/, { key: "import", target: "edit" }],
  [/^(SyntaxError|IndentationError|TabError|NameError)$/, { key: "code", target: "edit" }],
  [/^MemoryError$/, { key: "memory", target: "resources" }],
  [/^(FileNotFoundError|NotADirectoryError)$/, { key: "file" }],
  [/^PermissionError$/, { key: "permission" }],
  [
    /(Connection|Connect|Timeout|Network|Remote|gai)\w*(Error|Exception)?$/,
    { key: "passing", target: "edit" },
  ],
  [/^(HTTPError|HTTPStatusError|URLError|SSLError)$/, { key: "passing", target: "edit" }],
  [/^KeyError$/, { key: "parameters", target: "parameters" }],
];

const BY_SIGNAL: Readonly<Record<number, readonly Hint[]>> = {
  6: [{ key: "native" }],
  9: [
    { key: "killed", target: "resources" },
    { key: "limitMemory", target: "edit" },
  ],
  11: [{ key: "native" }],
  15: [{ key: "terminated" }],
};

const BY_CODE: Readonly<Record<number, Hint>> = {
  2: { key: "usage", target: "editAndRerun" },
  126: { key: "notExecutable", target: "edit" },
  127: { key: "notFound", target: "edit" },
};

type Ended = Pick<RunAnswer, "status" | "error" | "spec">;

/** At most two, the most telling first. */
export function hintsOf(run: Ended, last: AttemptAnswer | undefined): Hint[] {
  const type = run.error?.type ?? "";
  const found = [...(BY_WORD[type] ?? []), ...byExit(type, last), ...byException(type)];
  if (isPassing(type) && !run.spec.retry.retries) found.push({ key: "retry", target: "edit" });
  const seen = new Set<string>();
  return found.filter(({ key }) => !seen.has(key) && seen.add(key)).slice(0, MOST);
}

function byExit(type: string, last: AttemptAnswer | undefined): readonly Hint[] {
  if (!last || !["exit_code", "signal"].includes(type)) return [];
  const signal = signalOf(last);
  if (signal !== null) return BY_SIGNAL[signal] ?? [];
  const hint = last.exit_code === null ? undefined : BY_CODE[last.exit_code];
  return hint ? [hint] : [{ key: "exitCode", target: "log" }];
}

function byException(type: string): Hint[] {
  const name = type.split(".").at(-1) ?? "";
  const found = BY_EXCEPTION.find(([pattern]) => pattern.test(name));
  return found ? [found[1]] : [];
}

/** What may go well the next time without any change. */
const isPassing = (type: string): boolean =>
  ["supervisor_lost", "zygote_lost", "killed"].includes(type);
