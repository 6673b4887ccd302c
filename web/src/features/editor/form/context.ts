/** What every part of the settings form reads and changes. */
import { computed, inject, provide, type InjectionKey, type Ref } from "vue";

import type { ParameterAnswer, SpecAnswer } from "@/api/generated";
import type { KnownNames } from "@/code";

import type { Change, Problem } from "../definitions";
import { isTable, orNull, patchOf, type Settings } from "../patch";
import type { DraftSchedule } from "../schedules";
import type { FormValues } from "../useForm";

export interface SettingsContext {
  taskId: Ref<string | null>;
  values: Ref<FormValues>;
  /** What applies, with the defaults; null until the server has answered. */
  spec: Ref<SpecAnswer | null>;
  problems: Ref<readonly Problem[]>;
  schedules: Ref<readonly DraftSchedule[]>;
  parameters: Ref<readonly ParameterAnswer[]>;
  names: Ref<KnownNames>;
  disabled: Ref<boolean>;
  change: (change: Change) => void;
}

const key: InjectionKey<SettingsContext> = Symbol("settings");

export function provideSettings(context: SettingsContext): void {
  provide(key, context);
}

/** The settings around a part of the form, with ways to read and write one of them. */
export function useSettings() {
  const context = inject(key);
  if (!context) throw new Error("a part of the settings form stands outside of it");
  const { values, problems, change } = context;

  const settings = computed<Settings>(() => values.value.settings);

  /** Writes a setting; nothing ("" or an empty list) takes it out. */
  function set(name: string, value: unknown): void {
    const before = settings.value[name];
    const after = orNull(value);
    const patch = isTable(before) && isTable(after) ? patchOf(before, after) : after;
    change({ settings: { [name]: patch } });
  }

  /** A setting as a ref of its text. */
  function text(name: string) {
    return computed({
      get: () => textOf(settings.value[name]),
      set: (value: string) => set(name, value),
    });
  }

  function list(name: string) {
    return computed({
      get: () => listOf(settings.value[name]),
      set: (value: string[]) => set(name, value),
    });
  }

  function number(name: string) {
    return computed({
      get: () => numberOf(settings.value[name]),
      set: (value: number | null) => set(name, value),
    });
  }

  /** What the server says of a setting. */
  function error(name: string): string | null {
    return errorOf(problems.value, name);
  }

  return { ...context, settings, set, text, list, number, error };
}

const textOf = (value: unknown): string =>
  typeof value === "string" ? value : value == null ? "" : JSON.stringify(value);
const listOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.map(textOf) : typeof value === "string" ? [value] : [];
export const numberOf = (value: unknown): number | null =>
  typeof value === "number" ? value : null;

/** The first problem of a setting or of what is in it. */
export function errorOf(problems: readonly Problem[], name: string): string | null {
  const found = problems.find(({ field }) =>
    [`tool.runyard.${name}`, `$.settings.${name}`, name].some(
      (own) => field === own || field.startsWith(`${own}.`) || field.startsWith(`${own}[`),
    ),
  );
  return found?.message ?? null;
}
