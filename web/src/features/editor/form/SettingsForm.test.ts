import { mount } from "@vue/test-utils";
import { afterEach, describe, expect, it, vi } from "vitest";

import { applied, type Settings } from "../patch";
import type { Change, Reading } from "../definitions";
import { plugins } from "../testing";
import SettingsForm from "./SettingsForm.vue";

const spec = {
  title: "hello",
  executor: "script",
  schedules: [],
  retry: { retries: 0 },
  grace_s: 5,
};

function reading(settings: Settings, more: Partial<Reading> = {}): Reading {
  const rest = { problems: [], parameters: [], dependencies: [], schedules: [], config: {} };
  const base = { ...rest, settings, spec, requires_python: null, isUnreadable: false };
  return { ...base, ...more } as unknown as Reading;
}

function show(settings: Settings, more: Partial<Reading> = {}) {
  const read = reading(settings, more);
  const wrapper = mount(SettingsForm, {
    attachTo: document.body,
    global: { plugins: plugins() },
    props: {
      taskId: "hello",
      values: { settings, config: {}, dependencies: [], requiresPython: null },
      reading: read,
      readable: read,
      names: {},
      refused: null,
      executor: null,
    },
  });
  const changes = () => (wrapper.emitted("change") ?? []).map(([change]) => change as Change);
  const labelled = (label: string) => {
    const found = wrapper.findAll("label").find((one) => one.text().startsWith(label));
    const field = found && wrapper.find(`[id="${found.attributes("for") ?? ""}"]`);
    if (!field?.exists()) throw new Error(`no field ${label}`);
    return field;
  };
  return { wrapper, changes, labelled };
}

afterEach(() => {
  document.body.innerHTML = "";
  localStorage.clear();
  vi.unstubAllGlobals();
});

describe("the settings form", () => {
  it("shows what is written, and defaults as hints", () => {
    const { labelled } = show({ timeout: "1h30m" });
    expect((labelled("Timeout").element as HTMLInputElement).value).toBe("1h 30m");
    expect(labelled("Title").attributes("placeholder")).toBe("hello");
  });

  it("tells changes as patches; an emptied setting goes", async () => {
    const { changes, labelled } = show({ title: "Old" });
    await labelled("Title").setValue("New");
    await labelled("Title").setValue("");
    expect(changes()).toEqual([{ settings: { title: "New" } }, { settings: { title: null } }]);
  });

  it("shows what is wrong at its field", () => {
    const problem = { line: 1, column: 1, severity: "error", message: "no queue", hint: null };
    const { labelled, wrapper } = show(
      { queue: 5 },
      { problems: [{ ...problem, field: "tool.runyard.queue" }] as Reading["problems"] },
    );
    expect(labelled("Queue").attributes("aria-invalid")).toBe("true");
    expect(wrapper.text()).toContain("no queue");
  });

  it("can't be changed while the block can't be read, and leads to the place", async () => {
    const { wrapper, labelled } = show({}, { isUnreadable: true });
    expect(labelled("Title").attributes("disabled")).toBeDefined();
    const button = wrapper.findAll("button").find((one) => one.text() === "Show");
    await button?.trigger("click");
    expect(wrapper.emitted("toProblem")).toHaveLength(1);
  });

  it("adds a parameter beside the others", async () => {
    const settings = { parameters: { days: 7 } };
    const { wrapper, changes } = show(settings);
    const add = wrapper.findAll("button").find((one) => one.text() === "Add parameter");
    await add?.trigger("click");
    const after = applied(settings, changes()[0]?.settings ?? {});
    expect(after).toEqual({ parameters: { days: 7, name: { type: "string" } } });
  });

  it("takes a schedule out", async () => {
    const settings = {
      schedules: [
        { name: "a", every: "1h" },
        { name: "b", every: "2h" },
      ],
    };
    const { wrapper, changes } = show(settings);
    await wrapper.find('[aria-label="Remove schedule a"]').trigger("click");
    expect(changes()).toEqual([{ settings: { schedules: [{ name: "b", every: "2h" }] } }]);
  });
});
