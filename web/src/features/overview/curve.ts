/** The path of a small curve on a fixed scale, so that a calm machine looks calm. Pure. */
export interface CurvePoint {
  atMs: number;
  value: number;
}

export interface CurveBox {
  width: number;
  height: number;
  /** The value at the top. */
  top: number;
  fromMs: number;
  toMs: number;
}

/** A line through the points; it breaks where more than `gapMs` lie between two. */
export function curvePath(points: readonly CurvePoint[], box: CurveBox, gapMs: number): string {
  const span = Math.max(1, box.toMs - box.fromMs);
  let path = "";
  let before = -Infinity;
  for (const { atMs, value } of points) {
    if (atMs < box.fromMs || atMs > box.toMs) continue;
    const x = ((atMs - box.fromMs) / span) * box.width;
    const y = box.height * (1 - Math.min(1, Math.max(0, value / box.top)));
    path += `${atMs - before > gapMs ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`;
    before = atMs;
  }
  return path;
}
