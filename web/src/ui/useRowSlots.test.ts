import { expect, test } from "vitest";

import { useRowSlots } from "./useRowSlots";

test("rows keep their elements, and lend them when they go", () => {
  const slots = useRowSlots();
  expect(slots(["a", "b", "c"], null)).toEqual([0, 1, 2]);
  expect(slots(["x", "a", "b"], null)).toEqual([2, 0, 1]);
  expect(slots(["p", "q", "r", "s"], null)).toEqual([2, 0, 1, 3]);
});

test("the element that has the focus is not lent", () => {
  const slots = useRowSlots();
  slots(["a", "b"], null);
  expect(slots(["c", "b"], "a")).toEqual([2, 1]);
  expect(slots(["c", "d"], "a")).toEqual([2, 1]);
});
