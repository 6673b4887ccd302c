import { describe, expect, it } from "vitest";

import { findBlock, tomlOf } from "./block";

describe("the block of a script", () => {
  it.each([
    ["at the top", "# /// script\n# a = 1\n# ///\nprint()", { first: 1, last: 3 }],
    ["after words", '"""doc"""\n\n# /// script\n#\n# ///', { first: 3, last: 5 }],
    ["not closed", "# /// script\n# a = 1\nprint()\n# ///", null],
    ["of another kind", "# /// other\n# a = 1\n# ///", null],
    ["none", "print(1)", null],
  ])("is found: %s", (_, text, expected) => {
    expect(findBlock(text.split("\n"))).toEqual(expected);
  });

  it("is TOML without its comment signs", () => {
    expect(["# a = 1", "#", "#   b", "#c"].map(tomlOf)).toEqual(["a = 1", "", "  b", "c"]);
  });
});
