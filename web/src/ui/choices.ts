/** Which options a search leaves, and whether what was typed may become a new one. */
import type { Option } from "./actions";

/** More lines than anyone reads make the list slow; the search narrows it. */
export const MOST_SHOWN = 200;

/** Options whose label, value or detail hold every word of the search; beginnings first. */
export function matching(options: readonly Option[], search: string): Option[] {
  const words = search.trim().toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const first = words[0];
  if (first === undefined) return options.slice(0, MOST_SHOWN);
  const found = options.filter((one) => {
    const text = `${one.label} ${one.value} ${one.detail ?? ""}`.toLocaleLowerCase();
    return words.every((word) => text.includes(word));
  });
  const begins = (one: Option) => (one.label.toLocaleLowerCase().startsWith(first) ? 0 : 1);
  return found.sort((a, b) => begins(a) - begins(b)).slice(0, MOST_SHOWN);
}

/** The typed text when it may be created: not empty, and no option is called so. */
export function creatable(
  options: readonly Option[],
  chosen: readonly string[],
  search: string,
): string | null {
  const name = search.trim();
  if (!name || chosen.includes(name)) return null;
  return options.some((one) => one.value === name || one.label === name) ? null : name;
}
