/** What may be done with runs and tasks, from any page: with questions, dialogs and toasts. */
export { default as ActionDialogs } from "./ActionDialogs.vue";
export { default as ParamsForm } from "./ParamsForm.vue";
export { needsAnswers } from "./params";
export { useRunActions, type RunActions, type RunLike } from "./runs";
export { canChange, useTaskActions, type TaskActions, type TaskLike } from "./tasks";
