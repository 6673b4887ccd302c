/** The language in which lists of runs are filtered. */
export * from "./grammar";
export { momentOf, type Clock } from "./moments";
export { parseFilter, type ParsedFilter } from "./parse";
export { filterText, printFilter } from "./print";
export { globMatcher, patternsOf, resolveFilter } from "./resolve";
export { accept, suggest, type Completion, type FilterFacts, type Suggestion } from "./suggest";
