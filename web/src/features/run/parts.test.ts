/** What a reader sees of a run's state, and what can be done there. */
import { flushPromises } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { RunAnswer } from "@/api/generated";

import AttemptsTab from "./AttemptsTab.vue";
import { at, makeAttempt, makeRun, NOON } from "./making";
import ParametersTab from "./ParametersTab.vue";
import ResultTab from "./ResultTab.vue";
import RunNotice from "./RunNotice.vue";
import RunProgress from "./RunProgress.vue";
import { serve, show } from "./testing";
import TimingsTab from "./TimingsTab.vue";

vi.mock("@/domain/now", async () => {
  const { ref } = await import("vue");
  return { useNow: () => ref(Date.UTC(2026, 10, 22, 12, 0, 20)) };
});

let shown: Awaited<ReturnType<typeof show>> | undefined;

beforeEach(() => {
  vi.useFakeTimers({ now: NOON + 20_000, toFake: ["Date"] });
});

afterEach(() => {
  shown?.wrapper.unmount();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function see(component: object, run: RunAnswer, answers = {}, address?: string) {
  serve({ [`/tasks/${run.task_id ?? ""}`]: { id: run.task_id, version: 5 }, ...answers });
  shown = await show(component, { props: { run }, ...(address ? { address } : {}) });
  await flushPromises();
  return shown.wrapper;
}

const error = (type: string, message: string, traceback: string | null = null) => ({
  type,
  message,
  traceback,
  retry: null,
});

describe("why a run waits", () => {
  const waiting = (reason: Partial<RunAnswer["waiting_for"]>, fields: Partial<RunAnswer> = {}) =>
    makeRun({
      status: "queued",
      started_at: null,
      finished_at: null,
      waiting_for: { code: "starting", message: "", holders: [], until: null, ...reason },
      ...fields,
    });

  it("names and links the runs that hold its place", async () => {
    const holder = makeRun({
      id: "38g30000aaaabbbb",
      status: "running",
      progress: 42.9,
      finished_at: null,
    });
    const run = waiting({ code: "key_busy", holders: [holder.id] });
    const wrapper = await see(RunNotice, run, { [`/runs/${holder.id}`]: holder });
    expect(wrapper.text()).toContain("still at work");
    const link = wrapper.get("li a");
    expect(link.attributes("href")).toBe(`/runs/${holder.id}`);
    expect(wrapper.get("li").text()).toMatch(/hello.*aaaabbbb.*42%/);
  });

  it("leads to the queue that is paused, in words that name it", async () => {
    const wrapper = await see(
      RunNotice,
      waiting({ code: "queue_paused", message: "m" }, { queue: "mail" }),
    );
    expect(wrapper.text()).toContain("The queue mail is paused");
    expect(wrapper.get("a").attributes("href")).toBe("/queues");
  });

  it("resumes a paused task", async () => {
    const wrapper = await see(RunNotice, waiting({ code: "task_paused" }), {
      "/tasks/hello/resume": { id: "hello" },
    });
    await wrapper.get("button").trigger("click");
    await flushPromises();
    const asked = vi.mocked(fetch).mock.calls.map(([request]) => (request as Request).url);
    expect(asked.some((url) => url.endsWith("/tasks/hello/resume"))).toBe(true);
  });

  it("counts down to the time of a scheduled run and to a retry", async () => {
    const later = waiting({ code: "not_before", until: at(110) }, { status: "scheduled" });
    expect((await see(RunNotice, later)).text()).toContain("It waits for its time: in 1 m 30 s");
    shown?.wrapper.unmount();
    const retry = waiting(
      { code: "not_before", until: at(25) },
      { status: "retrying", attempt: 2, error: error("OSError", "no <b>route</b>") },
    );
    const text = (await see(RunNotice, retry)).text();
    expect(text).toContain("Attempt 3 starts in 5 s");
    expect(text).toContain("OSError: no <b>route</b>");
  });
});

describe("how a run ended", () => {
  it("says what an exit code means and what may help", async () => {
    const run = makeRun({
      status: "failed",
      error: error("exit_code", "ended with exit code 137"),
      attempts: [makeAttempt({ exit_code: 137, status: "failed" })],
    });
    const wrapper = await see(RunNotice, run);
    expect(wrapper.text()).toContain("(killed, often out of memory)");
    const links = wrapper.findAll("li a").map((link) => link.attributes("href"));
    expect(links).toEqual(["/runs/38g34sqwm8qz6gmj?tab=resources", "/tasks/hello/edit"]);
  });

  it("shows the last lines beside other parts, not above the log", async () => {
    const run = makeRun({
      status: "crashed",
      error: error("killed", "killed"),
      attempts: [makeAttempt({ exit_code: null, signal: 9, status: "crashed" })],
    });
    const lines = [
      { offset: 7, at: null, stream: "stderr", text: "\u001b[31mlast\u001b[0m", partial: false },
    ];
    const answers = { [`/runs/${run.id}/log`]: { lines } };
    const address = `/runs/${run.id}`;
    const beside = await see(RunNotice, run, answers, `${address}?tab=attempts`);
    expect(beside.get("ol").text()).toBe("last");
    shown?.wrapper.unmount();
    expect((await see(RunNotice, run, answers, address)).find("ol").exists()).toBe(false);
  });

  it("does not lead to the editor of a task that is gone", async () => {
    const run = makeRun({ status: "failed", error: error("ImportError", "x") });
    const wrapper = await see(RunNotice, run, { "/tasks/hello": undefined });
    expect(wrapper.find("a").exists()).toBe(false);
  });

  it("tells who asked for the end, before and after", async () => {
    const asked = { cancel_requested_at: at(15), cancel_reason: "replaced by run x" };
    const ending = makeRun({ status: "running", finished_at: null, ...asked });
    const text = (await see(RunNotice, ending)).text();
    expect(text).toContain("It is being cancelled");
    expect(text).toContain("after 5 s is killed");
    expect(text).toContain("replaced by run x");
    shown?.wrapper.unmount();
    const before = makeRun({ status: "cancelled", started_at: null, ...asked });
    expect((await see(RunNotice, before)).text()).toContain("Cancelled before it started");
  });

  it("has nothing to say about a run that went well", async () => {
    expect((await see(RunNotice, makeRun())).text()).toBe("");
  });

  it("says within which time external work must report", async () => {
    const run = makeRun({
      executor: "external",
      task_id: null,
      status: "running",
      finished_at: null,
    });
    expect((await see(RunNotice, run)).text()).toContain("without a sign of life for 5 m ");
  });
});

describe("the parts", () => {
  it("lists attempts, newest first, with a way to their part of the log", async () => {
    const attempts = [
      makeAttempt({ exit_code: 1, status: "failed", error: error("ValueError", "bad") }),
      makeAttempt({ number: 2, log_start: 100, log_end: 2148, cpu_s: 61 }),
    ];
    const wrapper = await see(AttemptsTab, makeRun({ attempt: 2, attempts }));
    const bodies = wrapper.findAll("tbody");
    expect(bodies.map((one) => one.get("th").text())).toEqual(["2", "1"]);
    expect(bodies[0]?.text()).toContain("1 m 01 s");
    expect(bodies[0]?.get("a").attributes("href")).toMatch(/#at=100$/);
    expect(bodies[0]?.text()).toContain("2 KiB");
    expect(bodies[1]?.text()).toContain("ValueError: bad");
  });

  it("draws the waterfall over the whole time", async () => {
    const wrapper = await see(TimingsTab, makeRun({ attempts: [makeAttempt()] }));
    const rows = wrapper.findAll("ol > li").map((row) => row.text().replace(/\s+/g, " "));
    expect(rows).toEqual(["Waiting1.0 s", "Starting1.0 s", "Attempt 19.0 s"]);
    const bar = wrapper.findAll("ol > li")[2]?.get("[style]").attributes("style") ?? "";
    expect(bar).toContain("width: 81.8");
  });

  it("shows values as text, whatever is in them", async () => {
    const params = { "<img src=x onerror=alert(1)>": "</script><script>alert(2)</script>" };
    const run = makeRun({ params, argv: ["<b>", "it's"], labels: ["<i>x</i>"] });
    const wrapper = await see(ParametersTab, run);
    expect(wrapper.html()).not.toMatch(/<img src=x|<script|<i>x/);
    expect(wrapper.text()).toContain(`'<b>' 'it'"'"'s'`);
  });

  it("says that the version was overtaken, and that a task is gone", async () => {
    const wrapper = await see(ParametersTab, makeRun());
    expect(wrapper.text()).toContain("now it is 5");
    expect(wrapper.text()).toContain("What changed from version 2 to 5");
    shown?.wrapper.unmount();
    const gone = await see(ParametersTab, makeRun(), { "/tasks/hello": undefined });
    expect(gone.text()).toContain("deleted");
    expect(gone.text()).not.toContain("What changed");
  });

  it("shows a result of any kind, and a traceback with the reader's code in front", async () => {
    expect((await see(ResultTab, makeRun({ result: 0 }))).get("code").text()).toBe("0");
    shown?.wrapper.unmount();
    expect((await see(ResultTab, makeRun())).text()).toContain("No result");
    shown?.wrapper.unmount();
    const traceback =
      'Traceback (most recent call last):\n  File "/a.py", line 1, in f\n    g()\n' +
      '  File "/x/site-packages/g.py", line 2, in g\n    hidden()\nValueError: bad\n';
    const run = makeRun({ status: "failed", error: error("ValueError", "bad", traceback) });
    const wrapper = await see(ResultTab, run);
    expect(wrapper.text()).not.toContain("hidden()");
    const button = wrapper.findAll("button").find((one) => one.text().includes("library frame"));
    await button?.trigger("click");
    expect(wrapper.text()).toContain("hidden()");
  });

  it("tells progress with plain details and a guess at the rest", async () => {
    const run = makeRun({
      status: "running",
      finished_at: null,
      started_at: at(0),
      progress: 20.7,
      message: "page 2",
      detail: { done: 2, of: "ten" },
    });
    const wrapper = await see(RunProgress, run);
    expect(wrapper.get("[role=progressbar]").attributes("aria-valuenow")).toBe("20");
    const text = wrapper.text().replace(/\s+/g, " ");
    expect(text).toContain("page 2");
    expect(text).toContain("about 1 m 20 s left");
    expect(text).toContain("done2");
    expect(text).toContain("often");
  });
});
