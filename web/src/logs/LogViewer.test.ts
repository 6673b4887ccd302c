import { flushPromises, mount } from "@vue/test-utils";
import axe from "axe-core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createMemoryHistory, createRouter } from "vue-router";

import LogViewer from "./LogViewer.vue";
import { textLogSource } from "./text_source";
import { LogGone, type LogPage, type LogSource } from "./types";

const mounted: { unmount(): void }[] = [];
afterEach(() => {
  for (const one of mounted.splice(0)) one.unmount();
  document.body.innerHTML = "";
});

async function show(source: LogSource, props: Record<string, unknown> = {}) {
  // happy-dom lays nothing out: the view gets a height of thirty lines.
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(600);
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: "/", component: {} }],
  });
  const viewer = mount(LogViewer, {
    props: { source, zone: "UTC", ...props },
    global: { plugins: [router] },
    attachTo: document.body,
  });
  mounted.push(viewer);
  await flushPromises();
  await vi.waitFor(() => expect(viewer.find("[aria-busy=true]").exists()).toBe(false));
  return viewer;
}

type Viewer = Awaited<ReturnType<typeof show>>;
const shown = (viewer: Viewer): string[] => viewer.findAll("[data-text]").map((one) => one.text());
const press = (viewer: Viewer, key: string, more = {}) =>
  viewer.get("[role=log]").trigger("keydown", { key, ...more });
const button = (viewer: Viewer, label: string) => viewer.get(`button[aria-label="${label}"]`);

const EVIL = `<img src=x onerror="alert(1)">\n\u001b[31mred\u001b[0m <script>alert(1)</script>\n{{ 1 + 1 }}`;

describe("what is shown", () => {
  it("is text, whatever it holds", async () => {
    const viewer = await show(textLogSource(EVIL));
    expect(shown(viewer)).toEqual(EVIL.replace(/\u001b\[\d+m/g, "").split("\n"));
    expect(viewer.find("[data-text] img, [data-text] script").exists()).toBe(false);
    expect(viewer.get(".ansi-fg-1").text()).toBe("red");
  });

  it("of a long log is only what is on the screen", async () => {
    const viewer = await show(
      textLogSource(Array.from({ length: 5000 }, (_, i) => `line ${i}`).join("\n")),
    );
    expect(shown(viewer)[0]).toBe("line 0");
    expect(shown(viewer).length).toBeLessThan(100);
    expect(viewer.get("a[href='#at=0']").text()).toBe("1");
  });

  it("states of a progress bar fold, and unfold", async () => {
    const viewer = await show(textLogSource("10%\r20%\r30%\nend"));
    expect(shown(viewer)[0]).toContain("30%");
    expect(shown(viewer)[0]).not.toContain("10%");
    await viewer.get("[data-text] button").trigger("click");
    await vi.waitFor(() => expect(shown(viewer)[0]).toContain("10%"));
  });

  it("a very long line is cut, and shown on", async () => {
    const viewer = await show(textLogSource("x".repeat(30_000)));
    expect(shown(viewer)[0]?.length).toBeLessThan(2100);
    await viewer.get("[data-text] button").trigger("click");
    await vi.waitFor(() => expect(shown(viewer)[0]).toHaveLength(30_000));
  });
});

describe("the states", () => {
  const failing = (error: Error): LogSource => ({
    ...textLogSource("back"),
    page: vi.fn().mockRejectedValueOnce(error).mockImplementation(textLogSource("back").page),
  });

  it("nothing was written, or not yet", async () => {
    expect((await show(textLogSource(""))).text()).toContain("Nothing was written");
    const live = { ...textLogSource(""), follow: () => () => undefined };
    expect((await show(live, { live: true })).text()).toContain("No output yet");
  });

  it("gone", async () => {
    expect((await show(failing(new LogGone("x")))).text()).toContain("not there any more");
  });

  it("an error says why and tries again", async () => {
    const viewer = await show(failing(new Error("the disk is away")));
    expect(viewer.get("[role=alert]").text()).toContain("the disk is away");
    await viewer.get("[role=alert] button").trigger("click");
    await vi.waitFor(() => expect(shown(viewer)).toEqual(["back"]));
  });
});

it("searches, marks and counts", async () => {
  const viewer = await show(textLogSource("apple\nbanana\nApple pie\nplum"));
  await press(viewer, "/");
  await viewer.get("input").setValue("apple");
  await vi.waitFor(() => expect(viewer.get("[role=search]").text()).toContain("2 lines"));
  expect(viewer.findAll("mark").map((mark) => mark.text())).toEqual(["apple", "Apple"]);
  await button(viewer, "Match case").trigger("click");
  await vi.waitFor(() => expect(viewer.get("[role=search]").text()).toContain("1 line"));
  await viewer.get("input").trigger("keydown", { key: "Escape" });
  expect(viewer.find("mark").exists()).toBe(false);
});

it("lines are linked to, selected as a range and copied as text", async () => {
  const viewer = await show(textLogSource("one\n\u001b[31mtwo\u001b[0m\nthree\nfour"));
  await viewer.get("a[href='#at=4']").trigger("click");
  expect(viewer.emitted("update:place")?.at(-1)).toEqual([{ from: 4, to: 4 }]);
  const offsets = viewer
    .findAll("a[href^='#at=']")
    .map((link) => Number(link.attributes("href")?.slice(4)));
  const third = offsets[2] ?? 0;
  await viewer.get(`a[href='#at=${third}']`).trigger("click", { shiftKey: true });
  expect(viewer.emitted("update:place")?.at(-1)).toEqual([{ from: 4, to: third }]);
  const copied: Record<string, string> = {};
  const event = new Event("copy", { bubbles: true, cancelable: true });
  Object.assign(event, {
    clipboardData: { setData: (kind: string, text: string) => (copied[kind] = text) },
  });
  viewer.get("[role=log]").element.dispatchEvent(event);
  expect(copied).toEqual({ "text/plain": "two\nthree" });
});

it("follows a live log, counts what is new when left, and goes back", async () => {
  let grow: (page: LogPage) => void = () => undefined;
  let log = Array.from({ length: 200 }, (_, i) => `line ${i}`).join("\n");
  const source: LogSource = {
    ...textLogSource(log),
    tail: (lines) => textLogSource(log).tail(lines),
    follow: (_, onPage) => ((grow = onPage), () => undefined),
  };
  const viewer = await show(source, { live: true });
  await vi.waitFor(() => expect(shown(viewer).at(-1)).toBe("line 199"));
  const follow = () => viewer.get("button[aria-pressed][class]:not([aria-label])");
  expect(follow().text()).toBe("Following");
  await press(viewer, "f");
  await vi.waitFor(() => expect(follow().text()).toBe("Follow"));
  const start = log.length;
  log += "\nnew";
  const line = { offset: start, at: null, stream: "stderr", text: "new", partial: false } as const;
  grow({ lines: [line], start, nextOffset: log.length, size: log.length, complete: false });
  await vi.waitFor(() => expect(viewer.text()).toContain("1 new line"));
  await press(viewer, "G");
  await vi.waitFor(() => expect(viewer.text()).not.toContain("1 new line"));
  expect(shown(viewer).at(-1)).toContain("new");
});

it("keys change what is shown, but not while typing", async () => {
  const viewer = await show(textLogSource("one\ntwo\nthree"));
  expect(viewer.find(".log-wrap").exists()).toBe(true);
  await press(viewer, "w");
  await vi.waitFor(() => expect(viewer.find(".log-nowrap").exists()).toBe(true));
  for (const [key, line] of [
    ["j", "one"],
    ["j", "two"],
    ["k", "one"],
  ] as const) {
    await press(viewer, key);
    await vi.waitFor(() => expect(viewer.get("p[role=status]").text()).toBe(line));
  }
  await press(viewer, "f", { ctrlKey: true });
  await viewer.get("input").trigger("keydown", { key: "w" });
  expect(viewer.find(".log-nowrap").exists()).toBe(true);
});

it("axe finds nothing", async () => {
  const viewer = await show(textLogSource(EVIL), { place: { from: 0, to: 0 } });
  await press(viewer, "/");
  // Colours need a real layout: `styles` sees to them.
  const { violations } = await axe.run(viewer.element, {
    rules: { "color-contrast": { enabled: false } },
  });
  expect(
    violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(" ")}`),
  ).toEqual([]);
});
