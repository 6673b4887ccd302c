/** Links to lines: `#at=OFFSET` or `#at=FROM-TO`, by the byte offsets of the lines. */

export interface LogPlace {
  /** Offset of the first line. */
  from: number;
  /** Offset of the last one, which may be the same. */
  to: number;
}

/** The place in an address's hash, or null. */
export function parsePlace(hash: string): LogPlace | null {
  const match = /(?:^#?|&)at=(\d{1,15})(?:-(\d{1,15}))?(?:&|$)/.exec(hash);
  if (match === null) return null;
  const [a, b] = [Number(match[1]), Number(match[2] ?? match[1])];
  return { from: Math.min(a, b), to: Math.max(a, b) };
}

export function formatPlace(place: LogPlace): string {
  return place.from === place.to ? `#at=${place.from}` : `#at=${place.from}-${place.to}`;
}

/** From the place that was chosen first to the line that is chosen now. */
export function extendPlace(place: LogPlace | null, offset: number): LogPlace {
  if (place === null) return { from: offset, to: offset };
  return { from: Math.min(place.from, offset), to: Math.max(place.from, offset) };
}

export function isWithin(place: LogPlace | null, offset: number): boolean {
  return place !== null && offset >= place.from && offset <= place.to;
}
