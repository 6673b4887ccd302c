/** The time as a value that components follow: one timer for all of them. */
import { useDocumentVisibility, useIntervalFn } from "@vueuse/core";
import { effectScope, readonly, ref, watch, type Ref } from "vue";

const now = ref(Date.now());
let isRunning = false;

/** Milliseconds since the epoch, brought up to date each second while the page is seen. */
export function useNow(): Readonly<Ref<number>> {
  if (!isRunning) {
    isRunning = true;
    // Detached: the timer must outlive the component that was the first to ask.
    effectScope(true).run(keepTime);
  }
  return readonly(now);
}

function keepTime(): void {
  const { resume, pause } = useIntervalFn(() => (now.value = Date.now()), 1_000);
  watch(useDocumentVisibility(), (seen) => {
    now.value = Date.now();
    if (seen === "visible") resume();
    else pause();
  });
}
