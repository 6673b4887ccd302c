import { expect, it } from "vitest";

import { joinWords, splitWords } from "./argv";

it.each<[string, string[]]>([
  ["", []],
  ["  a  b ", ["a", "b"]],
  [`'two words' "three more words"`, ["two words", "three more words"]],
  [`--name='x y' a\\ b`, ["--name=x y", "a b"]],
  [`"" ''`, ["", ""]],
  [`"a\\"b" 'c\\d' "e\\d" f\\`, [`a"b`, "c\\d", "e\\d", "f\\"]],
  ["$HOME *.py", ["$HOME", "*.py"]],
])("splits %s", (line, words) => {
  expect(splitWords(line)).toEqual({ words });
});

it("says which quote is open", () => {
  expect(splitWords(`a "b`)).toEqual({ open: '"' });
  expect(splitWords(`it's`)).toEqual({ open: "'" });
});

it("joins words so that they split the same", () => {
  const signs = [..."ab '\"\\$`*\n\t=,-é中"];
  let seed = 7;
  const random = (below: number) => (seed = (seed * 16_807) % 2_147_483_647) % below;
  for (let round = 0; round < 500; round += 1) {
    const words = Array.from({ length: random(5) }, () =>
      Array.from({ length: random(7) }, () => signs[random(signs.length)]).join(""),
    );
    expect(splitWords(joinWords(words))).toEqual({ words });
  }
});
