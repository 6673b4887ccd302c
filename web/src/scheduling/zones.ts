/** Time zones to choose from, with what they are ahead of UTC now. */
import { offsetMinutes } from "@/ui/zoned";
import type { Option } from "@/ui";

/** Every name that the browser knows, and UTC, which some leave out. */
export function zoneNames(): string[] {
  const known = Intl.supportedValuesOf("timeZone");
  return known.includes("UTC") ? known : ["UTC", ...known];
}

/** `UTC+05:30` */
export function offsetText(minutes: number): string {
  if (minutes === 0) return "UTC+00:00";
  const size = Math.abs(minutes);
  const two = (value: number) => String(value).padStart(2, "0");
  return `UTC${minutes < 0 ? "−" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** All zones by name, those in `first` on top; `also` is one that the browser may not know. */
export function zoneOptions(
  first: readonly string[],
  at: Date = new Date(),
  also?: string | null,
): Option[] {
  const names = new Set([...first, ...(also ? [also] : []), ...zoneNames()]);
  return [...names].map((name) => ({ value: name, label: name, detail: detailOf(name, at) }));
}

const DAY_MS = 86_400_000;
const details = new Map<string, string>();

/** Kept for the day: each zone costs a formatter. */
function detailOf(name: string, at: Date): string {
  const key = `${name} ${String(Math.floor(at.getTime() / DAY_MS))}`;
  let found = details.get(key);
  if (found === undefined) {
    try {
      found = offsetText(offsetMinutes(at, name));
    } catch {
      // The server may know zones that this browser does not.
      found = name;
    }
    details.set(key, found);
  }
  return found;
}
