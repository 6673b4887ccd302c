/** What the tests of the editor have in common: a component's surroundings, and a server that answers. */
import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { mount } from "@vue/test-utils";
import { createPinia } from "pinia";
import { defineComponent } from "vue";
import { createMemoryHistory, createRouter } from "vue-router";
import { vi } from "vitest";

const nothing = { render: () => null };
const names = ["tasks", "task", "edit-task", "new-task", "run", "runs", "schedules", "schedule"];

export function plugins() {
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const routes = names.map((name) => ({ name, path: `/${name}/:id?`, component: nothing }));
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: "/", component: nothing }, ...routes],
  });
  return [[VueQueryPlugin, { queryClient }], createPinia(), router] as never[];
}

/** Runs a composable inside of a component. */
export function within<T>(use: () => T): { result: T; unmount: () => void } {
  let result: T | undefined;
  const wrapper = mount(
    defineComponent({
      setup() {
        result = use();
        return () => null;
      },
    }),
    { global: { plugins: plugins() } },
  );
  return { result: result as T, unmount: () => wrapper.unmount() };
}

export interface Call {
  method: string;
  path: string;
  body: unknown;
  headers: Headers;
}

/** Answers each call by `answer`; the calls are collected. */
export function serve(answer: (call: Call) => { status?: number; body: unknown }): Call[] {
  const calls: Call[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const text = request.method === "GET" ? "" : await request.text();
    const call = {
      method: request.method,
      path: new URL(request.url).pathname,
      body: text ? (JSON.parse(text) as unknown) : null,
      headers: request.headers,
    };
    calls.push(call);
    const { status = 200, body } = answer(call);
    return new Response(JSON.stringify(body), {
      status,
      headers: { "content-type": status < 400 ? "application/json" : "application/problem+json" },
    });
  });
  return calls;
}
