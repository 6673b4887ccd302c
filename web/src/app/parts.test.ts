import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createMemoryHistory, createRouter } from "vue-router";

import { useToasts } from "@/ui";

import { mendRoutes } from "./parts";

const { toasts, clear } = useToasts();
const load = vi.fn();
let isAway = false;

function routerOf(error: Error) {
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: "/gone", component: () => Promise.reject(error) }],
  });
  mendRoutes(router, load);
  return router;
}

const missing = new TypeError("Failed to fetch dynamically imported module: /assets/x.js");

beforeEach(() => {
  clear();
  load.mockReset();
  sessionStorage.clear();
  isAway = false;
  vi.stubGlobal("fetch", () =>
    isAway ? Promise.reject(new TypeError("refused")) : Promise.resolve({ ok: true }),
  );
});

afterEach(() => vi.unstubAllGlobals());

describe("a part of the page that can't be had", () => {
  it("is fetched with a fresh document, once", async () => {
    const router = routerOf(missing);
    await router.push("/gone?a=1").catch(() => undefined);
    await vi.waitUntil(() => load.mock.calls.length);
    expect(load).toHaveBeenCalledExactlyOnceWith("/gone?a=1");
    await router.push("/gone?a=1").catch(() => undefined);
    await vi.waitUntil(() => toasts.length);
    expect(load).toHaveBeenCalledOnce();
  });

  it("is asked for again by the reader when the server is away", async () => {
    isAway = true;
    await routerOf(missing)
      .push("/gone")
      .catch(() => undefined);
    await vi.waitUntil(() => toasts.length);
    expect(load).not.toHaveBeenCalled();
    toasts[0]?.action?.run?.();
    expect(load).toHaveBeenCalledWith("/gone");
  });

  it("is another matter than a mistake of the page", async () => {
    await routerOf(new Error("a mistake"))
      .push("/gone")
      .catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([load.mock.calls.length, toasts.length]).toEqual([0, 0]);
  });
});
