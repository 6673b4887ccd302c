/** Small choices of the reader (widths, hidden columns) kept in this browser; a browser without storage forgets. */
export function remember(key: string, value: unknown): void {
  try {
    localStorage.setItem(`runyard.${key}`, JSON.stringify(value));
  } catch {
    // Storage refused or full: the choice holds for this visit.
    return;
  }
}

/** The remembered value if `accepts` it, else undefined. */
export function recall<T>(key: string, accepts: (value: unknown) => value is T): T | undefined {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(`runyard.${key}`) ?? "null");
    return accepts(value) ? value : undefined;
  } catch {
    // Unreadable or refused: as if nothing had been kept.
    return undefined;
  }
}
