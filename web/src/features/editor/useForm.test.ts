import { effectScope, nextTick, ref, shallowRef, type EffectScope } from "vue";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { jsonText, typed, type Change, type Definition, type Reading } from "./definitions";
import { useForm } from "./useForm";
import type { Checked } from "./useReading";

const json = typed("shell");
const readingOf = (text: string): Reading => {
  const { config, ...settings } = JSON.parse(text) as Record<string, Record<string, unknown>>;
  const rest = { problems: [], parameters: [], dependencies: [], schedules: [] };
  return {
    ...rest,
    settings,
    config: config ?? {},
    requires_python: null,
    isUnreadable: false,
  } as unknown as Reading;
};

let scope: EffectScope;
beforeEach(() => {
  vi.useFakeTimers();
  scope = effectScope();
});
afterEach(() => {
  scope.stop();
  vi.useRealTimers();
});

function setUp(change: Definition["change"] = json.change) {
  const text = ref(jsonText({ title: "a", config: { command: "ls" } }));
  const checked = shallowRef<Checked | null>({ text: text.value, reading: readingOf(text.value) });
  const readable = shallowRef<Reading | null>(checked.value?.reading ?? null);
  const form = scope.run(() => useForm({ ...json, change }, text, { checked, readable }));
  if (!form) throw new Error("no form");
  function check(): void {
    checked.value = { text: text.value, reading: readingOf(text.value) };
    readable.value = checked.value.reading;
  }
  return { text, form, check };
}

describe("the form beside a text", () => {
  it("shows a change at once and writes it when the writer pauses, several as one", async () => {
    const change = vi.fn(json.change);
    const { text, form } = setUp(change);
    form.change({ settings: { title: "b" } });
    form.change({ settings: { title: "bc" } });
    form.change({ config: { command: "id" } });
    expect(form.values.value.settings["title"]).toBe("bc");
    expect(change).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(change).toHaveBeenCalledTimes(1);
    expect(JSON.parse(text.value)).toEqual({ title: "bc", config: { command: "id" } });
  });

  it("writes into the text as it is by then, when the writer went on meanwhile", async () => {
    const answers: (() => void)[] = [];
    const slow = async (text: string, change: Change) => {
      await new Promise<void>((resolve) => answers.push(resolve));
      return json.change(text, change);
    };
    const { text, form } = setUp(slow);
    form.change({ settings: { queue: "q" } });
    const done = form.flush();
    text.value = jsonText({ title: "typed", config: {} });
    answers.shift()?.();
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    answers.shift()?.();
    await done;
    expect(JSON.parse(text.value)).toEqual({ title: "typed", config: {}, queue: "q" });
  });

  it("is right again after a refusal, and says why", async () => {
    const { text, form } = setUp(() => Promise.reject(new Error("no")));
    const before = text.value;
    form.change({ settings: { title: "b" } });
    await form.flush();
    expect(text.value).toBe(before);
    expect(form.values.value.settings["title"]).toBe("a");
    expect(form.error.value).toEqual(new Error("no"));
  });

  it("follows the text once the server has read it", async () => {
    const { text, form, check } = setUp();
    form.change({ settings: { title: "b" } });
    await form.flush();
    check();
    await nextTick();
    text.value = jsonText({ title: "undone", config: {} });
    check();
    await nextTick();
    expect(form.values.value.settings["title"]).toBe("undone");
  });
});
