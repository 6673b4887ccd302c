/** The parts of a run's page, as its address names them. */
export const TABS = [
  "log",
  "result",
  "attempts",
  "timings",
  "resources",
  "parameters",
  "raw",
] as const;

export type RunTab = (typeof TABS)[number];

/** The tab of `?tab=`; the log where that names none. */
export function tabOf(value: unknown): RunTab {
  return TABS.find((tab) => tab === value) ?? "log";
}

/** The query that leads to a tab; the log needs none. */
export const tabQuery = (tab: RunTab): Record<string, string> => (tab === "log" ? {} : { tab });
