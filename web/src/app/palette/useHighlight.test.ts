import { describe, expect, it } from "vitest";
import { nextTick, ref } from "vue";

import type { Group } from "./items";
import { useHighlight } from "./useHighlight";

const group = (name: Group["name"], ...keys: string[]): Group => ({
  name,
  items: keys.map((key) => ({
    key,
    group: name,
    title: key,
    icon: () => null,
    act: () => undefined,
  })),
});

const key = (name: string, more: KeyboardEventInit = {}) =>
  new KeyboardEvent("keydown", { key: name, ...more });

function setUp() {
  const groups = ref([group("tasks", "a", "b"), group("runs", "c")]);
  const query = ref("");
  return { groups, query, highlight: useHighlight(groups, query) };
}

describe("the line that the keyboard is on", () => {
  it("goes down, up and around the ends", () => {
    const { highlight } = setUp();
    const seen = [highlight.key.value];
    for (const name of ["ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp"]) {
      expect(highlight.move(key(name))).toBe(true);
      seen.push(highlight.key.value);
    }
    expect(seen).toEqual(["a", "b", "c", "a", "c"]);
    expect(highlight.move(key("p", { ctrlKey: true }))).toBe(true);
    expect(highlight.key.value).toBe("b");
    highlight.move(key("PageDown"));
    expect(highlight.key.value).toBe("c");
  });

  it("leaves other keys alone", () => {
    const { highlight } = setUp();
    for (const event of [key("x"), key("Home"), key("ArrowDown", { altKey: true })]) {
      expect(highlight.move(event)).toBe(false);
    }
    expect(highlight.key.value).toBe("a");
  });

  it("stays on its line while results come in, and starts again with another query", async () => {
    const { groups, query, highlight } = setUp();
    highlight.set("b");
    groups.value = [group("go", "new"), group("tasks", "a", "b")];
    expect(highlight.key.value).toBe("b");
    groups.value = [group("go", "new")];
    expect(highlight.key.value).toBe("new");
    highlight.set("new");
    query.value = "x";
    await nextTick();
    groups.value = [group("tasks", "a"), group("go", "new")];
    expect(highlight.key.value).toBe("a");
  });

  it("is nowhere when there is nothing", () => {
    const { groups, highlight } = setUp();
    groups.value = [];
    expect(highlight.key.value).toBeUndefined();
    expect(highlight.move(key("ArrowDown"))).toBe(true);
    expect(highlight.item.value).toBeUndefined();
  });
});
