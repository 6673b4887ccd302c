/** Draws a timeline: lanes, grid, bars and the line of now, onto one canvas. */
import type { PlacedBar, TimelineLayout, TimeRange } from "./timeline";
import { dataTones, readToken, readTone, type DataTone } from "./tones";

export const rowPitch = 20;
export const lanePadding = 4;
export const axisHeight = 24;

export interface Palette {
  tones: Record<DataTone, string>;
  line: string;
  ink: string;
  now: string;
  focus: string;
  font: string;
}

export function readPalette(of: Element): Palette {
  const tones = Object.fromEntries(dataTones.map((tone) => [tone, readTone(tone, of)]));
  return {
    tones: tones as Record<DataTone, string>,
    line: readToken("--line", of),
    ink: readToken("--ink-3", of),
    now: readToken("--accent", of),
    focus: readToken("--ink", of),
    font: `11px ${getComputedStyle(of).fontFamily}`,
  };
}

export interface Scene {
  layout: TimelineLayout;
  /** The top of each row, by row. */
  tops: readonly number[];
  /** The bottom edge of each lane. */
  edges: readonly number[];
  range: TimeRange;
  ticks: readonly { at: number; text: string }[];
  now: number;
  width: number;
  height: number;
  marked: string | null;
}

/** Tops of rows and bottoms of lanes below the axis, in pixels. */
export function measureLanes(layout: TimelineLayout): { tops: number[]; edges: number[] } {
  const tops: number[] = [];
  const edges: number[] = [];
  let y = 0;
  for (const lane of layout.lanes) {
    y += lanePadding;
    for (let row = 0; row < lane.rows; row += 1) {
      tops.push(y);
      y += rowPitch;
    }
    y += lanePadding;
    edges.push(y);
  }
  return { tops, edges };
}

/** `context` is scaled to CSS pixels already. */
export function draw(context: CanvasRenderingContext2D, scene: Scene, palette: Palette): void {
  const { width, height, range } = scene;
  const scale = width / (range.to - range.from);
  const x = (time: number) => (time - range.from) * scale;
  context.clearRect(0, 0, width, height);
  drawGrid(context, scene, palette, x);
  scene.layout.rows.forEach((row, index) => {
    drawRow(context, row, { top: scene.tops[index] ?? 0, x, scene, palette });
  });
  if (scene.now >= range.from && scene.now <= range.to) {
    context.fillStyle = palette.now;
    context.fillRect(Math.round(x(scene.now)), 0, 1, height);
  }
}

function drawGrid(
  context: CanvasRenderingContext2D,
  scene: Scene,
  palette: Palette,
  x: (time: number) => number,
): void {
  context.fillStyle = palette.line;
  for (const tick of scene.ticks) context.fillRect(Math.round(x(tick.at)), 0, 1, scene.height);
  for (const edge of scene.edges) context.fillRect(0, edge - 1, scene.width, 1);
}

interface RowScene {
  top: number;
  x: (time: number) => number;
  scene: Scene;
  palette: Palette;
}

function drawRow(
  context: CanvasRenderingContext2D,
  row: readonly PlacedBar[],
  { top, x, scene, palette }: RowScene,
): void {
  // Thousands of bars within one pixel are one bar: what is covered already is not drawn again.
  let covered = -1;
  let tone = "";
  for (const placed of row) {
    if (placed.end < scene.range.from || placed.start > scene.range.to) continue;
    const left = Math.max(-4, x(placed.start));
    const right = Math.min(scene.width + 4, Math.max(left + 3, x(placed.end) - 1));
    const marked = placed.bar.id === scene.marked;
    if (right <= covered && placed.bar.tone === tone && !marked) continue;
    covered = Math.max(covered, right);
    tone = placed.bar.tone;
    context.fillStyle = palette.tones[placed.bar.tone];
    fillBar(context, left, top + 3, right - left);
    if (marked) {
      context.strokeStyle = palette.focus;
      context.lineWidth = 2;
      context.strokeRect(left - 1, top + 2, right - left + 2, rowPitch - 4);
    }
  }
}

function fillBar(context: CanvasRenderingContext2D, left: number, top: number, width: number) {
  const height = rowPitch - 6;
  if (width < 6) {
    context.fillRect(left, top, width, height);
    return;
  }
  context.beginPath();
  context.roundRect(left, top, width, height, 3);
  context.fill();
}
