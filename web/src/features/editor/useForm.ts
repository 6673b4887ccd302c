/** The form's side of a text: settings as they are written with what was just changed, and the way back. */
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from "vue";

import type { Change, Definition, Reading } from "./definitions";
import { applied, together, type Settings } from "./patch";
import type { Checked } from "./useReading";

const PAUSE_MS = 350;

function merged(one: Change, other: Change): Change {
  const both: Change = { ...one, ...other };
  if (one.settings && other.settings) both.settings = together(one.settings, other.settings);
  if (one.config && other.config) both.config = together(one.config, other.config);
  return both;
}

const isNothing = (change: Change): boolean => Object.keys(change).length === 0;

export interface FormValues {
  settings: Settings;
  config: Settings;
  dependencies: readonly string[];
  requiresPython: string | null;
}

export function useForm(
  definition: Definition,
  text: Ref<string>,
  read: { checked: Ref<Checked | null>; readable: Ref<Reading | null> },
) {
  const { checked, readable } = read;
  /** Not in the text yet. */
  let waiting: Change = {};
  /** In the text, or soon, but not in what the server has read. */
  const pending = shallowRef<Change>({});
  const error = shallowRef<unknown>(null);
  const isWriting = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let writing: Promise<void> | undefined;

  const values = computed<FormValues>(() => {
    const read = readable.value;
    const { settings, config, dependencies, requiresPython } = pending.value;
    return {
      settings: applied(read?.settings ?? {}, settings ?? {}),
      config: applied(read?.config ?? {}, config ?? {}),
      dependencies: dependencies ?? read?.dependencies ?? [],
      requiresPython:
        requiresPython === undefined ? (read?.requires_python ?? null) : requiresPython,
    };
  });

  function change(wanted: Change): void {
    waiting = merged(waiting, wanted);
    pending.value = merged(pending.value, wanted);
    clearTimeout(timer);
    timer = setTimeout(() => void flush(), PAUSE_MS);
  }

  /** Resolves when all changes are in the text, or were refused. */
  function flush(): Promise<void> {
    clearTimeout(timer);
    writing ??= write().finally(() => (writing = undefined));
    return writing;
  }

  async function write(): Promise<void> {
    isWriting.value = true;
    try {
      while (!isNothing(waiting)) {
        const [before, own] = [text.value, waiting];
        const after = await definition.change(before, own);
        // The text went on meanwhile: the change is made in what it is now.
        if (text.value !== before) continue;
        waiting = dropped(waiting, own);
        text.value = after;
      }
      error.value = null;
    } catch (problem) {
      error.value = problem;
      waiting = {};
      pending.value = {};
    } finally {
      isWriting.value = false;
    }
  }

  // Once the server has read a text that has all changes, it knows better than the form.
  watch(checked, (now: Checked | null) => {
    if (now?.text === text.value && isNothing(waiting) && !isWriting.value) pending.value = {};
  });
  onScopeDispose(() => clearTimeout(timer));

  return { values, change, flush, error, isWriting };
}

/** What came on top while it was written. */
const dropped = (all: Change, own: Change): Change => (all === own ? {} : all);
