/** One requirement a line; empty lines are none. */
export function requirementsOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}
