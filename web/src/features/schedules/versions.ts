/** What one set of settings has that another has not. */

export interface Difference {
  name: string;
  before: unknown;
  after: unknown;
}

type Settings = Readonly<Record<string, unknown>>;

/** Keys whose values differ, by name; undefined where a key is not there. */
export function differences(before: Settings, after: Settings): Difference[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((name) => ({ name, before: before[name], after: after[name] }));
}

export const shownValue = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value);
