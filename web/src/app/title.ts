/** The document's title: what is shown, the place it belongs to, and the product. */
import { ref, watchEffect, type Ref } from "vue";
import { useI18n } from "vue-i18n";
import { useRoute } from "vue-router";

import { PLACES } from "./navigation";

/** The answer is the title, for a live region: a screen reader does not hear of a new page else. */
export function useTitle(): Readonly<Ref<string>> {
  const title = ref("");
  const route = useRoute();
  const { t } = useI18n();
  watchEffect(() => {
    const name = String(route.name ?? "");
    const place = PLACES.find((one) => one.name === name || one.also.includes(name));
    const thing = route.params["id"] ?? route.params["name"];
    const parts = [thing && String(thing), place && t(`app.places.${place.name}`), t("app.name")];
    title.value = parts.filter(Boolean).join(" · ");
    document.title = title.value;
  });
  return title;
}
