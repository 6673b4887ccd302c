import { expect, it } from "vitest";

import { eachOf } from "./each";

it("does all, a few at a time, and gathers what failed", async () => {
  let live = 0;
  let most = 0;
  const { done, errors } = await eachOf(
    Array.from({ length: 30 }, (_, at) => at),
    async (at) => {
      most = Math.max(most, (live += 1));
      await Promise.resolve();
      live -= 1;
      if (at % 10 === 3) throw new Error(String(at));
    },
  );
  expect(done).toBe(27);
  expect(errors.map(String)).toEqual(["Error: 3", "Error: 13", "Error: 23"]);
  expect(most).toBeLessThanOrEqual(6);
});
