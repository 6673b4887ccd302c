import { mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { nextTick } from "vue";

import DataTable from "./DataTable.vue";
import type { DataColumn } from "./dataTable";

interface Row {
  id: string;
  size: number;
}
const columns: DataColumn<Row>[] = [
  { id: "id", header: "Id", value: (row) => row.id },
  { id: "size", header: "Size", value: (row) => row.size, sortable: true, align: "end" },
];
const some = (count: number): Row[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `r${String(index)}`,
    size: (index * 7) % 10,
  }));

let page: VueWrapper | undefined;

beforeEach(() => {
  // happy-dom lays nothing out: every box is a window of 800 by 400.
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(400);
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(800);
  vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(400);
  vi.spyOn(HTMLElement.prototype, "offsetWidth", "get").mockReturnValue(800);
});
afterEach(() => page?.unmount());

async function show(props: Record<string, unknown>) {
  const wrapper = mount(DataTable<Row>, {
    attachTo: document.body,
    props: { rows: some(5), columns, rowKey: (row: Row) => row.id, label: "Things", ...props },
  });
  page = wrapper;
  await nextTick();
  await nextTick();
  return wrapper;
}
const texts = (wrapper: VueWrapper) =>
  wrapper.findAll("[data-index]").map((row) => row.find("[role=gridcell]").text());

describe("DataTable", () => {
  test("holds only the rows in sight on the page, and says how many there are", async () => {
    const wrapper = await show({ rows: some(100_000) });
    expect(wrapper.findAll("[data-index]").length).toBeLessThan(60);
    expect(wrapper.get("[role=grid]").attributes("aria-rowcount")).toBe("100001");
    expect(texts(wrapper)[0]).toBe("r0");
  });

  test("sorts here, and tells the order", async () => {
    const wrapper = await show({ sortMode: "client" });
    await wrapper.get("[role=columnheader] button").trigger("click");
    expect(wrapper.emitted("update:sort")?.[0]).toEqual([{ id: "size", desc: false }]);
    await wrapper.setProps({ sort: { id: "size", desc: false } });
    expect(texts(wrapper)).toEqual(["r0", "r3", "r2", "r1", "r4"]);
    expect(wrapper.get("[aria-sort]").attributes("aria-sort")).toBe("ascending");
  });

  test("moves with the keys, opens with Enter, selects with Space", async () => {
    const wrapper = await show({ selectable: true });
    const row = (index: number) => wrapper.get(`[data-index="${String(index)}"]`);
    expect(row(0).attributes("tabindex")).toBe("0");
    await row(0).trigger("keydown", { key: "j" });
    await nextTick();
    expect(document.activeElement).toBe(row(1).element);
    await row(1).trigger("keydown", { key: "Enter" });
    expect(wrapper.emitted("open")?.[0]).toEqual([some(5)[1]]);
    await row(1).trigger("keydown", { key: " " });
    expect(wrapper.emitted("update:selected")?.[0]).toEqual([new Set(["r1"])]);
  });

  test("the focus stays with its row when rows come on top", async () => {
    const wrapper = await show({});
    const row = wrapper.get('[data-index="1"]');
    (row.element as HTMLElement).focus();
    await wrapper.setProps({ rows: [{ id: "new", size: 0 }, ...some(5)] });
    await nextTick();
    expect(document.activeElement?.textContent).toContain("r1");
    expect(document.activeElement?.getAttribute("data-index")).toBe("2");
    expect(wrapper.text()).toContain("1 new");
  });

  test("offers everything that matches once all loaded rows are selected", async () => {
    const wrapper = await show({ selectable: true, total: 90 });
    await wrapper.get("[role=columnheader] input").trigger("click");
    const offer = wrapper.findAll("button").find((button) => button.text().includes("90"));
    await offer?.trigger("click");
    expect(wrapper.emitted("selectAllMatching")).toHaveLength(1);
  });

  test("asks for more near the end, and not while it fails", async () => {
    const wrapper = await show({ hasMore: true, moreError: "gone" });
    expect(wrapper.emitted("loadMore")).toBeUndefined();
    expect(wrapper.text()).toContain("gone");
    await wrapper.setProps({ moreError: undefined });
    expect(wrapper.emitted("loadMore")).toHaveLength(1);
  });
});
