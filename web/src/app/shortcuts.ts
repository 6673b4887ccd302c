/**
 * The keys that work on every page, and the list of all keys that the sheet (`?`) and the settings
 * show. A key that types a letter does nothing while the reader types, and may be switched off.
 */
import { useEventListener, useLocalStorage } from "@vueuse/core";
import { ref, type Ref } from "vue";
import { useRouter } from "vue-router";

import { PLACES } from "./navigation";
import { usePalette } from "./palette/open";

/** The second key of a pair must come within this time. */
export const PAIR_MS = 1_200;

export interface Shortcut {
  /** As shown: keys that are pressed together by `+`; several entries come one after the other. */
  keys: readonly string[];
  /** A message key. */
  text: string;
  /** Other keys that do the same. */
  or?: readonly string[];
}

export interface ShortcutGroup {
  title: string;
  shortcuts: readonly Shortcut[];
}

export const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);
const MOD = isMac ? "⌘" : "Ctrl";

const shortcut = (text: string, keys: string, or?: string): Shortcut => ({
  keys: keys.split(" "),
  text: `shortcuts.${text}`,
  ...(or ? { or: or.split(" ") } : {}),
});

/** Everything that can be done by a key, in the order in which the sheet shows it. */
export const SHORTCUTS: readonly ShortcutGroup[] = [
  {
    title: "shortcuts.everywhere",
    shortcuts: [
      shortcut("palette", `${MOD}+K`),
      shortcut("search", "/"),
      shortcut("sheet", "?"),
      shortcut("close", "Esc"),
    ],
  },
  {
    title: "shortcuts.go",
    shortcuts: PLACES.map((place) => ({ keys: place.keys, text: `app.places.${place.name}` })),
  },
  {
    title: "shortcuts.lists",
    shortcuts: [
      shortcut("move", "↑ ↓", "k j"),
      shortcut("open", "Enter"),
      shortcut("select", "Space", "x"),
      shortcut("selectRange", "Shift+Space"),
      shortcut("runTask", "r"),
      shortcut("editTask", "e"),
      shortcut("pauseTask", "p"),
      shortcut("cancelRun", "c"),
      shortcut("rerun", "Shift+R"),
    ],
  },
  {
    title: "shortcuts.run",
    shortcuts: [shortcut("previousRun", "["), shortcut("nextRun", "]")],
  },
  {
    title: "shortcuts.log",
    shortcuts: [
      shortcut("find", `${MOD}+F`, "/"),
      shortcut("nextHit", "n"),
      shortcut("previousHit", "Shift+N"),
      shortcut("top", "g", "Home"),
      shortcut("end", "Shift+G", "End"),
      shortcut("wrap", "w"),
      shortcut("follow", "f"),
    ],
  },
  {
    title: "shortcuts.editor",
    shortcuts: [
      shortcut("save", `${MOD}+S`),
      shortcut("complete", "Ctrl+Space"),
      shortcut("leaveEditor", "Esc Tab"),
    ],
  },
];

const sheet = ref(false);

export function useShortcutSheet(): { open: Ref<boolean> } {
  return { open: sheet };
}

const areOn = useLocalStorage("runyard.shortcuts", true);

/** Whether keys without Ctrl or Cmd do something; kept in this browser. */
export function useSingleKeys(): Ref<boolean> {
  return areOn;
}

/** Whether keys now go to something that takes them as text. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  if (target instanceof HTMLInputElement) {
    return !["button", "checkbox", "radio", "range", "submit"].includes(target.type);
  }
  return (
    target.closest(
      "textarea, select, [contenteditable=''], [contenteditable='true'], [role='textbox'], " +
        "[role='combobox'], [role='menu'], [role='listbox']",
    ) !== null
  );
}

const isOverlaid = () => document.querySelector("[role='dialog'], [role='alertdialog']") !== null;

/** The page's own search, which `/` leads to. */
const searchOfPage = () =>
  document.querySelector<HTMLElement>(
    "main input[type='search'], main [role='searchbox'], main [data-search]",
  );

/** Listens on the whole page; called once, by the frame. */
export function useShortcuts(): void {
  const { open: palette } = usePalette();
  const router = useRouter();
  let firstKey = "";
  let firstMs = 0;

  /** The place that a key leads to after the first one of its pair. */
  function second(key: string, atMs: number): string | undefined {
    const isPair = firstKey !== "" && atMs - firstMs < PAIR_MS;
    const place = PLACES.find(({ keys }) => isPair && keys[0] === firstKey && keys[1] === key);
    firstKey = "";
    return place?.name;
  }

  /** Whether the key was used. */
  function first(key: string, atMs: number): boolean {
    if (PLACES.some(({ keys }) => keys[0] === key)) {
      [firstKey, firstMs] = [key, atMs];
      return true;
    }
    if (key === "?") {
      sheet.value = true;
      return true;
    }
    const search = key === "/" ? searchOfPage() : null;
    search?.focus();
    return search !== null;
  }

  const isSingle = (event: KeyboardEvent) =>
    areOn.value &&
    !(event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) &&
    !isTyping(event.target) &&
    !isOverlaid();

  // Before anything else hears of it: the second key of a pair may mean something to a row.
  useEventListener(
    window,
    "keydown",
    (event: KeyboardEvent) => {
      if (!isSingle(event) || event.key === "Shift") return;
      const place = second(event.key, event.timeStamp);
      if (!place) return;
      event.preventDefault();
      event.stopPropagation();
      void router.push({ name: place });
    },
    { capture: true },
  );

  useEventListener(window, "keydown", (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing) return;
    const mod = isMac ? event.metaKey : event.ctrlKey;
    if (mod && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      palette.value = !palette.value;
      return;
    }
    if (isSingle(event) && first(event.key, event.timeStamp)) event.preventDefault();
  });
}
