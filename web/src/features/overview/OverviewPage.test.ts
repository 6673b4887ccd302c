/** The overview as its reader sees it. */
import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { createPinia } from "pinia";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { defineComponent, h } from "vue";
import { createMemoryHistory, createRouter, type Router } from "vue-router";

import { client } from "@/api/client";
import type { RunItem } from "@/api/generated";
import { sampleRun } from "@/runs/sample";
import { useToasts } from "@/ui";

import OverviewPage from "./OverviewPage.vue";

const NAMES = [
  ...["overview", "welcome", "tasks", "task", "runs", "run", "schedules", "schedule"],
  ...["new-schedule", "new-task", "system", "queues"],
];
const COUNTS = {
  ...{ scheduled: 0, queued: 1, running: 2, retrying: 0 },
  ...{ succeeded: 7, failed: 1, timed_out: 1, crashed: 0, cancelled: 0 },
};
const SYSTEM = { tasks: 3, tasks_dir: "tasks", runs: COUNTS, problems: [], max_workers: 5 };

// A busy machine takes its time; what is waited for is a state.
vi.setConfig({ testTimeout: 30_000 });
const PATIENCE = { timeout: 10_000 };

let system: object;
let failed: RunItem[];
let succeeded: RunItem[];
let running: RunItem[];
let asked: URL[];
let router: Router;
let page: VueWrapper;

/** The server's part, by path and what is asked for. */
function answer(url: URL): unknown {
  const status = url.searchParams.getAll("status").join(",");
  const runs = (items: RunItem[]) => ({ items, next_cursor: null });
  switch (url.pathname.replace("/api/v1", "")) {
    case "/system":
      return system;
    case "/runs/counts":
      return { counts: COUNTS, total: 12, exact: true };
    case "/runs/timeline":
      return { items: [], since: "", until: "", truncated: false };
    case "/tasks":
      return { items: [], next_cursor: null };
    case "/system/machine":
      return undefined;
    case "/runs":
      if (status.includes("failed")) {
        const since = Date.parse(url.searchParams.get("finished_since") ?? "");
        return runs(failed.filter((run) => Date.parse(run.finished_at ?? "") >= since));
      }
      if (status === "succeeded") return runs(succeeded);
      return runs(status === "running" ? running : []);
    default:
      return undefined;
  }
}

beforeEach(() => {
  localStorage.clear();
  system = SYSTEM;
  [failed, succeeded, running, asked] = [[], [], [], []];
  client.setConfig({
    baseUrl: "http://test",
    fetch: (input) => {
      const url = new URL((input as Request).url);
      asked.push(url);
      const body = answer(url);
      const headers = {
        "content-type": body ? "application/json" : "application/problem+json",
      };
      const problem = { code: "not_found", status: 404, title: "Nothing here", detail: "" };
      return Promise.resolve(
        new Response(JSON.stringify(body ?? problem), { status: body ? 200 : 404, headers }),
      );
    },
  });
});
afterEach(() => {
  page.unmount();
  useToasts().clear();
});

async function show(): Promise<void> {
  const empty = defineComponent(() => () => h("div"));
  router = createRouter({
    history: createMemoryHistory(),
    routes: NAMES.map((name) => ({
      path:
        name === "overview" ? "/" : `/${name}${/^(task|run|schedule)$/.test(name) ? "s/:id" : ""}`,
      name,
      component: empty,
    })),
  });
  await router.push("/");
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  page = mount(OverviewPage, {
    attachTo: document.body,
    global: { plugins: [createPinia(), router, [VueQueryPlugin, { queryClient }]] },
  });
  await vi.waitFor(() => {
    expect(asked.some(({ pathname }) => pathname.endsWith("/system"))).toBe(true);
  }, PATIENCE);
  await flushPromises();
}

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
const failure = (id: string, task: string, minutes: number) =>
  sampleRun({
    ...{ id, task_id: task, status: "failed", finished_at: minutesAgo(minutes) },
    error: { type: "OSError", message: `disk of ${id}`, traceback: null, retry: null },
  });
const seen = (text: string) =>
  vi.waitFor(() => {
    expect(page.text()).toContain(text);
  }, PATIENCE);
const byName = (name: string) =>
  page.findAll("button").find((one) => (one.attributes("aria-label") ?? one.text()) === name);

describe("an empty installation", () => {
  beforeEach(() => {
    system = { ...SYSTEM, tasks: 0, runs: { queued: 0 } };
  });

  test("leads to the tour by itself", async () => {
    await show();
    await vi.waitFor(() => {
      expect(router.currentRoute.value.name).toBe("welcome");
    }, PATIENCE);
  });

  test("offers it to those who have put it aside", async () => {
    localStorage.setItem("runyard.tour.dismissed", "true");
    await show();
    await seen("Nothing here yet");
    expect(page.find("a[href='/welcome']").text()).toBe("Take the tour");
    expect(router.currentRoute.value.name).toBe("overview");
  });
});

describe("failures", () => {
  test("are told by task with the newest error, until they are marked as seen; which can be undone", async () => {
    failed = [failure("b", "crawl", 5), failure("a", "crawl", 9), failure("c", "report", 30)];
    await show();
    await seen("3 runs failed since");
    await seen("OSError: disk of b");
    expect(page.text()).not.toContain("disk of a");
    expect(page.find("a[aria-label='All 2 failures of crawl']").text()).toBe("× 2");

    await byName("Mark as seen")?.trigger("click");
    await seen("All is well: nothing failed since");
    expect(page.text()).not.toContain("crawl");
    expect(localStorage.getItem("runyard.lastLooked")).toBe(
      new Date(Date.parse(failed[0]?.finished_at ?? "") + 1).toISOString(),
    );

    useToasts().toasts.at(-1)?.undo?.();
    await seen("3 runs failed since");
  });

  test("that are over are told as such", async () => {
    failed = [failure("a", "crawl", 9)];
    succeeded = [sampleRun({ id: "z", task_id: "crawl", finished_at: minutesAgo(2) })];
    await show();
    await seen("Works again since");
    expect(page.text()).toContain("works again");
    expect(page.text()).not.toContain("1 run failed");
  });
});

test("what runs shows how far it is, the oldest first, and can be cancelled", async () => {
  running = [
    sampleRun({ id: "new", task_id: "young", started_at: minutesAgo(1) }),
    sampleRun({
      id: "old",
      task_id: "aged",
      started_at: minutesAgo(90),
      progress: 42,
      message: "half",
    }),
  ];
  await show();
  await seen("half");
  expect(page.text().indexOf("aged")).toBeLessThan(page.text().indexOf("young"));
  expect(page.find("[role=progressbar]").attributes("aria-valuenow")).toBe("42");
  expect(byName("Cancel aged")).toBeDefined();
});

test("problems of the installation stand on top, and a part that can't be had says so by itself", async () => {
  system = { ...SYSTEM, problems: ["The app module can't be imported"] };
  await show();
  await seen("The app module can't be imported");
  await seen("1 problem needs you");
  await seen("Nothing here");
  expect(page.find("a[href^='/runs?q=status:running']").text()).toContain("2");
});
