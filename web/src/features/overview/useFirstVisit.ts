/** Leads to the tour from an installation in which nothing is yet, unless the reader has put it aside. */
import { watch } from "vue";
import { useRouter } from "vue-router";

import type { SystemAnswer } from "@/api/generated";
import { useTourDismissed } from "@/state/tour";

export const isEmpty = ({ tasks, runs }: Pick<SystemAnswer, "tasks" | "runs">): boolean =>
  tasks === 0 && Object.values(runs).every((count) => count === 0);

export function useFirstVisit(system: () => SystemAnswer | undefined): void {
  const router = useRouter();
  const dismissed = useTourDismissed();
  watch(
    system,
    (known) => {
      if (known && !dismissed.value && isEmpty(known)) void router.replace({ name: "welcome" });
    },
    { immediate: true },
  );
}
