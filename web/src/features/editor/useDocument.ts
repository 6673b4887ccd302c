/** The text that is edited, what it is based on, and its copy in this browser. */
import { useDebounceFn, useEventListener } from "@vueuse/core";
import { computed, ref, shallowRef, watch } from "vue";

import { forget, forgetOld, keep, kept, type KeptText } from "./kept";

export interface Base {
  text: string;
  /** Of the content that the text is based on, for `If-Match`. */
  hash: string;
  version: number;
}

const KEEP_MS = 400;

/** `isTyped`: its text is the JSON of a typed task. */
export function useDocument(taskId: string, saved: Base, isTyped: boolean) {
  const base = shallowRef<Base>(saved);
  const text = ref(saved.text);
  const isDirty = computed(() => text.value !== base.value.text);

  forgetOld();
  const found = kept(taskId);
  /** A text of an earlier visit that was not saved. */
  const offered = shallowRef<KeptText | null>(found && found.text !== saved.text ? found : null);
  if (found && !offered.value) forget(taskId);

  function keepNow(): void {
    if (isDirty.value) keep(taskId, text.value, base.value.hash);
    else if (!offered.value) forget(taskId);
  }
  const keepSoon = useDebounceFn(keepNow, KEEP_MS);
  watch([text, base], () => void keepSoon());
  useEventListener(window, "pagehide", keepNow);

  /** Goes on with the earlier text; a save of it meets what was saved since. */
  function restore(): void {
    const earlier = offered.value;
    if (!earlier) return;
    offered.value = null;
    if (earlier.base) base.value = { ...base.value, hash: earlier.base };
    text.value = earlier.text;
  }

  function discard(): void {
    offered.value = null;
    keepNow();
  }

  /** What the server has now is what the text is based on; `now` also becomes the text. */
  function rebase(saved: Base, now?: string): void {
    base.value = saved;
    if (now !== undefined) text.value = now;
    keepNow();
  }

  return { isTyped, base, text, isDirty, offered, restore, discard, rebase, keepNow };
}

export type EditedDocument = ReturnType<typeof useDocument>;
