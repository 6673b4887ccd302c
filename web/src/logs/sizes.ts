/** Sizes of logs in a reader's language: `1.4 MB`. */
const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** Making one is slow, and the rail says a size with every frame. */
const formats = new Map<string, Intl.NumberFormat>();

export function byteSize(bytes: number, locale: string): string {
  let [size, unit] = [bytes, 0];
  while (size >= 1000 && unit < UNITS.length - 1) [size, unit] = [size / 1000, unit + 1];
  const digits = unit === 0 || size >= 100 ? 0 : 1;
  const key = `${locale} ${unit} ${digits}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(locale, {
      style: "unit",
      unit: UNITS[unit] ?? "byte",
      unitDisplay: unit === 0 ? "long" : "short",
      maximumFractionDigits: digits,
    });
    formats.set(key, format);
  }
  return format.format(size);
}
