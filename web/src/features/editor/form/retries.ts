/** Retries as settings hold them: a number alone, or a table. */
import { isTable, type Settings } from "../patch";

export function retriesOf(written: unknown): Settings {
  if (typeof written === "number") return { max: written };
  return isTable(written) ? written : {};
}

/** As short as it can be written; null for none. */
export function writtenRetries(before: unknown, after: Settings): unknown {
  const kept = Object.entries(after).filter(
    ([, value]) => value !== null && value !== "" && !(Array.isArray(value) && !value.length),
  );
  if (!kept.length) return null;
  const isShort = !isTable(before) && kept.length === 1 && kept[0]?.[0] === "max";
  return isShort ? kept[0]?.[1] : Object.fromEntries(kept);
}
