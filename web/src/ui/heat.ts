/** Cells of a heat map and of a month: how strong a colour is, which day stands where. */

/** 0 for nothing, else 1..4: the quarter of the highest value, so that one still shows beside a thousand. */
export function heatLevel(value: number, highest: number): 0 | 1 | 2 | 3 | 4 {
  if (value <= 0 || highest <= 0) return 0;
  const level = Math.ceil((4 * Math.log1p(value)) / Math.log1p(highest));
  return Math.max(1, Math.min(4, level)) as 1 | 2 | 3 | 4;
}

/** `2026-11-05` of a plain date, without any zone. */
export function dayKey(year: number, month: number, day: number): string {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.toISOString().slice(0, 10);
}

export interface MonthDay {
  key: string;
  day: number;
  /** Of the shown month, not of its neighbours. */
  inside: boolean;
}

/** The weeks that a month touches, each of seven days; `firstDay` 1 is Monday, 7 (or 0) Sunday. */
export function monthWeeks(year: number, month: number, firstDay = 1): MonthDay[][] {
  const weekday = new Date(Date.UTC(year, month - 1, 1)).getUTCDay();
  const lead = (weekday - (firstDay % 7) + 7) % 7;
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const weeks: MonthDay[][] = [];
  for (let first = 1 - lead; first <= length; first += 7) {
    weeks.push(
      Array.from({ length: 7 }, (_, index) => {
        const day = first + index;
        const key = dayKey(year, month, day);
        return { key, day: Number(key.slice(8)), inside: day >= 1 && day <= length };
      }),
    );
  }
  return weeks;
}

/** The cell that an arrow, Home or End leads to in a grid; undefined for other keys. */
export function gridMove(
  key: string,
  at: { row: number; column: number },
  { rows, columns }: { rows: number; columns: number },
): { row: number; column: number } | undefined {
  const clamp = (value: number, most: number) => Math.max(0, Math.min(most - 1, value));
  switch (key) {
    case "ArrowUp":
      return { ...at, row: clamp(at.row - 1, rows) };
    case "ArrowDown":
      return { ...at, row: clamp(at.row + 1, rows) };
    case "ArrowLeft":
      return { ...at, column: clamp(at.column - 1, columns) };
    case "ArrowRight":
      return { ...at, column: clamp(at.column + 1, columns) };
    case "Home":
      return { ...at, column: 0 };
    case "End":
      return { ...at, column: columns - 1 };
    default:
      return undefined;
  }
}
