/** Code as one writes and compares it; both editors are fetched when they are first shown. */
import { defineAsyncComponent } from "vue";

export const CodeEditor = defineAsyncComponent(() => import("./CodeEditor.vue"));
export const MergeEditor = defineAsyncComponent(() => import("./MergeEditor.vue"));
export type { KnownNames } from "./completion";
export type { CodeProblem } from "./marks";
export type { JsonSchema } from "./schema";
export { alternatives, isObject, keysOf, resolved, within } from "./schema";
export type { CodeLanguage } from "./setup";
