/** Light, dark, or as the system says; written to the document as `data-theme`. */
import { useLocalStorage, usePreferredDark } from "@vueuse/core";
import { computed, watch, type ComputedRef, type Ref } from "vue";

export type ThemeChoice = "light" | "dark" | "system";

export function useTheme(): { choice: Ref<ThemeChoice>; isDark: ComputedRef<boolean> } {
  const choice = useLocalStorage<ThemeChoice>("runyard.theme", "system");
  const prefersDark = usePreferredDark();
  const isDark = computed(
    () => choice.value === "dark" || (choice.value !== "light" && prefersDark.value),
  );
  watch(
    isDark,
    (dark) => {
      document.documentElement.dataset["theme"] = dark ? "dark" : "light";
    },
    { immediate: true },
  );
  return { choice, isDark };
}
