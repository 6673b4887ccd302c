/** Asks before unsaved work is left, by a link or by closing the page. */
import { useEventListener } from "@vueuse/core";
import type { Ref } from "vue";
import { useI18n } from "vue-i18n";
import { onBeforeRouteLeave, onBeforeRouteUpdate } from "vue-router";

import { useConfirm } from "@/ui";

export function useUnsavedGuard(isChanged: Readonly<Ref<boolean>>): void {
  const { t } = useI18n();
  const { confirm } = useConfirm();

  const mayLeave = async (): Promise<boolean> =>
    !isChanged.value ||
    (await confirm({
      title: t("schedules.unsaved.title"),
      text: t("schedules.unsaved.text"),
      confirmLabel: t("schedules.unsaved.leave"),
      cancelLabel: t("schedules.unsaved.stay"),
      danger: true,
    }));
  onBeforeRouteLeave(mayLeave);
  // Tabs of the page are the same route with another query.
  onBeforeRouteUpdate((to, from) => to.query["tab"] === from.query["tab"] || mayLeave());
  useEventListener(window, "beforeunload", (event) => {
    if (isChanged.value) event.preventDefault();
  });
}
