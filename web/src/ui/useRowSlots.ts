/** Lends the elements of rows that went out of sight to those that came, which is cheaper than new ones. */

/**
 * Answers a stable number for each shown key: the same as before for a key that was there, else one
 * of a key that is gone. `kept`: the key that may have the focus; its number is not lent to another
 * row, or that row would have the focus.
 */
export function useRowSlots(): (keys: readonly string[], kept: string | null) => number[] {
  let taken = new Map<string, number>();
  let next = 0;
  return (keys, kept) => {
    const shown = new Set(keys);
    const free: number[] = [];
    for (const [key, slot] of taken) if (!shown.has(key) && key !== kept) free.push(slot);
    // From the end: the order stays the same where all rows are replaced.
    free.reverse();
    const now = new Map<string, number>();
    for (const key of keys) now.set(key, taken.get(key) ?? free.pop() ?? next++);
    taken = now;
    return [...now.values()];
  };
}
