/** What the server says of a text while it is written: asked when the writer pauses. */
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from "vue";

import type { Definition, Reading, Subject } from "./definitions";

const PAUSE_MS = 400;

export interface Checked {
  /** The text that it is about. */
  text: string;
  reading: Reading;
}

export function useReading(definition: Definition, text: Ref<string>, subject: () => Subject) {
  const checked = shallowRef<Checked | null>(null);
  /** The last one that could be read as a whole: while one types, half a line often can't. */
  const readable = shallowRef<Reading | null>(null);
  const error = shallowRef<unknown>(null);
  const isChecking = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking: AbortController | undefined;

  async function ask(): Promise<void> {
    clearTimeout(timer);
    asking?.abort();
    const own = new AbortController();
    asking = own;
    const asked = text.value;
    isChecking.value = true;
    try {
      const reading = await definition.read(asked, subject(), own.signal);
      if (own.signal.aborted) return;
      checked.value = { text: asked, reading };
      if (!reading.isUnreadable || !readable.value) readable.value = reading;
      error.value = null;
    } catch (problem) {
      if (own.signal.aborted) return;
      error.value = problem;
    } finally {
      if (asking === own) isChecking.value = false;
    }
  }

  watch([text, () => subject().taskId], () => {
    clearTimeout(timer);
    timer = setTimeout(() => void ask(), PAUSE_MS);
  });
  void ask();
  onScopeDispose(() => {
    clearTimeout(timer);
    asking?.abort();
  });

  const reading = computed(() => checked.value?.reading ?? null);
  return { checked, reading, readable, error, isChecking, askNow: ask };
}
