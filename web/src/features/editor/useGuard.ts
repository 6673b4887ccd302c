/** Asks before a text that is not saved is left behind. */
import { useEventListener } from "@vueuse/core";
import { useI18n } from "vue-i18n";
import { onBeforeRouteLeave, onBeforeRouteUpdate, type RouteLocationNormalized } from "vue-router";

import { useConfirm } from "@/ui";

/** `keep` puts the text away, so that leaving loses nothing. */
export function useGuard(isDirty: () => boolean, keep: () => void): void {
  const { t } = useI18n();
  const { confirm } = useConfirm();

  function mayLeave(): Promise<boolean> {
    keep();
    return confirm({
      title: t("editor.leave.title"),
      text: t("editor.leave.text"),
      confirmLabel: t("editor.leave.confirm"),
      cancelLabel: t("editor.leave.stay"),
    });
  }

  onBeforeRouteLeave(() => !isDirty() || mayLeave());
  onBeforeRouteUpdate(
    (to: RouteLocationNormalized, from: RouteLocationNormalized) =>
      to.path === from.path || !isDirty() || mayLeave(),
  );
  useEventListener(window, "beforeunload", (event: BeforeUnloadEvent) => {
    if (isDirty()) event.preventDefault();
  });
}
