import { expect, test } from "vitest";

import { pairDiff, parseDiff } from "./diff";

const text = `--- a
+++ b
@@ -1,3 +1,3 @@
 one
-two
--- old rule
+2
 three
@@ -10,1 +10,2 @@
 ten
+eleven
\\ No newline at end of file
`;

test("reads kinds and line numbers; a removed line may look like a header", () => {
  const lines = parseDiff(text).map((line) => [line.kind, line.before, line.after, line.text]);
  expect(lines).toEqual([
    ["same", 1, 1, "one"],
    ["removed", 2, null, "two"],
    ["removed", 3, null, "-- old rule"],
    ["added", null, 2, "2"],
    ["same", 4, 3, "three"],
    ["gap", null, null, "5"],
    ["same", 10, 10, "ten"],
    ["added", null, 11, "eleven"],
  ]);
});

test("pairs what was replaced", () => {
  const pairs = pairDiff(parseDiff(text)).map((pair) => [pair.left?.text, pair.right?.text]);
  expect(pairs).toEqual([
    ["one", "one"],
    ["two", "2"],
    ["-- old rule", undefined],
    ["three", "three"],
    ["5", "5"],
    ["ten", "ten"],
    [undefined, "eleven"],
  ]);
});

test("nothing is no difference", () => {
  expect(parseDiff("")).toEqual([]);
});
