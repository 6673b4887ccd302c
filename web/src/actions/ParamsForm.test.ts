import { flushPromises, mount } from "@vue/test-utils";
import axe from "axe-core";
import { createPinia } from "pinia";
import { afterEach, describe, expect, it } from "vitest";

import type { ParameterAnswer } from "@/api/generated";

import ParamsForm from "./ParamsForm.vue";

const of = (
  name: string,
  type: ParameterAnswer["type"],
  more: Partial<ParameterAnswer> = {},
): ParameterAnswer => ({
  name,
  type,
  required: false,
  default: null,
  description: "",
  choices: [],
  minimum: null,
  maximum: null,
  ...more,
});

const PARAMETERS = [
  of("url", "string", { required: true, description: "Where it begins" }),
  of("depth", "integer", { default: 3, minimum: 1, maximum: 9 }),
  of("dry", "boolean", { default: false }),
];

function form(props: Partial<InstanceType<typeof ParamsForm>["$props"]> = {}) {
  const wrapper = mount(ParamsForm, {
    props: {
      parameters: PARAMETERS,
      modelValue: {},
      "onUpdate:modelValue": (value: Record<string, unknown>) =>
        void wrapper.setProps({ modelValue: value }),
      ...props,
    },
    global: { plugins: [createPinia()] },
    attachTo: document.body,
  });
  return wrapper;
}
/** The input that a label names. */
function field(wrapper: ReturnType<typeof form>, name: string) {
  const label = wrapper.findAll("label").find((one) => one.text().startsWith(name));
  return wrapper.get<HTMLInputElement>(`[id="${label?.attributes("for") ?? ""}"]`);
}

afterEach(() => document.body.replaceChildren());

describe("ParamsForm", () => {
  it("shows defaults and gives only what differs from them", async () => {
    const wrapper = form();
    expect(field(wrapper, "depth").element.value).toBe("3");
    await field(wrapper, "url").setValue("https://example.org");
    await field(wrapper, "depth").setValue("5");
    expect(wrapper.props("modelValue")).toEqual({ url: "https://example.org", depth: 5 });
    await field(wrapper, "depth").setValue("3");
    expect(wrapper.props("modelValue")).toEqual({ url: "https://example.org" });
    expect(wrapper.emitted("update:valid")?.at(-1)).toEqual([true]);
  });

  it("says nothing before the reader was there, and all that is missing when asked", async () => {
    const wrapper = form();
    expect(wrapper.find("[role=alert]").exists()).toBe(false);
    expect(wrapper.vm.check()).toBe(false);
    await flushPromises();
    expect(wrapper.get("[role=alert]").text()).toBe("This is needed");
    expect(field(wrapper, "url").attributes("aria-invalid")).toBe("true");
  });

  it("keeps what is wrong on the page and out of the values", async () => {
    const wrapper = form();
    await field(wrapper, "depth").setValue("12");
    await field(wrapper, "depth").trigger("focusout");
    expect(wrapper.get("[role=alert]").text()).toBe("At most 9");
    expect(field(wrapper, "depth").element.value).toBe("12");
    expect(wrapper.props("modelValue")).toEqual({});
  });

  it("shows the server's complaint until the field is changed", async () => {
    const wrapper = form({ modelValue: { url: "x" } });
    await wrapper.setProps({ errors: { url: "parameter url must be a URL" } });
    expect(wrapper.get("[role=alert]").text()).toContain("must be a URL");
    await field(wrapper, "url").setValue("https://example.org");
    expect(wrapper.find("[role=alert]").exists()).toBe(false);
  });

  it("takes values from outside", async () => {
    const wrapper = form();
    await wrapper.setProps({ modelValue: { url: "a", depth: 7, odd: [1] }, extra: true });
    expect(field(wrapper, "depth").element.value).toBe("7");
    const rows = wrapper.findAll<HTMLInputElement>("[role=group] input");
    expect(rows.map(({ element }) => element.value)).toContain("[1]");
    expect(wrapper.props("modelValue")).toEqual({ url: "a", depth: 7, odd: [1] });
  });

  it("is without axe findings", async () => {
    const wrapper = form({ extra: true });
    wrapper.vm.check();
    await flushPromises();
    const found = await axe.run(wrapper.element, {
      rules: { "color-contrast": { enabled: false } },
    });
    expect(found.violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
  });
});
