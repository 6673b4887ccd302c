import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { useToasts } from "@/ui";

import { kept } from "./kept";
import { serve, within } from "./testing";
import { useDocument } from "./useDocument";
import { useSaving } from "./useSaving";

const base = { text: "old", hash: "h1", version: 1 };
const task = (version: number, content: string) => ({
  id: "a",
  version,
  content_hash: `h${String(version)}`,
  problems: [],
  content,
});
const stale = {
  type: "x",
  title: "Precondition Failed",
  status: 412,
  code: "stale_edit",
  detail: "the content was changed meanwhile",
  newest: { author: "ann", version: 2, message: "theirs", created_at: "2026-11-22T12:00:00Z" },
};

let stop = () => {};
beforeEach(() => useToasts().clear());
afterEach(() => {
  stop();
  vi.unstubAllGlobals();
  localStorage.clear();
});

function setUp() {
  const { result, unmount } = within(() => {
    const document = useDocument("a", base, false);
    return { document, saving: useSaving("a", document) };
  });
  stop = unmount;
  return result;
}

describe("saving", () => {
  it("replaces what the text is based on, with its message", async () => {
    const calls = serve(() => ({ body: task(2, "new") }));
    const { document, saving } = setUp();
    document.text.value = "new";
    document.keepNow();
    expect(kept("a")).toMatchObject({ text: "new", base: "h1" });
    expect(await saving.save("why")).toBe(true);
    expect(calls[0]).toMatchObject({
      method: "PUT",
      path: "/api/v1/tasks/a",
      body: { content: "new", message: "why" },
    });
    expect(calls[0]?.headers.get("If-Match")).toBe('"h1"');
    expect(document.isDirty.value).toBe(false);
    expect(document.base.value).toEqual({ text: "new", hash: "h2", version: 2 });
    expect(kept("a")).toBeNull();
  });

  it("meets another's save with both texts, and neither is lost", async () => {
    const calls = serve(({ method, headers }) => {
      if (method === "GET") return { body: task(2, "theirs") };
      if (headers.get("If-Match") === '"h1"') return { status: 412, body: stale };
      return { body: task(3, "merged") };
    });
    const { document, saving } = setUp();
    document.text.value = "mine";
    expect(await saving.save()).toBe(false);
    const met = saving.conflict.value;
    expect(met).toMatchObject({ theirs: { content: "theirs" }, newest: { author: "ann" } });
    expect(document.text.value).toBe("mine");
    if (!met) throw new Error("no conflict");
    expect(await saving.saveOver(met, "merged")).toBe(true);
    expect(calls.at(-1)?.headers.get("If-Match")).toBe('"h2"');
    expect(saving.conflict.value).toBeNull();
    expect(document.base.value.version).toBe(3);
  });

  it("makes a task that was deleted anew", async () => {
    const problem = { type: "x", title: "Not Found", status: 404, code: "not_found", detail: "" };
    const calls = serve(({ method }) =>
      method === "POST" ? { status: 201, body: task(1, "mine") } : { status: 404, body: problem },
    );
    const { document, saving } = setUp();
    document.text.value = "mine";
    await saving.save();
    expect(saving.isGone.value).toBe(true);
    expect(await saving.createAgain()).toBe(true);
    expect(calls.at(-1)?.body).toEqual({ id: "a", content: "mine" });
    expect(saving.isGone.value).toBe(false);
  });

  it("says what the server said when it refuses", async () => {
    const problem = {
      type: "x",
      title: "Invalid",
      status: 422,
      code: "invalid",
      detail: "too long",
    };
    serve(() => ({ status: 422, body: problem }));
    const { document, saving } = setUp();
    document.text.value = "mine";
    expect(await saving.save()).toBe(false);
    expect(useToasts().toasts[0]).toMatchObject({ tone: "danger", detail: "too long" });
    expect(document.isDirty.value).toBe(true);
  });
});

describe("a text of an earlier visit", () => {
  it("is offered, and a save of it counts from where it began", () => {
    localStorage.setItem(
      "runyard.draft.a",
      JSON.stringify({ text: "earlier", base: "h0", at: new Date().toISOString() }),
    );
    const { document } = setUp();
    expect(document.text.value).toBe("old");
    expect(document.offered.value?.text).toBe("earlier");
    document.restore();
    expect(document.text.value).toBe("earlier");
    expect(document.base.value.hash).toBe("h0");
    expect(document.offered.value).toBeNull();
  });

  it("goes when it is discarded", () => {
    localStorage.setItem(
      "runyard.draft.a",
      JSON.stringify({ text: "earlier", base: "h1", at: new Date().toISOString() }),
    );
    const { document } = setUp();
    document.discard();
    expect(document.offered.value).toBeNull();
    expect(kept("a")).toBeNull();
  });
});
