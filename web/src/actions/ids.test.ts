import { expect, it } from "vitest";

import { idProblem } from "./ids";

it.each([
  ["nightly_report", null],
  ["抓取.每日-1", null],
  ["", "empty"],
  [".hidden", "dot"],
  ["a.", "dot"],
  ["a b", "sign"],
  ["../etc", "dot"],
  ["a/b", "sign"],
  ["é".repeat(101), "long"],
])("%s: %s", (id, problem) => {
  expect(idProblem(id)).toBe(problem);
});
