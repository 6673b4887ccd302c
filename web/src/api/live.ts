/**
 * The one live connection: a WebSocket; server-sent events where that is not let through; asking
 * again and again where neither is. It resumes after the last number it has seen.
 */
import { readonly, ref, type Ref } from "vue";

import { parseFrame, type Change, type Frame, type LogLine } from "./changes";

/**
 * `connecting`: the stream is on its way (again); `offline`: the server was asked and does not
 * answer; `polling`: it answers, but no stream gets through, so the page asks from time to time.
 */
export type LiveState = "connecting" | "live" | "events" | "polling" | "offline";

export interface LogListener {
  onLines(lines: LogLine[], nextOffset: number): void;
  onEnd(nextOffset: number): void;
}

export interface LiveOptions {
  /** Where the streams are; `""` is the page's own server. */
  base?: string;
  WebSocket?: typeof WebSocket;
  EventSource?: typeof EventSource;
}

const STREAM = "/api/v1/stream";
const EVENTS = "/api/v1/events";
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;
const SOCKET_TRIES = 3;
const EVENT_TRIES = 3;
const SOCKET_AGAIN_MS = 60_000;
/** A connection that has not greeted by then is none. */
const OPEN_MS = 10_000;
const HEALTH_MS = 5_000;
const PING_MS = 20_000;
const PONG_MS = 5_000;
const BATCH_MS = 100;
const POLL_MS = 5_000;

export class Live {
  readonly #state = ref<LiveState>("connecting");
  /** What the page shows of the connection. */
  readonly state: Readonly<Ref<LiveState>> = readonly(this.#state);
  readonly #options: Required<LiveOptions>;
  readonly #listeners = new Set<(changes: Change[]) => void>();
  readonly #gaps = new Set<() => void>();
  readonly #logs = new Map<string, { offset: number; listeners: Set<LogListener> }>();
  #seq: number | undefined;
  #socket: WebSocket | undefined;
  #events: EventSource | undefined;
  #failures = 0;
  #eventFailures = 0;
  /** How often in a row the server did not answer at all. */
  #unanswered = 0;
  #heardMs = 0;
  #pending: Change[] = [];
  #timers = new Map<string, ReturnType<typeof setTimeout>>();
  #isStopped = true;

  constructor(options: LiveOptions = {}) {
    this.#options = {
      base: options.base ?? "",
      WebSocket: options.WebSocket ?? globalThis.WebSocket,
      EventSource: options.EventSource ?? globalThis.EventSource,
    };
  }

  start(): void {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    document.addEventListener("visibilitychange", this.#onWake);
    window.addEventListener("online", this.#onWake);
    this.#connect();
  }

  stop(): void {
    this.#isStopped = true;
    document.removeEventListener("visibilitychange", this.#onWake);
    window.removeEventListener("online", this.#onWake);
    for (const name of [...this.#timers.keys()]) this.#clear(name);
    this.#drop();
  }

  /** Connects at once instead of waiting for the next try. */
  retry(): void {
    this.#failures = 0;
    this.#unanswered = 0;
    this.#again();
  }

  /** Called with what changed, at most ten times a second; answers how to stop that. */
  onChanges(listener: (changes: Change[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Called when changes may have been missed: everything that is shown must be asked again. */
  onGap(listener: () => void): () => void {
    this.#gaps.add(listener);
    return () => this.#gaps.delete(listener);
  }

  /** Follows a run's log from a byte offset on; needs the socket (`state` is `live`). */
  subscribeLog(runId: string, offset: number, listener: LogListener): () => void {
    const known = this.#logs.get(runId);
    if (known) known.listeners.add(listener);
    else this.#logs.set(runId, { offset, listeners: new Set([listener]) });
    this.#send({ subscribe_log: runId, offset });
    return () => {
      const entry = this.#logs.get(runId);
      if (!entry?.listeners.delete(listener) || entry.listeners.size) return;
      this.#logs.delete(runId);
      this.#send({ unsubscribe_log: runId });
    };
  }

  // Connections ------------------------------------------------------------------------------

  #connect(): void {
    if (this.#isStopped) return;
    if (this.#failures < SOCKET_TRIES) this.#openSocket();
    else if (this.#eventFailures < EVENT_TRIES) this.#openEvents();
    else void this.#poll();
  }

  #again(): void {
    this.#eventFailures = 0;
    this.#drop();
    this.#connect();
  }

  #openSocket(): void {
    const url = new URL(this.#options.base + STREAM + this.#since("?"), location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new this.#options.WebSocket(url);
    this.#socket = socket;
    this.#after("open", OPEN_MS, () => {
      this.#drop();
      this.#failed("socket");
    });
    socket.onmessage = (message) => {
      if (socket !== this.#socket) return;
      this.#heard();
      const frame = parseFrame(String(message.data));
      if (frame) this.#take(frame);
    };
    socket.onclose = () => {
      if (socket !== this.#socket) return;
      this.#socket = undefined;
      this.#failed("socket");
    };
  }

  #openEvents(): void {
    const url = new URL(this.#options.base + EVENTS + this.#since("?"), location.href);
    const events = new this.#options.EventSource(url);
    this.#events = events;
    const take = (event: MessageEvent) => {
      if (events !== this.#events) return;
      const frame = parseFrame(String(event.data));
      if (frame) this.#take(frame);
    };
    this.#after("open", OPEN_MS, () => {
      this.#drop();
      this.#failed("events");
    });
    events.addEventListener("hello", take);
    events.onmessage = take;
    events.onerror = () => {
      if (events !== this.#events) return;
      events.close();
      this.#events = undefined;
      this.#failed("events");
    };
    this.#trySocketLater();
  }

  /** Neither stream gets through: everything on the page is asked again every few seconds. */
  async #poll(): Promise<void> {
    this.#trySocketLater();
    const answers = await this.#answers();
    if (this.#isStopped || this.#socket || this.#events) return;
    this.#state.value = answers ? "polling" : "offline";
    if (answers) this.#tellGap();
    this.#after("poll", POLL_MS, () => void this.#poll());
  }

  /** Whatever kept the socket out may be gone; one try, while the present way goes on. */
  #trySocketLater(): void {
    if (this.#timers.has("socket")) return;
    this.#after("socket", SOCKET_AGAIN_MS, () => {
      this.#failures = SOCKET_TRIES - 1;
      this.#again();
    });
  }

  #failed(way: "socket" | "events"): void {
    if (this.#isStopped) return;
    for (const name of ["open", "ping", "pong"]) this.#clear(name);
    const failures = way === "socket" ? ++this.#failures : ++this.#eventFailures;
    // The other ways are not concerned: a socket may be tried while events come in by themselves.
    if (this.#state.value === (way === "socket" ? "live" : "events")) {
      this.#state.value = "connecting";
    }
    const delay = Math.min(FIRST_DELAY_MS * 2 ** (failures + this.#unanswered), LONGEST_DELAY_MS);
    this.#after("connect", delay * (0.75 + Math.random() / 2), () => void this.#knock(way));
  }

  /** A server that is away refuses all ways alike: only one that answers is asked otherwise. */
  async #knock(way: "socket" | "events"): Promise<void> {
    const answers = await this.#answers();
    if (this.#isStopped || this.#socket || this.#events || this.#timers.has("connect")) return;
    if (answers) {
      this.#unanswered = 0;
      if (this.#state.value === "offline") this.#state.value = "connecting";
      this.#connect();
      return;
    }
    this.#unanswered += 1;
    this.#failures = 0;
    this.#eventFailures = 0;
    this.#state.value = "offline";
    this.#failed(way);
  }

  async #answers(): Promise<boolean> {
    try {
      const signal = AbortSignal.timeout(HEALTH_MS);
      return (await fetch(`${this.#options.base}/api/system/health`, { signal })).ok;
    } catch {
      // Refused, unreachable or too slow: it does not answer, whatever the reason.
      return false;
    }
  }

  #drop(): void {
    const [socket, events] = [this.#socket, this.#events];
    this.#socket = undefined;
    this.#events = undefined;
    socket?.close();
    events?.close();
    for (const name of ["connect", "open", "poll", "socket", "ping", "pong"]) this.#clear(name);
  }

  /** After sleep a connection may look open and be dead: ask it. */
  readonly #onWake = (): void => {
    if (document.visibilityState !== "visible") return;
    if (this.#socket?.readyState === 1) this.#ping();
    else if (this.#timers.has("connect")) this.retry();
  };

  #heard(): void {
    this.#failures = 0;
    this.#heardMs = performance.now();
    this.#clear("pong");
    if (!this.#timers.has("ping")) this.#pingAfter(PING_MS);
  }

  /** A timer that is not wound up anew by each of thousands of frames. */
  #pingAfter(delayMs: number): void {
    this.#after("ping", delayMs, () => {
      const quietMs = performance.now() - this.#heardMs;
      if (quietMs < PING_MS) this.#pingAfter(PING_MS - quietMs);
      else this.#ping();
    });
  }

  #ping(): void {
    this.#send({ ping: 1 });
    this.#after("pong", PONG_MS, () => {
      this.#drop();
      this.#failed("socket");
    });
  }

  #send(command: object): void {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(command));
  }

  #since(mark: string): string {
    return this.#seq === undefined ? "" : `${mark}since=${String(this.#seq)}`;
  }

  // What comes in ----------------------------------------------------------------------------

  #take(frame: Frame): void {
    if ("hello" in frame) this.#greet(frame.hello.seq);
    else if ("seq" in frame) this.#gather(frame);
    else if ("log" in frame) this.#takeLog(frame);
    else if ("log_end" in frame) this.#endLog(frame.log_end, frame.next_offset);
  }

  #greet(newest: number): void {
    // A server whose numbers are behind ours has another history: a restored or a new database.
    const isOther = this.#seq !== undefined && newest < this.#seq;
    const isFirst = this.#seq === undefined;
    if (isFirst || isOther) this.#seq = newest;
    this.#state.value = this.#socket ? "live" : "events";
    this.#clear("open");
    if (this.#socket) this.#clear("socket");
    this.#eventFailures = 0;
    this.#unanswered = 0;
    for (const [id, log] of this.#logs) this.#send({ subscribe_log: id, offset: log.offset });
    // Before the first greeting a page may have been shown that is older than the stream.
    if (isOther || isFirst) this.#tellGap();
  }

  #gather(change: Change): void {
    this.#seq = change.seq;
    this.#pending.push(change);
    if (this.#timers.has("batch")) return;
    this.#after("batch", BATCH_MS, () => {
      const changes = this.#pending;
      this.#pending = [];
      for (const listener of this.#listeners) listener(changes);
    });
  }

  #takeLog(frame: { log: string; lines: LogLine[]; next_offset: number }): void {
    const log = this.#logs.get(frame.log);
    if (!log) return;
    log.offset = frame.next_offset;
    for (const listener of log.listeners) listener.onLines(frame.lines, frame.next_offset);
  }

  #endLog(runId: string, nextOffset: number): void {
    const log = this.#logs.get(runId);
    this.#logs.delete(runId);
    for (const listener of log?.listeners ?? []) listener.onEnd(nextOffset);
  }

  #tellGap(): void {
    for (const listener of this.#gaps) listener();
  }

  // Timers by name, so that each is there at most once ------------------------------------------

  #after(name: string, delayMs: number, call: () => void): void {
    this.#clear(name);
    const timer = setTimeout(() => {
      this.#timers.delete(name);
      call();
    }, delayMs);
    this.#timers.set(name, timer);
  }

  #clear(name: string): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }
}

export const live = new Live();
