/** Whether this browser's reader has seen enough of the tour that an empty installation begins with. */
import { useLocalStorage } from "@vueuse/core";
import type { Ref } from "vue";

export const useTourDismissed = (): Ref<boolean> =>
  useLocalStorage("runyard.tour.dismissed", false, { flush: "sync" });
