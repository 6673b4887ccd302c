/** Sizes as words. */
import { expect, it } from "vitest";

import { bytesText } from "./sizes";

it.each([
  [0, "0 B"],
  [-5, "0 B"],
  [1023, "1023 B"],
  [1024, "1 KiB"],
  [1536, "1.5 KiB"],
  [1_048_500, "1 MiB"],
  [12_582_912, "12 MiB"],
  [10_737_418_240, "10 GiB"],
  [5e15, "4547 TiB"],
])("%d bytes are %s", (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});
