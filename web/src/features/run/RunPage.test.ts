/** The page as a whole: which part is shown, where keys lead, what an unknown id comes to. */
import { flushPromises } from "@vue/test-utils";
import { afterEach, describe, expect, it, vi } from "vitest";

import { at, makeAttempt, makeRun } from "./making";
import RunPage from "./RunPage.vue";
import { serve, show, type Answers } from "./testing";

vi.mock("@/logs", async () => {
  const { h } = await import("vue");
  return {
    LogViewer: { props: ["live"], render: () => h("pre", "the log") },
    runLogSource: () => ({}),
    parsePlace: () => null,
    formatPlace: () => "",
  };
});

let shown: Awaited<ReturnType<typeof show>> | undefined;

afterEach(() => {
  shown?.wrapper.unmount();
  vi.unstubAllGlobals();
});

const run = makeRun({ attempts: [makeAttempt()] });
const neighbour = (id: string) => ({
  id,
  status: "succeeded",
  submitted_at: at(0),
  started_at: null,
  finished_at: null,
});

async function visit(id: string, answers: Answers, query = "") {
  serve({
    "/tasks/hello": { id: "hello", version: 2 },
    [`/runs/${run.id}`]: run,
    [`/runs/${run.id}/neighbours`]: {
      previous: neighbour("38g30000aaaabbbb"),
      next: null,
    },
    ...answers,
  });
  shown = await show(RunPage, { props: { id }, address: `/runs/${id}${query}` });
  await flushPromises();
  await flushPromises();
  return shown;
}

function press(key: string, target: Element = document.body): boolean {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
  target.dispatchEvent(event);
  return event.defaultPrevented;
}

describe("a run's page", () => {
  it("shows the log first, and the part that the address names", async () => {
    const { wrapper } = await visit(run.id, {});
    expect(wrapper.get("h1").text()).toBe("hello");
    expect(wrapper.get("h1 a").attributes("href")).toBe("/tasks/hello");
    expect(wrapper.text()).toContain("the log");
    wrapper.unmount();
    const other = (await visit(run.id, {}, "?tab=attempts")).wrapper;
    expect(other.find("table").exists()).toBe(true);
    expect(other.get("nav [aria-current=page]").text()).toContain("Attempts");
  });

  it("walks to the previous run by a key, in the same part; and nowhere where there is none", async () => {
    const { router, wrapper } = await visit(run.id, {}, "?tab=timings");
    expect(press("]")).toBe(false);
    const input = document.createElement("input");
    wrapper.element.append(input);
    expect(press("[", input)).toBe(false);
    expect(press("[")).toBe(true);
    await flushPromises();
    expect(router.currentRoute.value.fullPath).toBe("/runs/38g30000aaaabbbb?tab=timings");
  });

  it("goes to the whole id where a part of it was given", async () => {
    const { router } = await visit("6gmj", { "/runs/6gmj": run }, "?tab=raw#at=5");
    expect(router.currentRoute.value.fullPath).toBe(`/runs/${run.id}?tab=raw#at=5`);
  });

  it("says that there is no such run, and where others are", async () => {
    const { wrapper } = await visit("nothing", {});
    expect(wrapper.get("h1").text()).toBe("nothing");
    expect(wrapper.text()).toContain("There is no such run");
    expect(wrapper.findAll("a").some((one) => one.attributes("href") === "/runs")).toBe(true);
  });

  it("offers the runs that fit a part of an id", async () => {
    const { wrapper } = await visit("38g3", {
      "404": {
        status: 409,
        code: "conflict",
        candidates: ["38g30000aaaabbbb", "38g30000ccccdddd"],
      },
    });
    expect(wrapper.text()).toContain("Which run?");
    expect(wrapper.findAll("li a").map((one) => one.text())).toContain("38g30000ccccdddd");
  });

  it("can't be run again when its task is gone", async () => {
    const { wrapper } = await visit(run.id, { "/tasks/hello": undefined });
    const again = wrapper.findAll("button").find((one) => one.text() === "Run again");
    expect(again?.attributes("aria-disabled")).toBe("true");
    expect(wrapper.text()).toContain("Task deleted");
    expect(wrapper.find("h1 a").exists()).toBe(false);
  });
});
