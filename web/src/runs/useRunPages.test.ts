import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { flushPromises, mount } from "@vue/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { defineComponent, h, ref } from "vue";

import type { Change } from "@/api/changes";
import { client } from "@/api/client";
import type { RunItem } from "@/api/generated";
import { live } from "@/api/live";

import type { RunFilter } from "./filter";
import { sampleRun } from "./sample";
import { useRunPages, type RunPages } from "./useRunPages";

let tell: (changes: Change[]) => void;
let unmount: (() => void) | undefined;
let answers: { items: RunItem[]; next_cursor: string | null }[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  vi.spyOn(live, "onChanges").mockImplementation((listener) => {
    tell = listener;
    return () => true;
  });
  client.setConfig({
    baseUrl: "http://runyard.test",
    fetch: vi.fn(() => Promise.resolve(Response.json(answers.shift()))) as unknown as typeof fetch,
  });
});
afterEach(() => {
  unmount?.();
  vi.useRealTimers();
});

const run = (id: string, fields: Partial<RunItem> = {}) => sampleRun({ id, seq: 1, ...fields });
let seq = 10;
const change = (id: string, fields: Partial<RunItem> = {}): Change => {
  seq += 1;
  return { seq, kind: "run", object: run(id, { seq, ...fields }) };
};

async function show(filter: RunFilter, { isCalm = true } = {}) {
  const calm = ref(isCalm);
  let pages: RunPages | undefined;
  const page = mount(
    defineComponent(() => {
      pages = useRunPages(() => filter, calm);
      return () => h("p");
    }),
    { global: { plugins: [[VueQueryPlugin, { queryClient: new QueryClient() }]] } },
  );
  unmount = () => page.unmount();
  await settled();
  if (!pages) throw new Error("not mounted");
  const list = pages;
  return { list, calm, ids: () => list.rows.value.map(({ id }) => id).join("") };
}

async function settled(ms = 0): Promise<void> {
  await flushPromises();
  await vi.advanceTimersByTimeAsync(ms);
  await flushPromises();
}

test("while nobody reads, new runs come on top and those that left go", async () => {
  answers = [{ items: [run("c"), run("b")], next_cursor: null }];
  const { ids } = await show({ status: ["running"] });
  tell([change("d"), change("b", { status: "failed" }), change("x", { status: "queued" })]);
  await settled();
  expect(ids()).toBe("dc");
});

test("while somebody reads, rows stay and change in place, and new ones are counted", async () => {
  answers = [{ items: [run("c"), run("b")], next_cursor: null }];
  const { list, calm, ids } = await show({ status: ["running"] }, { isCalm: false });
  tell([change("d"), change("e"), change("b", { status: "failed" })]);
  await settled();
  expect(ids()).toBe("cb");
  expect(list.rows.value[1]?.status).toBe("failed");
  expect(list.pending.value).toBe(2);
  // One of them ended before anybody saw it.
  tell([change("d", { status: "succeeded" })]);
  await settled();
  expect(list.pending.value).toBe(1);
  calm.value = true;
  await settled();
  expect(ids()).toBe("ec");
  expect(list.pending.value).toBe(0);
});

test("many at once come together, not one drawing for each", async () => {
  answers = [{ items: [run("a")], next_cursor: null }];
  const { ids } = await show({});
  tell([..."bcdefg"].map((id) => change(id)));
  await settled(1_000);
  expect(ids()).toBe("gfedcba");
  tell([..."hijklm"].map((id) => change(id)));
  await settled();
  tell([..."nopqrs"].map((id) => change(id)));
  await settled();
  expect(ids()).not.toContain("s");
  await settled(1_000);
  expect(ids()).toBe("srqponmlkjihgfedcba");
});

test("what changes while a page is on its way is not lost", async () => {
  let answer: (response: Response) => void = () => undefined;
  answers = [{ items: [run("d")], next_cursor: "d" }];
  const { list, ids } = await show({});
  client.setConfig({
    fetch: (() => new Promise<Response>((resolve) => (answer = resolve))) as typeof fetch,
  });
  list.loadMore();
  await settled();
  tell([change("e"), change("c", { status: "failed" })]);
  // Read before the change, answered after it.
  answer(Response.json({ items: [run("c"), run("b")], next_cursor: null }));
  await settled(1_000);
  expect(ids()).toBe("edcb");
  expect(list.rows.value[2]?.status).toBe("failed");
});

test("a reader who stays away for long gets the newest, and the rest by scrolling", async () => {
  answers = [{ items: [run("0000")], next_cursor: null }];
  const { list, ids } = await show({}, { isCalm: false });
  const named = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, at) => change(String(from + at).padStart(4, "0")));
  tell(named(1, 2_001));
  tell(named(2_001, 4_001));
  await settled();
  expect(list.pending.value).toBe(4_000);
  list.showPending();
  await settled();
  expect(list.rows.value[0]?.id).toBe("4000");
  expect(ids()).not.toContain("1999");
  expect(list.hasMore.value).toBe(true);
});
