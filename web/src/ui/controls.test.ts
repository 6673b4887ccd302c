import { flushPromises, mount } from "@vue/test-utils";
import axe from "axe-core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { defineComponent, h, ref } from "vue";

import Button from "./Button.vue";
import { creatable, matching } from "./choices";
import DurationInput from "./DurationInput.vue";
import Field from "./Field.vue";
import KeyValueEditor from "./KeyValueEditor.vue";
import { fromLines, repeated, toRecord } from "./keyValueRows";
import NumberInput from "./NumberInput.vue";
import SegmentedControl from "./SegmentedControl.vue";
import TagInput from "./TagInput.vue";
import TextInput from "./TextInput.vue";

afterEach(() => {
  document.body.replaceChildren();
});

describe("Button", () => {
  it("refuses clicks while it is busy, and says so", async () => {
    const clicked = vi.fn();
    const button = mount(Button, {
      props: { loading: true, onClick: clicked },
      slots: { default: "Save" },
    });
    await button.trigger("click");
    expect(clicked).not.toHaveBeenCalled();
    expect(button.attributes("aria-busy")).toBe("true");
    await button.setProps({ loading: false });
    await button.trigger("click");
    expect(clicked).toHaveBeenCalledOnce();
  });

  it("stays reachable when it has a reason to be disabled", async () => {
    const clicked = vi.fn();
    const button = mount(Button, {
      props: { disabled: true, reason: "2 runs are live", onClick: clicked },
    });
    expect(button.attributes("disabled")).toBeUndefined();
    expect(button.attributes("aria-disabled")).toBe("true");
    await button.trigger("click");
    expect(clicked).not.toHaveBeenCalled();
  });
});

describe("Field", () => {
  it("wires label, hint and error to the input", async () => {
    const field = mount(
      defineComponent(
        () => () =>
          h(Field, { label: "Name", hint: "Letters", error: "Taken", required: true }, () =>
            h(TextInput),
          ),
      ),
      { attachTo: document.body },
    );
    const input = field.get("input");
    expect(field.get("label").attributes("for")).toBe(input.attributes("id"));
    const described = (input.attributes("aria-describedby") ?? "").split(" ");
    expect(described.map((id) => document.getElementById(id)?.textContent.trim())).toEqual([
      "Taken",
      "Letters",
    ]);
    expect(input.attributes("aria-invalid")).toBe("true");
    expect(input.attributes("aria-required")).toBe("true");
    const found = await axe.run(field.element, { rules: { "color-contrast": { enabled: false } } });
    expect(found.violations).toEqual([]);
  });
});

describe("TextInput", () => {
  it("clears", async () => {
    const input = mount(TextInput, {
      props: { modelValue: "failed", clearable: true, label: "Search" },
    });
    await input.get("button").trigger("click");
    expect(input.emitted("update:modelValue")).toEqual([[""]]);
    expect(input.emitted("clear")).toHaveLength(1);
  });
});

describe("NumberInput", () => {
  it("steps by keys and stays inside its range", async () => {
    const input = mount(NumberInput, {
      props: { modelValue: 9, min: 1, max: 10, label: "Workers" },
    });
    await input.get("input").trigger("keydown", { key: "ArrowUp" });
    await input.get("input").trigger("keydown", { key: "ArrowUp" });
    expect(input.get("input").element.value).toBe("10");
    await input.get("input").setValue("99");
    await input.get("input").trigger("blur");
    expect(input.get("input").element.value).toBe("10");
    await input.get("input").setValue("");
    expect(input.emitted("update:modelValue")?.at(-1)).toEqual([null]);
  });
});

describe("DurationInput", () => {
  it("speaks seconds, and complains only when the reader has left", async () => {
    const input = mount(DurationInput, {
      props: { modelValue: null, max: 3600, label: "Timeout" },
    });
    await input.get("input").setValue("1m 30");
    expect(input.find("[role=alert]").exists()).toBe(false);
    await input.get("input").trigger("blur");
    expect(input.get("[role=alert]").text()).toContain("Not a duration");
    await input.get("input").setValue("90");
    await input.get("input").trigger("blur");
    expect(input.emitted("update:modelValue")).toEqual([[90]]);
    expect(input.get("input").element.value).toBe("1m 30s");
    await input.get("input").setValue("2h");
    await input.get("input").trigger("blur");
    expect(input.get("[role=alert]").text()).toBe("At most 1h");
    expect(input.emitted("update:modelValue")).toHaveLength(1);
  });
});

describe("TagInput", () => {
  it("takes words by Enter, lists by paste, and gives the last back by Backspace", async () => {
    const tags = ref<string[]>([]);
    const input = mount(
      defineComponent(
        () => () =>
          h(TagInput, {
            label: "Labels",
            modelValue: tags.value,
            "onUpdate:modelValue": (now: string[]) => (tags.value = now),
          }),
      ),
    );
    await input.get("input").setValue("gpu");
    await input.get("input").trigger("keydown", { key: "Enter" });
    expect(tags.value).toEqual(["gpu"]);
    await input.get("input").trigger("paste", { clipboardData: { getData: () => "a, gpu,b" } });
    expect(tags.value).toEqual(["gpu", "a", "b"]);
    await input.get("input").trigger("keydown", { key: "Backspace" });
    expect(tags.value).toEqual(["gpu", "a"]);
    await input.get("[aria-label='Remove gpu']").trigger("click");
    expect(tags.value).toEqual(["a"]);
  });
});

describe("SegmentedControl", () => {
  it("chooses what is clicked", async () => {
    const control = mount(SegmentedControl<string>, {
      props: {
        label: "View",
        modelValue: "a",
        options: [
          { value: "a", label: "A" },
          { value: "b", label: "B" },
        ],
      },
    });
    await control.findAll("[role=radio]")[1]?.trigger("click");
    expect(control.emitted("update:modelValue")).toEqual([["b"]]);
  });
});

describe("KeyValueEditor", () => {
  it("adds a row, tells the record and shows doubled names", async () => {
    const editor = mount(KeyValueEditor, {
      props: { modelValue: { A: "1" }, label: "Environment" },
      attachTo: document.body,
    });
    await editor.findAll("button").at(-1)?.trigger("click");
    await flushPromises();
    const names = editor.findAll<HTMLInputElement>("[data-name]");
    expect(document.activeElement).toBe(names[1]?.element);
    await names[1]?.setValue("A");
    expect(editor.text()).toContain("This name occurs twice");
    await names[1]?.setValue("B");
    expect(editor.emitted("update:modelValue")?.at(-1)).toEqual([{ A: "1", B: "" }]);
  });

  it("understands pasted environment files", () => {
    const rows = fromLines('# comment\nexport A="x y"\nB: 2\n\nC=');
    expect(toRecord(rows)).toEqual({ A: "x y", B: "2", C: "" });
    expect(fromLines("just words")).toEqual([]);
    expect(repeated(fromLines("A=1\nA=2"))).toEqual(new Set(["A"]));
  });
});

describe("the options that a search leaves", () => {
  const options = [
    { value: "1", label: "my report" },
    { value: "2", label: "report daily", detail: "slow" },
    { value: "3", label: "other" },
  ];

  it("needs every word, beginnings first", () => {
    expect(matching(options, "REPORT").map((one) => one.value)).toEqual(["2", "1"]);
    expect(matching(options, "slow rep").map((one) => one.value)).toEqual(["2"]);
    expect(matching(options, "")).toHaveLength(3);
  });

  it("creates only what is new", () => {
    expect(creatable(options, [], " fresh ")).toBe("fresh");
    expect(creatable(options, [], "other")).toBeNull();
    expect(creatable(options, ["fresh"], "fresh")).toBeNull();
    expect(creatable(options, [], " ")).toBeNull();
  });
});
