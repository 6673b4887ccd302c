/** Watched runs: told once, by the browser or on the page. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nextTick } from "vue";
import type { Router } from "vue-router";

import { ApiError } from "@/api/client";
import { useToasts } from "@/ui";

import { startWatching, useWatching } from "./watching";

const stream = vi.hoisted(() => ({
  change: (changes: object[]): unknown => changes,
  gap: (): unknown => undefined,
  readRun: vi.fn(),
}));

vi.mock("@/api/live", () => ({
  live: {
    onChanges: (listener: typeof stream.change) => ((stream.change = listener), () => undefined),
    onGap: (listener: typeof stream.gap) => ((stream.gap = listener), () => undefined),
  },
}));
vi.mock("@/api/generated", () => ({ readRun: stream.readRun }));

const { toasts, clear } = useToasts();
const { watched, isWatched, toggle } = useWatching();
const push = vi.fn();
const router = { push } as unknown as Router;

const run = { id: "r1", task_id: "crawl", executor: "script", status: "running" as const };
const end = (id: string, status: string) =>
  stream.change([{ seq: 1, kind: "run", object: { id, status } }]);

let shown: { title: string; options: NotificationOptions; onclick?: () => void; close(): void }[];
let permission: NotificationPermission;
let stop: () => void;

beforeEach(() => {
  shown = [];
  permission = "granted";
  class FakeNotification {
    static get permission() {
      return permission;
    }
    static requestPermission() {
      return Promise.resolve(permission);
    }
    onclick?: () => void;
    constructor(
      readonly title: string,
      readonly options: NotificationOptions,
    ) {
      shown.push(this);
    }
    close() {
      return undefined;
    }
  }
  vi.stubGlobal("Notification", FakeNotification);
  stream.readRun.mockReset();
  push.mockReset();
  watched.value = [];
  clear();
  stop = startWatching(router);
});

afterEach(() => {
  stop();
  vi.unstubAllGlobals();
});

describe("a watched run", () => {
  it("is told of by the browser when it ends, once, and leads to its page", async () => {
    expect(await toggle(run)).toBe(true);
    expect(isWatched("r1")).toBe(true);
    clear();
    end("r1", "running");
    end("other", "failed");
    expect(shown).toEqual([]);
    end("r1", "failed");
    end("r1", "failed");
    expect(shown.map(({ title }) => title)).toEqual(["crawl: Failed"]);
    expect(shown[0]?.options.tag).toBe("runyard-run-r1");
    expect(toasts).toEqual([]);
    expect(isWatched("r1")).toBe(false);
    shown[0]?.onclick?.();
    expect(push).toHaveBeenCalledWith({ name: "run", params: { id: "r1" } });
  });

  it("is told of on the page where the browser may not", async () => {
    permission = "denied";
    await toggle(run);
    clear();
    end("r1", "succeeded");
    expect(shown).toEqual([]);
    expect(toasts.map(({ title, tone }) => [title, tone])).toEqual([["crawl: Succeeded", "good"]]);
    toasts[0]?.action?.run?.();
    expect(push).toHaveBeenCalledWith({ name: "run", params: { id: "r1" } });
  });

  it("is told of on the page where the browser refuses after all", async () => {
    await toggle(run);
    clear();
    const refusing = () => {
      throw new TypeError("Illegal constructor");
    };
    vi.stubGlobal("Notification", Object.assign(refusing, { permission }));
    end("r1", "cancelled");
    expect(toasts.map(({ title }) => title)).toEqual(["crawl: Cancelled"]);
  });

  it("is not watched any more after a second click, nor when it is over already", async () => {
    await toggle(run);
    expect(await toggle(run)).toBe(false);
    expect(await toggle({ ...run, id: "r2", status: "failed" as never })).toBe(false);
    clear();
    end("r1", "failed");
    expect([shown.length, toasts.length, watched.value.length]).toEqual([0, 0, 0]);
  });

  it("that ended while nobody listened is told of later; one that is gone is forgotten", async () => {
    await toggle(run);
    await toggle({ ...run, id: "r2" });
    await toggle({ ...run, id: "r3" });
    clear();
    stream.readRun.mockImplementation(({ path }: { path: { run_id: string } }) => {
      if (path.run_id === "r2") throw new ApiError(404, "not_found", "", "", null);
      if (path.run_id === "r3") throw new ApiError(0, "unreachable", "", "", null);
      return Promise.resolve({ data: { status: "timed_out" } });
    });
    stream.gap();
    await vi.waitUntil(() => shown.length);
    await nextTick();
    expect(shown.map(({ title }) => title)).toEqual(["crawl: Timed out"]);
    await vi.waitUntil(() => watched.value.length === 1);
    expect(isWatched("r3")).toBe(true);
  });
});

describe("several tabs", () => {
  beforeEach(() => {
    let isHeld = false;
    const waiting: (() => void)[] = [];
    vi.stubGlobal("navigator", {
      userAgent: "",
      languages: ["en"],
      locks: {
        async request(_: string, { signal }: { signal: AbortSignal }, work: () => Promise<void>) {
          if (isHeld) await new Promise<void>((resolve) => waiting.push(resolve));
          if (signal.aborted) return;
          isHeld = true;
          await work();
          isHeld = false;
          waiting.shift()?.();
        },
      },
    });
    stop();
  });

  it("let one of them tell, and the next one when it is closed", async () => {
    const stopFirst = startWatching(router);
    const first = stream.change;
    stop = startWatching(router);
    const second = stream.change;
    await toggle(run);
    const ends = [{ seq: 1, kind: "run", object: { id: "r1", status: "failed" } }];
    second(ends);
    expect(shown).toEqual([]);
    stream.readRun.mockResolvedValue({ data: { status: "failed" } });
    void first;
    stopFirst();
    await vi.waitUntil(() => shown.length);
    expect(shown).toHaveLength(1);
  });

  it("have one that is seen show the message; where none is, it waits for the reader", async () => {
    permission = "denied";
    const visibility = vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
    stop = startWatching(router);
    await toggle(run);
    clear();
    const other = new BroadcastChannel("runyard.watched");
    const heard: unknown[] = [];
    other.onmessage = ({ data }) => {
      heard.push(data);
      other.postMessage({ shown: "r1" });
    };
    end("r1", "failed");
    await vi.waitUntil(() => heard.length);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(toasts).toEqual([]);
    other.close();
    await toggle({ ...run, id: "r4" });
    clear();
    end("r4", "failed");
    await vi.waitUntil(() => toasts.length, { timeout: 3_000 });
    expect(toasts[0]?.stayMs).toBe(0);
    visibility.mockRestore();
  });
});
