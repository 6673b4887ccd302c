import { mount } from "@vue/test-utils";
import { describe, expect, it } from "vitest";
import { ref } from "vue";

import type { JsonSchema } from "@/code";

import SchemaForm from "./SchemaForm.vue";

const schema: JsonSchema = {
  type: "object",
  required: ["command"],
  additionalProperties: false,
  properties: {
    command: {
      description: "What to run",
      anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }],
    },
    count: { type: "integer", default: 3, maximum: 9 },
    mode: { enum: ["fast", "slow"] },
  },
};

function show(of: JsonSchema, value: Record<string, unknown>, problems: never[] = []) {
  const model = ref(value);
  const wrapper = mount(SchemaForm, {
    props: {
      schema: of,
      problems,
      modelValue: model.value,
      "onUpdate:modelValue": (now: Record<string, unknown>) => {
        model.value = now;
        void wrapper.setProps({ modelValue: now });
      },
    },
  });
  return { wrapper, model };
}

describe("a form made from a schema", () => {
  it("writes what is typed and leaves out what is not given", async () => {
    const { wrapper, model } = show(schema, { command: "ls" });
    const [command, count] = wrapper.findAll("input");
    await command?.setValue("ls -l");
    await count?.setValue("5");
    expect(model.value).toEqual({ command: "ls -l", count: 5 });
    await count?.setValue("");
    expect(model.value).toEqual({ command: "ls -l" });
    expect(count?.attributes("placeholder")).toBe("3");
    expect(wrapper.text()).toContain("What to run");
  });

  it("changes between the forms that a value may have", async () => {
    const { wrapper, model } = show(schema, { command: "ls -l" });
    const list = wrapper.findAll('[role="radio"]').find((one) => one.text() === "List");
    await list?.trigger("click");
    expect(model.value).toEqual({ command: ["ls", "-l"] });
  });

  it("shows problems at their field, and those of the whole above", () => {
    const problem = { line: null, column: null, severity: "error", hint: null };
    const { wrapper } = show(schema, {}, [
      { ...problem, field: "$.config.count", message: "too many" },
      { ...problem, field: "$.config", message: "a command is needed" },
    ] as never[]);
    expect(wrapper.findAll('[role="alert"]').map((one) => one.text())).toEqual([
      "a command is needed",
      "too many",
    ]);
  });

  it("takes anything as JSON where the schema names nothing", async () => {
    const { wrapper, model } = show({ type: "object" }, { a: 1 });
    const area = wrapper.find("textarea");
    await area.setValue('{"a": ');
    expect(wrapper.find('[role="alert"]').exists()).toBe(true);
    expect(model.value).toEqual({ a: 1 });
    await area.setValue('{"b": 2}');
    expect(model.value).toEqual({ b: 2 });
  });
});
