import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { createPinia } from "pinia";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { defineComponent, h } from "vue";
import { createMemoryHistory, createRouter } from "vue-router";

import { client } from "@/api/client";
import { ConfirmDialog, useToasts } from "@/ui";
import { question } from "@/ui/confirm";

import { ActionDialogs, useRunActions, useTaskActions, type RunActions, type TaskActions } from ".";
import * as dialogs from "./dialogs";

const SOON = { timeout: 10_000 };
vi.setConfig({ testTimeout: 30_000 });

/** What the server was asked, and what it answers by "METHOD path". */
let asked: { call: string; body: unknown }[];
let answers: Record<string, { status?: number; body: unknown }>;
let tasks: TaskActions;
let runs: RunActions;
let page: VueWrapper;

const run = { id: "38g35gcymjxxwsaa", task_id: "crawl", executor: "script", status: "queued" };
const parameter = {
  name: "url",
  type: "string",
  required: true,
  default: null,
  description: "",
  choices: [],
  minimum: null,
  maximum: null,
};
const task = (parameters: unknown[] = []) =>
  ({
    id: "crawl",
    paused: false,
    source: "file",
    version: 4,
    problems: [],
    schedules: [],
    spec: {
      executor: "script",
      title: "",
      parameters,
      extra_parameters: false,
      concurrency: 1,
      priority: 0,
    },
  }) as never;

// The dialogs come by themselves on first use; a slow machine may take its time to read them.
beforeAll(async () => {
  await Promise.all([import("./RunDialog.vue"), import("./NameDialog.vue")]);
}, 60_000);

beforeEach(async () => {
  asked = [];
  answers = {};
  client.setConfig({
    baseUrl: "http://test",
    fetch: async (input) => {
      const request = input as Request;
      const call = `${request.method} ${new URL(request.url).pathname.replace("/api/v1", "")}`;
      const text = await request.text();
      asked.push({ call, body: text ? (JSON.parse(text) as unknown) : undefined });
      const { status = 200, body } = answers[call] ?? { status: 404, body: {} };
      return new Response(JSON.stringify(body), {
        status,
        headers: {
          "content-type": status < 300 ? "application/json" : "application/problem+json",
        },
      });
    },
  });
  const empty = defineComponent(() => () => h("div"));
  const router = createRouter({
    history: createMemoryHistory(),
    routes: ["tasks", "task", "run", "runs"].map((name) => ({
      path: name.endsWith("s") ? `/${name}` : `/${name}/:id`,
      name,
      component: empty,
    })),
  });
  await router.push("/tasks");
  page = mount(
    defineComponent(() => {
      tasks = useTaskActions();
      runs = useRunActions();
      return () => [h(ActionDialogs), h(ConfirmDialog)];
    }),
    {
      global: {
        plugins: [createPinia(), router, [VueQueryPlugin, { queryClient: new QueryClient() }]],
      },
      attachTo: document.body,
    },
  );
});
afterEach(() => {
  page.unmount();
  question.value?.answer(false);
  dialogs.asked.value?.answer(undefined);
  useToasts().clear();
  document.body.replaceChildren();
});

const toast = () => useToasts().toasts.at(-1);
const button = (name: string) =>
  [...document.querySelectorAll("button")].find((one) => one.textContent.trim() === name);
async function dialog(): Promise<HTMLElement> {
  await vi.waitFor(() => {
    expect(document.querySelector("[role=dialog], [role=alertdialog]")).not.toBeNull();
  }, SOON);
  await flushPromises();
  return document.querySelector("[role=dialog], [role=alertdialog]") as HTMLElement;
}

describe("run", () => {
  it("starts a task at once and leads to the run", async () => {
    answers["POST /tasks/crawl/runs"] = { status: 201, body: { ...run, waiting_for: null } };
    expect(await tasks.run(task())).toBe(run.id);
    expect(toast()).toMatchObject({
      title: "crawl started",
      tone: "good",
      action: { label: "Watch", to: { name: "run", params: { id: run.id } } },
    });
  });

  it("says why a run waits", async () => {
    const waiting_for = {
      code: "key_busy",
      message: "it waits for run x",
      holders: [],
      until: null,
    };
    answers["POST /tasks/crawl/runs"] = { status: 201, body: { ...run, waiting_for } };
    await tasks.run(task());
    expect(toast()).toMatchObject({ title: "crawl waits", detail: "it waits for run x" });
  });

  it("tells what the server refused, in its words", async () => {
    const problem = {
      status: 409,
      code: "busy",
      title: "Conflict",
      detail: "crawl is busy",
      hint: "wait",
    };
    answers["POST /tasks/crawl/runs"] = { status: 409, body: problem };
    expect(await runs.submit("crawl", { if_busy: "reject" })).toBeUndefined();
    expect(asked.at(-1)?.body).toEqual({ if_busy: "reject" });
    expect(toast()).toMatchObject({
      title: "crawl was not started",
      detail: "crawl is busy · wait",
      tone: "danger",
    });
  });

  it("asks for needed parameters and shows the server's complaint at the field", async () => {
    answers["GET /tasks/crawl/versions"] = { body: { items: [] } };
    const problems = [{ where: "params.url", message: "parameter url must be a URL" }];
    const problem = {
      status: 422,
      code: "invalid",
      title: "Unprocessable",
      detail: "no",
      problems,
    };
    answers["POST /tasks/crawl/runs"] = { status: 422, body: problem };
    const started = tasks.run(task([parameter]));
    const shown = await dialog();
    button("Run")?.click();
    await flushPromises();
    expect(asked.some(({ call }) => call.startsWith("POST"))).toBe(false);
    expect(shown.querySelector("[role=alert]")?.textContent).toContain("This is needed");

    const input = shown.querySelector("form input:not([type=radio])") as HTMLInputElement;
    input.value = "nowhere";
    input.dispatchEvent(new Event("input"));
    await flushPromises();
    button("Run")?.click();
    await vi.waitFor(() => {
      expect(shown.querySelector("[role=alert]")?.textContent).toContain("must be a URL");
    }, SOON);
    expect(asked.find(({ call }) => call.startsWith("POST"))?.body).toEqual({
      params: { url: "nowhere" },
    });

    answers["POST /tasks/crawl/runs"] = { status: 201, body: { ...run, waiting_for: null } };
    shown
      .querySelector("form")
      ?.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true, bubbles: true }));
    expect(await started).toBe(run.id);
  });
});

describe("pause", () => {
  it("can be undone", async () => {
    answers["POST /tasks/crawl/pause"] = { body: {} };
    answers["POST /tasks/crawl/resume"] = { body: {} };
    expect(await tasks.pause({ id: "crawl" }, "repairs")).toBe(true);
    expect(asked.at(-1)).toEqual({ call: "POST /tasks/crawl/pause", body: { reason: "repairs" } });
    toast()?.undo?.();
    await flushPromises();
    expect(asked.at(-1)?.call).toBe("POST /tasks/crawl/resume");
  });

  it("concerns only those of many that are not paused", async () => {
    answers["POST /tasks/a/pause"] = { body: {} };
    const many = [
      { id: "a", paused: false },
      { id: "b", paused: true },
    ];
    expect(await tasks.pauseThese(many)).toBe(1);
    expect(asked.map(({ call }) => call)).toEqual(["POST /tasks/a/pause"]);
    expect(toast()?.title).toBe("1 task paused");
  });
});

describe("cancel", () => {
  it("asks before work is lost, and does nothing when the reader thinks better of it", async () => {
    const done = runs.cancel({ ...run, status: "running" });
    await dialog();
    button("Let it run")?.click();
    expect(await done).toBe(false);
    expect(asked).toEqual([]);
  });

  it("ends a waiting run without a question and offers to run it again", async () => {
    answers[`POST /runs/${run.id}/cancel`] = { body: {} };
    answers[`POST /runs/${run.id}/rerun`] = { status: 201, body: { ...run, id: "new" } };
    expect(await runs.cancel({ ...run, status: "queued" })).toBe(true);
    toast()?.action?.run?.();
    await flushPromises();
    expect(asked.at(-1)).toEqual({ call: `POST /runs/${run.id}/rerun`, body: { exact: false } });
  });

  it("of many says how many first", async () => {
    const counts = { scheduled: 1, queued: 2, running: 3, retrying: 0, succeeded: 9 };
    answers["GET /runs/counts"] = { body: { counts, total: 15 } };
    answers["POST /runs/cancel"] = { body: { count: 6, ids: [] } };
    const done = runs.cancelMany({ queue: "gpu" });
    const shown = await dialog();
    expect(shown.textContent).toContain("Cancel 6 runs?");
    button("Cancel 6 runs")?.click();
    expect(await done).toBe(6);
    expect(asked.at(-1)?.body).toEqual({ filter: { queue: "gpu" }, reason: "" });
    expect(toast()?.title).toBe("6 runs cancelled");
  });
});

describe("rename", () => {
  it("refuses an id that can't be, and tells what the server refuses", async () => {
    const problem = { status: 409, code: "conflict", title: "Conflict", detail: "it is taken" };
    answers["POST /tasks/crawl/rename"] = { status: 409, body: problem };
    const done = tasks.rename(task());
    const shown = await dialog();
    const input = shown.querySelector("form input") as HTMLInputElement;
    const type = async (text: string) => {
      input.value = text;
      input.dispatchEvent(new Event("input"));
      await flushPromises();
    };
    await type("a b");
    button("Rename")?.click();
    await flushPromises();
    expect(shown.querySelector("[role=alert]")?.textContent).toContain("Only letters");
    expect(asked).toEqual([]);
    await type("other");
    button("Rename")?.click();
    await vi.waitFor(() => {
      expect(shown.querySelector("[role=alert]")?.textContent).toContain("it is taken");
    }, SOON);
    answers["POST /tasks/crawl/rename"] = { body: {} };
    await type("third");
    button("Rename")?.click();
    expect(await done).toBe("third");
  });
});
