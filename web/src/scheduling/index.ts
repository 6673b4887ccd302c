/** Schedules as other pages show and edit them: builder, words, ledger, acts. */
export { default as DecisionBadge } from "./DecisionBadge.vue";
export { default as FireList } from "./FireList.vue";
export { default as OccurrenceList } from "./OccurrenceList.vue";
export { default as ScheduleBuilder } from "./ScheduleBuilder.vue";
export { default as ScheduleDialogs } from "./ScheduleDialogs.vue";
export { default as ScheduleSummary } from "./ScheduleSummary.vue";
export { default as TaskSchedules } from "./TaskSchedules.vue";
export { default as TaskPicker } from "./TaskPicker.vue";
export { default as WallInput } from "./WallInput.vue";
export { default as WeekdayPicker } from "./WeekdayPicker.vue";
export { useScheduleActions, type ScheduleActions, type ScheduleLike } from "./acts";
export { DECISIONS, decisionLook } from "./decisions";
export { same as sameSettings, type ScheduleSettings } from "./settings";
export { problemsOf, type ScheduleCheck, type ScheduleProblem } from "./preview";
export { WEEKDAYS, type Weekday } from "./cronText";
export { clockIn, dayAfter, dayIn, dayText, monthText, wallText, weekdayText } from "./wall";
export { zoneOptions } from "./zones";
