import { mount } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { defineComponent, h } from "vue";
import { createMemoryHistory, createRouter } from "vue-router";

import { i18n } from "@/i18n";

import { PLACES } from "./navigation";
import { usePalette } from "./palette/open";
import {
  isTyping,
  PAIR_MS,
  SHORTCUTS,
  useShortcuts,
  useShortcutSheet,
  useSingleKeys,
} from "./shortcuts";

const Empty = { render: () => null };
const Page = defineComponent({
  setup() {
    useShortcuts();
    return () =>
      h("main", [h("input", { type: "search" }), h("input", { id: "name" }), h("textarea")]);
  },
});

let router: ReturnType<typeof createRouter>;
let wrapper: ReturnType<typeof mount>;

beforeEach(async () => {
  router = createRouter({
    history: createMemoryHistory(),
    routes: PLACES.map(({ name }) => ({ path: `/${name}`, name, component: Empty })),
  });
  await router.push("/settings");
  wrapper = mount(Page, { global: { plugins: [router] }, attachTo: document.body });
});

afterEach(() => {
  wrapper.unmount();
  usePalette().open.value = false;
  useShortcutSheet().open.value = false;
  useSingleKeys().value = true;
  vi.useRealTimers();
});

function press(key: string, more: KeyboardEventInit = {}, target: Element = document.body) {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
  target.dispatchEvent(event);
  return event.defaultPrevented;
}

const place = () => router.currentRoute.value.name;
const settled = () => new Promise((resolve) => setTimeout(resolve));

describe("the keys of every page", () => {
  it("leads to a place by two keys", async () => {
    expect(press("g")).toBe(true);
    expect(press("t")).toBe(true);
    await settled();
    expect(place()).toBe("tasks");
  });

  it("keeps the second key from a row that has a meaning for it", async () => {
    const row = vi.fn();
    wrapper.element.addEventListener("keydown", row);
    press("g", {}, wrapper.element);
    press("r", {}, wrapper.element);
    expect(row).toHaveBeenCalledOnce();
    press("r", {}, wrapper.element);
    expect(row).toHaveBeenCalledTimes(2);
    await settled();
    expect(place()).toBe("runs");
  });

  it("forgets the first key after a while, and with another key", async () => {
    let now = 0;
    vi.spyOn(Event.prototype, "timeStamp", "get").mockImplementation(() => now);
    press("g");
    now = PAIR_MS + 1;
    expect(press("t")).toBe(false);
    press("g");
    press("x");
    expect(press("t")).toBe(false);
    await settled();
    expect(place()).toBe("settings");
  });

  it("opens the palette, also from an input, and closes it again", () => {
    const { open } = usePalette();
    expect(press("k", { ctrlKey: true }, wrapper.get("#name").element)).toBe(true);
    expect(open.value).toBe(true);
    press("K", { ctrlKey: true });
    expect(open.value).toBe(false);
    press("k", { ctrlKey: true, shiftKey: true });
    expect(open.value).toBe(false);
  });

  it("shows the sheet and leads to the page's search", () => {
    press("?", { shiftKey: true });
    expect(useShortcutSheet().open.value).toBe(true);
    expect(press("/")).toBe(true);
    expect(document.activeElement).toBe(wrapper.get("input[type=search]").element);
  });

  it("does nothing while the reader types, in a dialog, with Ctrl, or when switched off", async () => {
    for (const name of ["#name", "textarea"]) {
      const target = wrapper.get(name).element;
      expect(press("g", {}, target)).toBe(false);
      expect(press("?", {}, target)).toBe(false);
    }
    expect(press("g", { ctrlKey: true })).toBe(false);
    const dialog = document.createElement("div");
    dialog.setAttribute("role", "dialog");
    document.body.append(dialog);
    expect(press("g")).toBe(false);
    dialog.remove();
    useSingleKeys().value = false;
    expect(press("?")).toBe(false);
    expect(press("k", { ctrlKey: true })).toBe(true);
    await settled();
    expect(useShortcutSheet().open.value).toBe(false);
  });

  it("does nothing when a part of the page has used the key", () => {
    wrapper.element.addEventListener("keydown", (event: Event) => event.preventDefault());
    press("?", {}, wrapper.element);
    expect(useShortcutSheet().open.value).toBe(false);
  });
});

it.each([
  ["<input>", true],
  ["<input type='checkbox'>", false],
  ["<button></button>", false],
  ["<div contenteditable='true'></div>", true],
  ["<div role='listbox'></div>", true],
  ["<select></select>", true],
])("knows where keys are text: %s", (html, expected) => {
  const host = document.createElement("div");
  host.innerHTML = html;
  expect(isTyping(host.firstElementChild)).toBe(expected);
});

it("has words for every key of the list", () => {
  for (const group of SHORTCUTS) {
    expect(i18n.global.te(group.title), group.title).toBe(true);
    for (const { text } of group.shortcuts) expect(i18n.global.te(text), text).toBe(true);
  }
});
