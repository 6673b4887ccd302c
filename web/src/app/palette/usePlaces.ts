/** The palette's items that are always there: pages and actions of the page itself. */
import {
  BookOpen,
  CalendarDays,
  CalendarPlus,
  FilePlus2,
  Keyboard,
  Languages,
  Monitor,
  Moon,
  OctagonX,
  Signpost,
  Sun,
} from "@lucide/vue";
import { computed, type ComputedRef } from "vue";
import { useI18n } from "vue-i18n";
import { useRouter } from "vue-router";

import { useRunActions } from "@/actions";
import { LANGUAGES, LOCALES } from "@/i18n";
import { usePreferences, type ThemeChoice } from "@/state/preferences";

import { PLACES } from "../navigation";
import { useShortcutSheet } from "../shortcuts";
import type { Item } from "./items";

const THEMES = { light: Sun, dark: Moon, system: Monitor } as const;

export function usePlaceItems(): ComputedRef<Item[]> {
  const { t } = useI18n();
  const router = useRouter();
  const go = (name: string) => () => router.push({ name });

  return computed(() => [
    ...PLACES.map((place): Item => ({
      key: `place:${place.name}`,
      group: "go",
      title: t(`app.places.${place.name}`),
      icon: place.icon,
      keys: place.keys,
      words: t(`palette.words.${place.name}`),
      act: go(place.name),
    })),
    {
      key: "place:calendars",
      group: "go",
      title: t("palette.calendars"),
      icon: CalendarDays,
      words: t("palette.words.calendars"),
      act: go("calendars"),
    },
    {
      key: "place:welcome",
      group: "go",
      title: t("palette.tour"),
      icon: Signpost,
      words: t("palette.words.tour"),
      act: go("welcome"),
    },
    {
      key: "act:new-task",
      group: "actions",
      title: t("palette.newTask"),
      icon: FilePlus2,
      words: t("palette.words.newTask"),
      act: go("new-task"),
    },
    {
      key: "act:new-schedule",
      group: "actions",
      title: t("palette.newSchedule"),
      icon: CalendarPlus,
      words: t("palette.words.newSchedule"),
      act: go("new-schedule"),
    },
  ]);
}

export function useActionItems(): ComputedRef<Item[]> {
  const { t } = useI18n();
  const preferences = usePreferences();
  const { cancelMany } = useRunActions();
  const { open: sheetOpen } = useShortcutSheet();

  const themes = computed(() =>
    (Object.keys(THEMES) as ThemeChoice[])
      .filter((theme) => theme !== preferences.theme)
      .map((theme): Item => ({
        key: `act:theme-${theme}`,
        group: "actions",
        title: t("palette.themeTo", { theme: t(`app.themes.${theme}`) }),
        icon: THEMES[theme],
        words: `${theme} ${t("palette.words.theme")}`,
        act: () => (preferences.theme = theme),
      })),
  );
  const languages = computed(() =>
    LOCALES.filter((locale) => locale !== preferences.locale).map((locale): Item => ({
      key: `act:language-${locale}`,
      group: "actions",
      title: t("palette.languageTo", { language: LANGUAGES[locale] }),
      icon: Languages,
      words: `${locale} ${t("palette.words.language")}`,
      act: () => (preferences.locale = locale),
    })),
  );

  return computed(() => [
    ...themes.value,
    ...languages.value,
    {
      key: "act:shortcuts",
      group: "actions",
      title: t("palette.shortcuts"),
      icon: Keyboard,
      keys: ["?"],
      words: t("palette.words.shortcuts"),
      act: () => (sheetOpen.value = true),
    },
    {
      key: "act:documentation",
      group: "actions",
      title: t("palette.documentation"),
      icon: BookOpen,
      words: t("palette.words.documentation"),
      act: () => location.assign("/docs"),
    },
    {
      key: "act:cancel-live",
      group: "actions",
      title: t("palette.cancelLive"),
      icon: OctagonX,
      words: t("palette.words.cancelLive"),
      act: () => cancelMany({ status: ["live"] }, t("palette.cancelLiveWhat")),
    },
  ]);
}
