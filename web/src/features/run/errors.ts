/** The kinds of errors that this server names itself; all others are classes of exceptions. Pure. */
const PLATFORM: ReadonlySet<string> = new Set([
  "exit_code",
  "signal",
  "timeout",
  "cancelled",
  "skipped",
  "memory_limit",
  "cpu_limit",
  "environment",
  "heartbeat",
  "supervisor_lost",
  "zygote_lost",
  "killed",
  "not_startable",
]);

/** Whether it is a kind that this server names, for which there are words below `run.error`. */
export const isPlatformWord = (type: string): boolean => PLATFORM.has(type);
