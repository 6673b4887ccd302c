/** Mounts a part of the run's page for a test, over answers instead of a server. */
import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { mount } from "@vue/test-utils";
import { createPinia } from "pinia";
import { vi } from "vitest";
import type { Component } from "vue";
import { createMemoryHistory, createRouter } from "vue-router";

const Empty = { render: () => null };
const NAMES = ["task", "edit-task", "run", "schedule"];
const PLACES = ["runs", "queues", "system", "tasks"];

/** What the server answers, by path below `/api/v1`; 404 for all others. */
export type Answers = Readonly<Record<string, unknown>>;

export function serve(answers: Answers) {
  const asked = vi.fn((input: RequestInfo | URL) => {
    const url = new URL(input instanceof Request ? input.url : input, location.href);
    const found = answers[url.pathname.replace("/api/v1", "")];
    const problem = { type: "urn:x", title: "Not Found", status: 404, code: "not_found" };
    const body = found ?? { ...problem, detail: "There is none.", ...(answers["404"] as object) };
    return Promise.resolve(Response.json(body, { status: found === undefined ? 404 : 200 }));
  });
  vi.stubGlobal("fetch", asked);
  return asked;
}

export async function show(
  component: Component,
  { props = {}, address = "/runs/38g34sqwm8qz6gmj" }: { props?: object; address?: string } = {},
) {
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: "/projects/:name", name: "project", component: Empty },
      ...NAMES.map((name) => ({
        path: name === "edit-task" ? "/tasks/:id/edit" : `/${name}s/:id`,
        name,
        component: Empty,
      })),
      ...PLACES.map((name) => ({ path: `/${name}`, name, component: Empty })),
    ],
  });
  await router.push(address);
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const wrapper = mount(component, {
    props,
    attachTo: document.body,
    global: { plugins: [router, createPinia(), [VueQueryPlugin, { queryClient }]] },
  });
  return { wrapper, router };
}
