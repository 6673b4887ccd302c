/** Counts by bucket as a table of days by hours. */
import type { DensityAnswer } from "@/api/generated";
import { clockIn, dayIn } from "@/scheduling";

export type Measure = "hour" | "minute";

/**
 * By day of `days`, then by hour of the zone's clock: all fires of the hour, or those of its
 * fullest bucket. An hour that comes twice holds both.
 */
export function densityOf(
  counted: DensityAnswer,
  days: readonly string[],
  zone: string,
  measure: Measure = "hour",
): number[][] {
  const table = days.map(() => Array.from({ length: 24 }, () => 0));
  const places = new Map(days.map((day, index) => [day, index]));
  const first = Date.parse(counted.start);
  counted.counts.forEach((count, index) => {
    if (!count) return;
    const at = first + index * counted.bucket_s * 1000;
    const row = table[places.get(dayIn(at, zone)) ?? -1];
    const hour = Number(clockIn(at, zone).slice(0, 2));
    if (!row) return;
    const known = row[hour] ?? 0;
    row[hour] = measure === "hour" ? known + count : Math.max(known, count);
  });
  return table;
}

export interface Crowd {
  row: number;
  hour: number;
  value: number;
}

/** The fullest hours, the fullest first; of equals the earlier. */
export function crowded(table: readonly (readonly number[])[], most: number): Crowd[] {
  return table
    .flatMap((values, row) => values.map((value, hour) => ({ row, hour, value })))
    .filter(({ value }) => value > 0)
    .sort((a, b) => b.value - a.value || a.row - b.row || a.hour - b.hour)
    .slice(0, most);
}

/**
 * How much each hour stands out: what nearly every hour has counts as one, so that a steady load
 * does not drown the crowds. Nothing stays nothing.
 */
export function contrasted(table: readonly (readonly number[])[]): number[][] {
  const values = table
    .flat()
    .filter((value) => value > 0)
    .sort((a, b) => a - b);
  const usual = values[Math.floor(values.length / 10)] ?? 1;
  return table.map((row) => row.map((value) => (value > 0 ? Math.max(1, value - usual + 1) : 0)));
}
