/** Lists of runs, the same on every page, and the language in which they are filtered. */
export { default as RunLink } from "./RunLink.vue";
export { default as RunsTable } from "./RunsTable.vue";
export type { RunColumn } from "./columns";
export type { RunFilter } from "./filter";
export { filterText } from "./language";
