import { flushPromises, mount } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nextTick } from "vue";

import { useConfirm } from "./confirm";
import Dialog from "./Dialog.vue";
import { showTip, tip } from "./tips";
import { MOST_TOASTS, useToasts } from "./toasts";
import UiOverlays from "./UiOverlays.vue";

const { push, toasts, clear } = useToasts();
let overlays: ReturnType<typeof mount>;

beforeEach(() => {
  overlays = mount(UiOverlays, { attachTo: document.body });
});

afterEach(() => {
  clear();
  overlays.unmount();
  document.body.replaceChildren();
  vi.useRealTimers();
});

function button(name: string): HTMLButtonElement {
  const found = [...document.querySelectorAll("button")].find(
    (one) => one.textContent.trim() === name,
  );
  if (!found) throw new Error(`no button ${name}`);
  return found;
}

describe("toasts", () => {
  it("go by themselves, except errors", async () => {
    vi.useFakeTimers();
    push({ title: "Saved", tone: "good" });
    push({ title: "Failed", tone: "danger" });
    await nextTick();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(toasts.map((toast) => toast.title)).toEqual(["Failed"]);
  });

  it("wait while the pointer is on them", async () => {
    vi.useFakeTimers();
    push({ title: "Saved" });
    await nextTick();
    document.querySelector("[data-ui-toasts]")?.dispatchEvent(new Event("pointerenter"));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(toasts).toHaveLength(1);
    document.querySelector("[data-ui-toasts]")?.dispatchEvent(new Event("pointerleave"));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(toasts).toHaveLength(0);
  });

  it("are never more than fit; errors stay longest", () => {
    push({ title: "Failed", tone: "danger" });
    for (let count = 0; count < 6; count += 1) push({ title: `Saved ${count}` });
    expect(toasts).toHaveLength(MOST_TOASTS);
    expect(toasts[0]?.title).toBe("Failed");
    expect(toasts.at(-1)?.title).toBe("Saved 5");
  });

  it("undo once and go", async () => {
    const undo = vi.fn();
    push({ title: "Deleted", undo });
    await nextTick();
    button("Undo").click();
    expect(undo).toHaveBeenCalledOnce();
    expect(toasts).toHaveLength(0);
  });
});

describe("confirm", () => {
  it("resolves with the answer", async () => {
    const answer = useConfirm().confirm({ title: "Delete it?", confirmLabel: "Delete" });
    await flushPromises();
    button("Delete").click();
    expect(await answer).toBe(true);
    const other = useConfirm().confirm({ title: "Delete it?", confirmLabel: "Delete" });
    await flushPromises();
    button("Cancel").click();
    expect(await other).toBe(false);
  });

  it("wants the name typed where it is asked for", async () => {
    const answer = useConfirm().confirm({
      title: "Delete?",
      confirmLabel: "Delete",
      typeName: "nightly",
    });
    await flushPromises();
    expect(button("Delete").disabled).toBe(true);
    const input = document.querySelector<HTMLInputElement>("[role=alertdialog] input");
    if (!input) throw new Error("no input");
    input.value = "nightly";
    input.dispatchEvent(new Event("input"));
    await nextTick();
    button("Delete").click();
    expect(await answer).toBe(true);
  });

  it("answers an older question with no", async () => {
    const older = useConfirm().confirm({ title: "A?", confirmLabel: "Yes" });
    const newer = useConfirm().confirm({ title: "B?", confirmLabel: "Yes" });
    expect(await older).toBe(false);
    await flushPromises();
    button("Yes").click();
    expect(await newer).toBe(true);
  });
});

describe("Dialog", () => {
  it("asks before it closes", async () => {
    const beforeClose = vi.fn(() => false);
    const dialog = mount(Dialog, {
      props: { open: true, title: "Edit", description: "A draft", beforeClose },
      attachTo: document.body,
    });
    await flushPromises();
    document.querySelector<HTMLElement>("[role=dialog] [aria-label=Close]")?.click();
    await flushPromises();
    expect(beforeClose).toHaveBeenCalledOnce();
    expect(dialog.emitted("update:open")).toBeUndefined();
    beforeClose.mockReturnValue(true);
    document.querySelector<HTMLElement>("[role=dialog] [aria-label=Close]")?.click();
    await flushPromises();
    expect(dialog.emitted("update:open")).toEqual([[false]]);
    dialog.unmount();
  });
});

describe("the tooltip", () => {
  it("describes its element and goes with Escape", async () => {
    const anchor = document.createElement("button");
    document.body.append(anchor);
    showTip(anchor, "Two runs are live");
    await flushPromises();
    expect(document.querySelector("[role=tooltip]")?.textContent.trim()).toBe("Two runs are live");
    expect(anchor.getAttribute("aria-describedby")).toBe("ui-tip");
    window.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
    await nextTick();
    expect(tip.anchor).toBeNull();
    expect(anchor.hasAttribute("aria-describedby")).toBe(false);
    expect(document.querySelector("[role=tooltip]")).toBeNull();
  });
});
