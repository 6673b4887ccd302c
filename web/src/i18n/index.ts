/**
 * The page's languages. Messages lie in one file per area and language; English is part of the
 * first load, another language is fetched when it is chosen.
 */
import { createI18n } from "vue-i18n";

export const LOCALES = ["en", "zh-CN"] as const;
export type Locale = (typeof LOCALES)[number];

/** The languages' names in themselves, so that a reader who is lost finds the own one. */
export const LANGUAGES: Record<Locale, string> = { en: "English", "zh-CN": "简体中文" };

type Area = Record<string, unknown>;
type Messages = Record<string, Area>;

const english = import.meta.glob<Area>("./en/*.ts", { eager: true, import: "default" });
const others: Record<Exclude<Locale, "en">, () => Promise<Messages>> = {
  "zh-CN": async () => (await import("./zh-CN")).default,
};

/** `./en/runs.ts` -> `runs`: the name of the file is the first part of its keys. */
export function byArea(files: Record<string, Area>): Messages {
  return Object.fromEntries(
    Object.entries(files).map(([path, messages]) => [path.replace(/^.*\/|\.ts$/g, ""), messages]),
  );
}

export const i18n = createI18n({
  legacy: false,
  locale: "en" as Locale,
  fallbackLocale: "en",
  messages: { en: byArea(english) } as Record<string, Messages>,
});

/** Shows the page in this language, once its messages are there. */
export async function useLocale(locale: Locale): Promise<void> {
  if (locale !== "en" && !i18n.global.availableLocales.includes(locale)) {
    i18n.global.setLocaleMessage(locale, await others[locale]());
  }
  i18n.global.locale.value = locale;
  document.documentElement.lang = locale;
}

/** What the browser's reader prefers, as far as the page speaks it. */
export function preferredLocale(languages: readonly string[]): Locale {
  for (const language of languages) {
    if (language.toLowerCase().startsWith("zh")) return "zh-CN";
    if (language.toLowerCase().startsWith("en")) return "en";
  }
  return "en";
}
