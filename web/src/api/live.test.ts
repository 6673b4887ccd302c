/** The connection against fakes of everything that it talks to. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Change, LogLine } from "./changes";
import { Live } from "./live";

class FakeSocket {
  static all: FakeSocket[] = [];
  readyState = 0;
  sent: unknown[] = [];
  onmessage?: (event: { data: string }) => void;
  onclose?: () => void;

  constructor(readonly url: URL) {
    FakeSocket.all.push(this);
  }

  send(text: string) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
  }

  // What the server does.
  give(frame: object) {
    this.readyState = 1;
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  breakOff() {
    this.readyState = 3;
    this.onclose?.();
  }
}

class FakeEvents {
  static all: FakeEvents[] = [];
  isClosed = false;
  onmessage?: (event: { data: string }) => void;
  onerror?: () => void;
  #hello?: (event: { data: string }) => void;

  constructor(readonly url: URL) {
    FakeEvents.all.push(this);
  }

  addEventListener(name: string, listener: (event: { data: string }) => void) {
    if (name === "hello") this.#hello = listener;
  }

  close() {
    this.isClosed = true;
  }

  greet(seq: number) {
    this.#hello?.({ data: JSON.stringify({ hello: { seq } }) });
  }

  give(frame: object) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

const run = (seq: number, id = "r", status = "running"): Change =>
  ({ seq, kind: "run", object: { id, status } }) as Change;

let live: Live;
/** Whether the server answers when it is asked how it is. */
let health: "well" | "away" | "hangs";

const socket = () => FakeSocket.all.at(-1) as FakeSocket;
const events = () => FakeEvents.all.at(-1) as FakeEvents;
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  FakeSocket.all = [];
  FakeEvents.all = [];
  health = "well";
  vi.stubGlobal("fetch", (_: string, { signal }: { signal: AbortSignal }) => {
    if (health === "well") return Promise.resolve({ ok: true });
    if (health === "away") return Promise.reject(new TypeError("refused"));
    return new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(new DOMException("", "TimeoutError")));
    });
  });
  vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), ms);
    return controller.signal;
  });
  live = new Live({
    base: "http://runyard.test",
    WebSocket: FakeSocket as unknown as typeof WebSocket,
    EventSource: FakeEvents as unknown as typeof EventSource,
  });
  live.start();
});

afterEach(() => {
  live.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Breaks the socket off until the page gives it up. */
async function withoutSockets(): Promise<void> {
  while (!FakeEvents.all.length) {
    socket().breakOff();
    await pass(5_000);
  }
}

async function withoutStreams(): Promise<void> {
  await withoutSockets();
  while (!["polling", "offline"].includes(live.state.value)) {
    events().onerror?.();
    await pass(5_000);
  }
}

describe("the socket", () => {
  it("is live when greeted and hands changes over in batches", async () => {
    const got: number[][] = [];
    live.onChanges((changes) => got.push(changes.map(({ seq }) => seq)));
    expect(live.state.value).toBe("connecting");
    expect(socket().url.href).toBe("ws://runyard.test/api/v1/stream");
    socket().give({ hello: { seq: 4 } });
    expect(live.state.value).toBe("live");
    socket().give(run(5));
    socket().give(run(6));
    expect(got).toEqual([]);
    await pass(100);
    socket().give(run(7));
    await pass(100);
    expect(got).toEqual([[5, 6], [7]]);
  });

  it("resumes after the last number it has seen, without a gap", async () => {
    const gap = vi.fn();
    live.onGap(gap);
    socket().give({ hello: { seq: 4 } });
    expect(gap).toHaveBeenCalledOnce();
    socket().give(run(9));
    socket().breakOff();
    expect(live.state.value).toBe("connecting");
    await pass(1_000);
    expect(FakeSocket.all).toHaveLength(2);
    expect(socket().url.search).toBe("?since=9");
    socket().give({ hello: { seq: 12 } });
    expect(live.state.value).toBe("live");
    expect(gap).toHaveBeenCalledOnce();
  });

  it("asks for everything anew when the server has another history", async () => {
    const gap = vi.fn();
    socket().give({ hello: { seq: 400 } });
    live.onGap(gap);
    socket().breakOff();
    await pass(1_000);
    socket().give({ hello: { seq: 3 } });
    expect(gap).toHaveBeenCalledOnce();
    socket().breakOff();
    await pass(1_000);
    expect(socket().url.search).toBe("?since=3");
  });

  it("is offline while the server does not answer, asks less and less often, and comes back", async () => {
    socket().give({ hello: { seq: 1 } });
    health = "away";
    socket().breakOff();
    await pass(600);
    expect(live.state.value).toBe("offline");
    await pass(60_000);
    expect(FakeSocket.all).toHaveLength(1);
    expect(live.state.value).toBe("offline");
    health = "well";
    await pass(6_000);
    expect(live.state.value).toBe("connecting");
    expect(FakeSocket.all).toHaveLength(2);
    socket().give({ hello: { seq: 1 } });
    expect(live.state.value).toBe("live");
  });

  it("does not wait for an answer for ever", async () => {
    socket().give({ hello: { seq: 1 } });
    health = "hangs";
    socket().breakOff();
    await pass(600);
    expect(live.state.value).toBe("connecting");
    await pass(5_000);
    expect(live.state.value).toBe("offline");
  });

  it("does not wait for a greeting for ever", async () => {
    await pass(11_000);
    expect(FakeSocket.all[0]?.readyState).toBe(3);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("asks a quiet connection, and drops it when it is dead", async () => {
    socket().give({ hello: { seq: 1 } });
    await pass(10_000);
    socket().give(run(2));
    await pass(19_000);
    expect(socket().sent).toEqual([]);
    await pass(1_500);
    expect(socket().sent).toEqual([{ ping: 1 }]);
    socket().give({ pong: true });
    await pass(20_000);
    expect(FakeSocket.all).toHaveLength(1);
    expect(socket().sent).toHaveLength(2);
    await pass(5_000);
    expect(live.state.value).toBe("connecting");
    await pass(1_000);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("asks at once after sleep", () => {
    socket().give({ hello: { seq: 1 } });
    document.dispatchEvent(new Event("visibilitychange"));
    expect(socket().sent).toEqual([{ ping: 1 }]);
  });

  it("tries at once when the network is back, or when told to", async () => {
    socket().give({ hello: { seq: 1 } });
    health = "away";
    socket().breakOff();
    await pass(30_000);
    window.dispatchEvent(new Event("online"));
    expect(FakeSocket.all).toHaveLength(2);
    socket().breakOff();
    live.retry();
    expect(FakeSocket.all).toHaveLength(3);
  });

  it("opens no second connection when told to while it asks the server", async () => {
    socket().give({ hello: { seq: 1 } });
    health = "hangs";
    socket().breakOff();
    await pass(600);
    live.retry();
    await pass(6_000);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("survives frames that it does not know", () => {
    socket().give({ hello: { seq: 1 } });
    socket().give({ something: "new" });
    socket().onmessage?.({ data: "no json" });
    socket().onmessage?.({ data: "5" });
    expect(live.state.value).toBe("live");
  });

  it("is silent once stopped", async () => {
    const listener = vi.fn();
    live.onChanges(listener);
    socket().give({ hello: { seq: 1 } });
    socket().give(run(2));
    live.stop();
    await pass(60_000);
    expect(listener).not.toHaveBeenCalled();
    expect(FakeSocket.all).toHaveLength(1);
  });
});

describe("where sockets are not let through", () => {
  it("goes on by events, from the same number", async () => {
    const got: number[] = [];
    live.onChanges((changes) => got.push(...changes.map(({ seq }) => seq)));
    socket().give({ hello: { seq: 7 } });
    await withoutSockets();
    expect(FakeSocket.all).toHaveLength(3);
    expect(events().url.href).toBe("http://runyard.test/api/v1/events?since=7");
    events().greet(7);
    expect(live.state.value).toBe("events");
    events().give(run(8));
    await pass(100);
    expect(got).toEqual([8]);
  });

  it("tries the socket again from time to time, without a word", async () => {
    await withoutSockets();
    events().greet(7);
    const states: string[] = [];
    const stop = setInterval(() => states.push(live.state.value), 100);
    await pass(61_000);
    expect(FakeSocket.all).toHaveLength(4);
    socket().breakOff();
    await pass(3_000);
    events().greet(7);
    await pass(61_000);
    expect(FakeSocket.all).toHaveLength(5);
    socket().give({ hello: { seq: 9 } });
    await pass(200);
    clearInterval(stop);
    expect([...new Set(states)]).toEqual(["events", "live"]);
    expect(events().isClosed).toBe(true);
  });

  it("asks again and again where events do not come either", async () => {
    const gap = vi.fn();
    await withoutStreams();
    expect(live.state.value).toBe("polling");
    live.onGap(gap);
    await pass(15_500);
    expect(gap.mock.calls.length).toBe(3);
    health = "away";
    await pass(5_500);
    expect(live.state.value).toBe("offline");
    health = "well";
    await pass(5_500);
    expect(live.state.value).toBe("polling");
  });

  it("goes back to the socket when it gets through again", async () => {
    await withoutStreams();
    const tries = FakeSocket.all.length;
    while (FakeSocket.all.length === tries) await pass(500);
    socket().give({ hello: { seq: 1 } });
    const gap = vi.fn();
    live.onGap(gap);
    await pass(20_000);
    expect(live.state.value).toBe("live");
    expect(gap).not.toHaveBeenCalled();
  });
});

describe("logs", () => {
  const line = (offset: number) => ({ offset, text: "x", at: null, stream: "stdout" }) as LogLine;
  const listener = () => ({ onLines: vi.fn(), onEnd: vi.fn() });

  it("are subscribed, and again from where they were after a break", async () => {
    const one = listener();
    socket().give({ hello: { seq: 1 } });
    const stop = live.subscribeLog("r1", 10, one);
    expect(socket().sent).toEqual([{ subscribe_log: "r1", offset: 10 }]);
    socket().give({ log: "r1", lines: [line(10)], next_offset: 30 });
    socket().give({ log: "other", lines: [line(0)], next_offset: 5 });
    expect(one.onLines.mock.calls).toEqual([[[line(10)], 30]]);
    socket().breakOff();
    await pass(1_000);
    socket().give({ hello: { seq: 1 } });
    expect(socket().sent).toEqual([{ subscribe_log: "r1", offset: 30 }]);
    stop();
    stop();
    expect(socket().sent.slice(1)).toEqual([{ unsubscribe_log: "r1" }]);
  });

  it("end once, for everybody", () => {
    const [one, two] = [listener(), listener()];
    socket().give({ hello: { seq: 1 } });
    const stop = live.subscribeLog("r1", 0, one);
    live.subscribeLog("r1", 0, two);
    socket().give({ log_end: "r1", next_offset: 8 });
    expect([one.onEnd.mock.calls, two.onEnd.mock.calls]).toEqual([[[8]], [[8]]]);
    stop();
    expect(socket().sent).toHaveLength(2);
  });
});
