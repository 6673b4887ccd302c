/** What exit codes and signals mean. Pure; meanings are message keys below `run.exit`. */

const SIGNALS: Readonly<Record<number, string>> = {
  1: "SIGHUP",
  2: "SIGINT",
  3: "SIGQUIT",
  4: "SIGILL",
  6: "SIGABRT",
  7: "SIGBUS",
  8: "SIGFPE",
  9: "SIGKILL",
  10: "SIGUSR1",
  11: "SIGSEGV",
  12: "SIGUSR2",
  13: "SIGPIPE",
  14: "SIGALRM",
  15: "SIGTERM",
  24: "SIGXCPU",
  25: "SIGXFSZ",
  31: "SIGSYS",
};

export type ExitMeaning =
  | "ok"
  | "usage"
  | "notExecutable"
  | "notFound"
  | "interrupted"
  | "killed"
  | "aborted"
  | "segfault"
  | "terminated"
  | "signalled";

export interface Exit {
  /** `exit 137`, `SIGKILL`; null: nothing is known (yet). */
  text: string | null;
  meaning: ExitMeaning | null;
}

interface Ended {
  exit_code: number | null;
  signal: number | null;
}

export const signalName = (number: number): string => SIGNALS[number] ?? `signal ${number}`;

/** The signal that ended it: its own, or the one that a shell hands on as 128 + its number. */
export function signalOf({ exit_code: code, signal }: Ended): number | null {
  if (signal !== null) return signal;
  return code !== null && code > 128 && code - 128 in SIGNALS ? code - 128 : null;
}

export function exitOf(ended: Ended): Exit {
  const { exit_code: code, signal } = ended;
  if (signal !== null) return { text: signalName(signal), meaning: meaningOfSignal(signal) };
  if (code === null) return { text: null, meaning: null };
  const by = signalOf(ended);
  const meaning = by === null ? meaningOfCode(code) : meaningOfSignal(by);
  return { text: `exit ${code}`, meaning };
}

function meaningOfCode(code: number): ExitMeaning | null {
  switch (code) {
    case 0:
      return "ok";
    case 2:
      return "usage";
    case 126:
      return "notExecutable";
    case 127:
      return "notFound";
    default:
      return null;
  }
}

function meaningOfSignal(signal: number): ExitMeaning {
  switch (signal) {
    case 2:
      return "interrupted";
    case 6:
      return "aborted";
    case 9:
      return "killed";
    case 11:
      return "segfault";
    case 15:
      return "terminated";
    default:
      return "signalled";
  }
}
