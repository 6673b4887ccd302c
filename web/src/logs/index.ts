/** The log viewer: one component, and the sources it reads from. */
export { default as LogViewer } from "./LogViewer.vue";
export type { TimeMode } from "./moments";
export { formatPlace, parsePlace } from "./places";
export type { LogPlace } from "./places";
export { runLogSource } from "./run_source";
export type { LogFeed, RunLogOptions } from "./run_source";
export { textLogSource } from "./text_source";
export { LogGone } from "./types";
export type {
  LogHit,
  LogLine,
  LogPage,
  LogSearch,
  LogSearchPage,
  LogSource,
  LogStream,
} from "./types";
