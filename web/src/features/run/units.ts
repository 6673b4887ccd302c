/** The unit in which a curve of sizes is drawn. Pure. */

export interface Unit {
  name: string;
  bytes: number;
}

const UNITS: readonly Unit[] = ["B", "KiB", "MiB", "GiB", "TiB"].map((name, power) => ({
  name,
  bytes: 1024 ** power,
}));

/** The largest one of which `most` bytes are at least one. */
export const unitFor = (most: number): Unit =>
  UNITS.findLast(({ bytes }) => most >= bytes) ?? { name: "B", bytes: 1 };
