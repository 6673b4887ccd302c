import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { createPinia } from "pinia";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { client } from "@/api/client";
import { parseFilter } from "@/runs/language";

import FilterInput from "./FilterInput.vue";

let wrapper: VueWrapper | undefined;

beforeEach(() => {
  const items = [{ id: "crawl-site" }, { id: "report" }];
  const answers: Record<string, unknown> = {
    "/api/v1/tasks": { items, next_cursor: null },
    "/api/v1/schedules": { items: [], next_cursor: null },
    "/api/v1/task-facets": {
      tasks: 2,
      queues: [{ value: "gpu", count: 2 }],
      projects: [],
      labels: [],
      owners: [],
      executors: [],
    },
  };
  client.setConfig({
    baseUrl: "http://runyard.test",
    fetch: vi.fn((request: Request) =>
      Promise.resolve(Response.json(answers[new URL(request.url).pathname])),
    ) as unknown as typeof fetch,
  });
});
afterEach(() => {
  wrapper?.unmount();
  wrapper = undefined;
});

function show(applied = "") {
  const { problems } = parseFilter(applied, { now: 0, zone: "UTC" });
  const page = mount(FilterInput, {
    attachTo: document.body,
    props: { applied, problems },
    global: {
      plugins: [createPinia(), [VueQueryPlugin, { queryClient: new QueryClient() }]],
    },
  });
  wrapper = page;
  const input = page.get("input");
  async function type(text: string): Promise<void> {
    input.element.focus();
    input.element.value = text;
    input.element.setSelectionRange(text.length, text.length);
    await input.trigger("input");
    await flushPromises();
  }
  const offered = () => page.findAll("[role=option]").map((option) => option.text());
  return { page, input, type, offered };
}

test("leads from a key to a value and applies it", async () => {
  const { page, input, type, offered } = show();
  await type("que");
  expect(offered()[0]).toContain("queue:");
  await input.trigger("keydown", { key: "ArrowDown" });
  expect(input.attributes("aria-activedescendant")).toBe(
    page.get("[role=option]").attributes("id"),
  );
  await input.trigger("keydown", { key: "Enter" });
  await flushPromises();
  expect(input.element.value).toBe("queue:");
  expect(page.emitted("apply")).toBeUndefined();
  expect(offered()).toEqual(["gpu2"]);
  await input.trigger("keydown", { key: "ArrowDown" });
  await input.trigger("keydown", { key: "Enter" });
  expect(page.emitted("apply")).toEqual([["queue:gpu "]]);
  expect(input.attributes("aria-expanded")).toBe("false");
});

test("Enter without a choice applies what is written; Escape goes back", async () => {
  const { page, input, type } = show("status:failed");
  await type("status:failed net");
  await input.trigger("keydown", { key: "Enter" });
  expect(page.emitted("apply")).toEqual([["status:failed net"]]);
  await input.trigger("keydown", { key: "Escape" });
  expect(input.element.value).toBe("status:failed");
});

test("says what is wrong with an applied filter, at the word and below", () => {
  const { page, input } = show("status:odd net");
  expect(page.get("[role=alert]").text()).toContain("“odd”");
  expect(input.attributes("aria-invalid")).toBe("true");
  expect(page.get(".decoration-wavy").text()).toBe("odd");
});

test("does not call a word wrong that is still being written", async () => {
  const { page, type } = show();
  await type("status:fai");
  expect(page.find("[role=alert]").exists()).toBe(false);
  expect(page.find(".decoration-wavy").exists()).toBe(false);
});
