import { EditorView } from "@codemirror/view";
import { undo } from "@codemirror/commands";
import { mount } from "@vue/test-utils";
import { afterEach, describe, expect, it } from "vitest";
import { nextTick } from "vue";

import CodeEditor from "./CodeEditor.vue";

afterEach(() => (document.body.innerHTML = ""));

function show(text: string, readonly = false) {
  const wrapper = mount(CodeEditor, {
    attachTo: document.body,
    props: { label: "a.py", language: "python", modelValue: text, readonly },
  });
  const view = EditorView.findFromDOM(wrapper.element as HTMLElement);
  if (!view) throw new Error("no editor");
  const told = () => (wrapper.emitted("update:modelValue") ?? []).map(([now]) => now as string);
  return { wrapper, view, told };
}

describe("the code editor", () => {
  it("is named, and tells what is typed", () => {
    const { view, told } = show("a = 1\n");
    expect(view.contentDOM.getAttribute("aria-label")).toBe("a.py");
    view.dispatch({ changes: { from: 0, insert: "# " } });
    expect(told()).toEqual(["# a = 1\n"]);
  });

  it("takes a text from outside as one step that can be undone; the cursor stays", async () => {
    const { wrapper, view } = show("one\ntwo\nthree\n");
    view.dispatch({ selection: { anchor: 9 } });
    await wrapper.setProps({ modelValue: "one\n2\n2b\nthree\n" });
    expect(view.state.doc.toString()).toBe("one\n2\n2b\nthree\n");
    expect(view.state.sliceDoc(view.state.selection.main.head)).toBe("hree\n");
    undo(view);
    expect(view.state.doc.toString()).toBe("one\ntwo\nthree\n");
  });

  it("keeps the line breaks of a file from Windows", () => {
    const { view, told } = show("a\r\nb\r\n");
    view.dispatch({ changes: { from: 0, insert: "# " } });
    expect(told()).toEqual(["# a\r\nb\r\n"]);
  });

  it("marks problems and goes to them", async () => {
    const { wrapper, view } = show("a = 1\nb = (\n");
    const problem = { line: 2, column: 5, severity: "error", message: "never closed", hint: null };
    await wrapper.setProps({ problems: [problem] as never[] });
    await nextTick();
    expect(wrapper.find(".cm-lintRange-error").exists()).toBe(true);
    (wrapper.vm as unknown as { goTo(line: number, column: number): void }).goTo(2, 5);
    expect(view.state.selection.main.head).toBe(10);
  });

  it("can be read without being changed", () => {
    const { view } = show("a", true);
    expect(view.contentDOM.getAttribute("contenteditable")).toBe("false");
    expect(view.contentDOM.getAttribute("tabindex")).toBe("0");
  });
});
