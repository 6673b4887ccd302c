/** Both languages have the same keys, the same placeholders and no empty text. */
import { describe, expect, it } from "vitest";

type Tree = { [key: string]: string | Tree };

const english = import.meta.glob<Tree>("./en/*.ts", { eager: true, import: "default" });
const chinese = import.meta.glob<Tree>(["./zh-CN/*.ts", "!./zh-CN/index.ts"], {
  eager: true,
  import: "default",
});

const area = (path: string) => path.replace(/^.*\/|\.ts$/g, "");

function flat(tree: Tree, prefix = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === "string") found.set(prefix + key, value);
    else for (const [inner, text] of flat(value, `${prefix}${key}.`)) found.set(inner, text);
  }
  return found;
}

const placeholders = (text: string) =>
  [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]))].sort();

describe("the languages", () => {
  it("have the same areas", () => {
    expect(Object.keys(chinese).map(area).sort()).toEqual(Object.keys(english).map(area).sort());
  });

  it.each(Object.keys(english).map(area))("say the same in %s", (name) => {
    const one = flat(english[`./en/${name}.ts`] ?? {});
    const other = flat(chinese[`./zh-CN/${name}.ts`] ?? {});
    expect([...other.keys()].sort()).toEqual([...one.keys()].sort());
    for (const [key, text] of one) {
      expect(text.trim(), key).not.toBe("");
      expect(other.get(key)?.trim(), key).not.toBe("");
      expect(placeholders(other.get(key) ?? ""), key).toEqual(placeholders(text));
    }
  });
});
