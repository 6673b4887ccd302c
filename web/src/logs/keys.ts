/** What a key does in the log viewer. */
export type LogKey =
  | "down" | "up" | "pageDown" | "pageUp" | "start" | "end" | "search" | "next" | "previous"
  | "wrap" | "follow" | "times" | "link" | "close"; // prettier-ignore

const KEYS: Readonly<Record<string, LogKey>> = {
  j: "down",
  ArrowDown: "down",
  k: "up",
  ArrowUp: "up",
  PageDown: "pageDown",
  " ": "pageDown",
  PageUp: "pageUp",
  g: "start",
  Home: "start",
  G: "end",
  End: "end",
  "/": "search",
  n: "next",
  N: "previous",
  w: "wrap",
  f: "follow",
  t: "times",
  Enter: "link",
  Escape: "close",
};

type KeyPress = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">;

/** Ctrl-F (or Cmd-F) is the search of the log, since the browser's only sees what is drawn. */
export function logKey(event: KeyPress): LogKey | null {
  if (event.altKey) return null;
  if (event.ctrlKey || event.metaKey) return event.key.toLowerCase() === "f" ? "search" : null;
  return KEYS[event.key] ?? null;
}

/** The keys that the help shows, and the message that says what they do. */
export const HELP: readonly (readonly [keys: readonly string[], message: string])[] = [
  [["j", "k"], "logview.keyMove"],
  [["g", "G"], "logview.keyEnds"],
  [["/", "Ctrl+F"], "logview.keySearch"],
  [["n", "N"], "logview.keyMatches"],
  [["w"], "logview.keyWrap"],
  [["f"], "logview.keyFollow"],
  [["t"], "logview.keyTimes"],
  [["Enter"], "logview.keyLink"],
];
