/** Texts that were not saved yet, kept in this browser so that a closed tab loses nothing. */

export interface KeptText {
  text: string;
  /** The content hash that it is based on; empty for a new task. */
  base: string;
  /** When it was last changed, RFC 3339. */
  at: string;
}

const PREFIX = "runyard.draft.";
const DAYS = 30;

function isKept(value: unknown): value is KeptText {
  if (typeof value !== "object" || value === null) return false;
  const { text, base, at } = value as Record<string, unknown>;
  return typeof text === "string" && typeof base === "string" && typeof at === "string";
}

function parsed(text: string | null): KeptText | null {
  try {
    const value: unknown = JSON.parse(text ?? "null");
    return isKept(value) ? value : null;
  } catch {
    // Of another version, or cut off: as if nothing had been kept.
    return null;
  }
}

/** Whether it could be kept: a browser may refuse storage, or have no room. */
export function keep(taskId: string, text: string, base: string): boolean {
  try {
    const kept: KeptText = { text, base, at: new Date().toISOString() };
    localStorage.setItem(PREFIX + taskId, JSON.stringify(kept));
    return true;
  } catch {
    return false;
  }
}

export function kept(taskId: string): KeptText | null {
  try {
    return parsed(localStorage.getItem(PREFIX + taskId));
  } catch {
    // Storage is refused: nothing can have been kept.
    return null;
  }
}

export function forget(taskId: string): void {
  try {
    localStorage.removeItem(PREFIX + taskId);
  } catch {
    // Storage is refused: there is nothing to forget.
    return;
  }
}

/** Forgets what nobody came back for. */
export function forgetOld(now: Date = new Date()): void {
  try {
    for (const key of Object.keys(localStorage).filter((one) => one.startsWith(PREFIX))) {
      const found = parsed(localStorage.getItem(key));
      const age = found ? now.getTime() - Date.parse(found.at) : Infinity;
      if (!(age < DAYS * 86_400_000)) localStorage.removeItem(key);
    }
  } catch {
    // Storage is refused: there is nothing to forget.
    return;
  }
}
