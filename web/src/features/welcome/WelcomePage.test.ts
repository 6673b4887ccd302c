/** The tour from its first to its last step. */
import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { createPinia } from "pinia";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { defineComponent, h } from "vue";
import { createMemoryHistory, createRouter, RouterView, type Router } from "vue-router";

import { client } from "@/api/client";
import { sampleRun } from "@/runs/sample";
import { useToasts } from "@/ui";

import WelcomePage from "./WelcomePage.vue";

// Neither can be laid out here; both have tests of their own.
vi.mock("@/code", () => ({
  CodeEditor: { props: ["modelValue"], template: "<pre>{{ modelValue }}</pre>" },
}));
vi.mock("@/logs", () => ({
  LogViewer: { template: "<div>the log</div>" },
  runLogSource: () => ({}),
}));

const EXAMPLES = [
  { id: "minimal", title: "Minimal", description: "", content: "print(1)" },
  { id: "hello", title: "Hello", description: "", content: "print('hello')" },
];
const NAMES = ["task", "run", "runs", "schedule", "new-schedule", "new-task", "edit-task"];

// A busy machine takes its time; what is waited for is a state.
vi.setConfig({ testTimeout: 30_000 });
const PATIENCE = { timeout: 10_000 };

let asked: { call: string; body: Record<string, unknown> }[];
let answers: Record<string, { status?: number; body: unknown }>;
let router: Router;
let page: VueWrapper;

beforeEach(async () => {
  localStorage.clear();
  sessionStorage.clear();
  asked = [];
  answers = {
    "GET /system": { body: { tasks_dir: "tasks" } },
    "GET /examples": { body: { items: EXAMPLES } },
    "GET /tasks": { body: { items: [{ id: "hello" }], next_cursor: null } },
    "POST /tasks": { status: 201, body: { id: "hello_2" } },
    "GET /tasks/hello_2": { body: { id: "hello_2", spec: { parameters: [] } } },
    "POST /tasks/hello_2/runs": { status: 201, body: sampleRun({ id: "r1" }) },
    "GET /runs/r1": { body: sampleRun({ id: "r1", progress: 40, message: "greeted Ada" }) },
    "POST /schedules/preview": {
      body: { fires: [{ at: "2026-11-23T09:00:00Z" }], timezone: "UTC", problems: [] },
    },
    "POST /schedules": { status: 201, body: { id: "hello_2:tour" } },
    "DELETE /schedules/hello_2:tour": { body: {} },
  };
  client.setConfig({
    baseUrl: "http://test",
    fetch: async (input) => {
      const request = input as Request;
      const path = decodeURIComponent(new URL(request.url).pathname).replace("/api/v1", "");
      const call = `${request.method} ${path}`;
      const text = await request.text();
      asked.push({ call, body: text ? (JSON.parse(text) as Record<string, unknown>) : {} });
      const { status = 200, body } = answers[call] ?? { status: 404, body: {} };
      const kind = status < 300 ? "application/json" : "application/problem+json";
      return new Response(JSON.stringify(body), { status, headers: { "content-type": kind } });
    },
  });
  const empty = defineComponent(() => () => h("div"));
  router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: "/", name: "overview", component: empty },
      { path: "/welcome", name: "welcome", component: WelcomePage },
      ...NAMES.map((name) => ({ path: `/${name}/:id?`, name, component: empty })),
    ],
  });
  await router.push("/welcome");
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  page = mount(RouterView, {
    attachTo: document.body,
    global: { plugins: [createPinia(), router, [VueQueryPlugin, { queryClient }]] },
  });
  await flushPromises();
});
afterEach(() => {
  page.unmount();
  useToasts().clear();
});

const button = (name: string) => page.findAll("button").find((one) => one.text() === name);
async function press(name: string): Promise<void> {
  await vi.waitFor(() => {
    expect(button(name)).toBeDefined();
  }, PATIENCE);
  await flushPromises();
  const found = button(name);
  // A form's button sends the form.
  await (found?.attributes("type") === "submit"
    ? page.find("form").trigger("submit")
    : found?.trigger("click"));
  await flushPromises();
}
const current = () => page.find("[aria-current=step]").text();
const currently = (text: string) =>
  vi.waitFor(() => {
    expect(current()).toContain(text);
  }, PATIENCE);
const bodyOf = (call: string) => asked.findLast((one) => one.call === call)?.body;

test("leads from an example to a schedule that can be taken back", async () => {
  await currently("Step 1: Make a task");
  expect(page.find("pre").text()).toBe("print('hello')");
  // The name is taken, so that another one is offered.
  expect((page.find("input").element as HTMLInputElement).value).toBe("hello_2");
  await press("Create the task");
  expect(bodyOf("POST /tasks")).toMatchObject({ id: "hello_2", content: "print('hello')" });

  await currently("Step 2: Run it");
  expect(document.activeElement?.textContent).toContain("Run it");
  expect(page.text()).toContain("runyard run hello_2 --follow");
  await press("Run hello_2");

  await currently("Step 3: Watch it");
  await currently("greeted Ada");
  expect(page.text()).toContain("the log");
  answers["GET /runs/r1"] = {
    body: sampleRun({ id: "r1", status: "succeeded", result: { greeted: 5 } }),
  };
  page.findComponent({ name: "WatchStep" }).vm.$emit("end");

  await currently("Step 4: Let it run by itself");
  // What came of the run stays in sight.
  expect(page.text()).toContain('{"greeted":5}');
  await press("Save this schedule");
  expect(bodyOf("POST /schedules")).toMatchObject({
    task_id: "hello_2",
    cron: "0 9 * * *",
    timezone: expect.any(String) as string,
  });
  await vi.waitFor(() => {
    expect(page.text()).toContain("That is all there is to it");
  }, PATIENCE);

  await press("Remove it again");
  expect(bodyOf("DELETE /schedules/hello_2:tour")).toBeDefined();
  await vi.waitFor(() => {
    expect(page.text()).toContain("without a schedule");
  }, PATIENCE);
});

test("says why a task was not made, in the server's words, at the name", async () => {
  const problem = { code: "conflict", title: "Conflict", detail: "Task hello_2 is there already." };
  answers["POST /tasks"] = { status: 409, body: { ...problem, status: 409 } };
  await press("Create the task");
  await vi.waitFor(() => {
    expect(page.text()).toContain("Task hello_2 is there already.");
  }, PATIENCE);
  await page.find("input").setValue("other");
  expect(page.text()).not.toContain("is there already");
});

test("does not come back by itself once it was left", async () => {
  expect(localStorage.getItem("runyard.tour.dismissed")).not.toBe("true");
  await router.push("/");
  expect(localStorage.getItem("runyard.tour.dismissed")).toBe("true");
});
