/** The path of a tiny line chart; gaps where a point is null. */
export interface Box {
  width: number;
  height: number;
}

/** An svg path through the points, y growing upwards from `low` to `high`; flat series lie in the middle. */
export function linePath(points: readonly (number | null)[], { width, height }: Box): string {
  const known = points.filter((point) => point !== null);
  if (known.length === 0) return "";
  const low = Math.min(...known);
  const span = Math.max(...known) - low;
  const step = points.length > 1 ? width / (points.length - 1) : 0;
  let pen = "M";
  let path = "";
  points.forEach((point, index) => {
    if (point === null) {
      pen = "M";
      return;
    }
    const y = span === 0 ? height / 2 : height - ((point - low) / span) * height;
    path += `${pen}${round(index * step)} ${round(y)}`;
    pen = "L";
  });
  return path;
}

function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}
