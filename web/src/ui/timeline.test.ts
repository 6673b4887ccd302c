import { describe, expect, test } from "vitest";

import { barAt, layOut, timeTicks, zoomed } from "./timeline";
import type { TimelineBar } from "./timeline";

const lane = { id: "l", label: "Lane" };
const bar = (id: string, start: number, end: number | null): TimelineBar => ({
  id,
  lane: "l",
  start,
  end,
  tone: "succeeded",
  label: id,
});

test("bars that overlap stand in rows of their own, up to the limit", () => {
  const bars = [bar("c", 6, 9), bar("a", 0, 5), bar("b", 3, null), bar("d", 6, 7)];
  const layout = layOut([lane], bars, { now: 10, most: 2 });
  const ids = layout.rows.map((row) => row.map((placed) => placed.bar.id).join(""));
  expect(ids).toEqual(["ac", "bd"]);
  expect(layout.lanes).toEqual([{ lane, row: 0, rows: 2 }]);
  expect(layout.rows[1]?.[0]?.end).toBe(10);
});

test("a lane without bars keeps its row, and bars of unknown lanes are left out", () => {
  const layout = layOut([{ id: "other", label: "" }], [bar("a", 0, 1)], { now: 1 });
  expect(layout.rows).toEqual([[]]);
});

test("what is under a point: the bar, or a thin one beside it", () => {
  const row = layOut([lane], [bar("a", 0, 10), bar("b", 20, 20)], { now: 30 }).rows[0];
  expect(barAt(row, 5, 0)?.bar.id).toBe("a");
  expect(barAt(row, 18, 3)?.bar.id).toBe("b");
  expect(barAt(row, 15, 3)).toBeUndefined();
});

describe("ticks", () => {
  test("stand at round moments of the zone", () => {
    const hour = 3_600_000;
    const { step, at } = timeTicks({ from: 1, to: 6 * hour }, { width: 540, offset: hour / 2 });
    expect(step).toBe(hour);
    expect(at[0]).toBe(hour / 2);
    expect(at).toHaveLength(6);
  });

  test("are never too many", () => {
    expect(timeTicks({ from: 0, to: 1e15 }, { width: 1 }).at.length).toBeLessThanOrEqual(200);
  });
});

test("a zoom keeps the moment under the mouse", () => {
  const range = zoomed({ from: 0, to: 100_000 }, 0.5, 25_000);
  expect(range).toEqual({ from: 12_500, to: 62_500 });
});
