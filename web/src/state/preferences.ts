/** What this browser remembers of its reader: language, theme, zone, density. */
import { useLocalStorage } from "@vueuse/core";
import { defineStore } from "pinia";
import { computed, watch } from "vue";

import { LOCALES, preferredLocale, useLocale, type Locale } from "@/i18n";

import { useTheme, type ThemeChoice } from "./theme";

export const usePreferences = defineStore("preferences", () => {
  const chosenLocale = useLocalStorage<Locale | null>("runyard.locale", null, {
    serializer: {
      read: (text) => ((LOCALES as readonly string[]).includes(text) ? (text as Locale) : null),
      write: (value) => value ?? "",
    },
  });
  const locale = computed({
    get: () => chosenLocale.value ?? preferredLocale(navigator.languages),
    set: (value: Locale) => (chosenLocale.value = value),
  });
  watch(locale, (value) => void useLocale(value), { immediate: true });

  const { choice: theme, isDark } = useTheme();

  /** An IANA zone, or null for the browser's own. */
  const chosenZone = useLocalStorage<string | null>("runyard.zone", null, {
    serializer: { read: (text) => text || null, write: (value) => value ?? "" },
  });
  const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  const zone = computed(() => chosenZone.value ?? ownZone);

  const isDense = useLocalStorage("runyard.dense", false);

  return { locale, theme, isDark, chosenZone, zone, isDense };
});

export type { ThemeChoice };
