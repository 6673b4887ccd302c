/**
 * Runs whose end the reader wants to be told of: by a notification of the browser, or by a toast
 * where that is not allowed. The list is kept in this browser; of its open tabs one tells.
 */
import { useLocalStorage } from "@vueuse/core";
import type { Router } from "vue-router";

import type { Change } from "@/api/changes";
import { ApiError } from "@/api/client";
import { readRun } from "@/api/generated";
import { live } from "@/api/live";
import { BAD, isFinal, type RunStatus } from "@/domain/status";
import { i18n } from "@/i18n";
import { useToasts } from "@/ui";

export interface Watched {
  id: string;
  /** The task's id, or the executor of a run without a task. */
  name: string;
}

export interface Ended extends Watched {
  status: RunStatus;
}

/** Between the tabs of this browser. */
type Message = { ended: Ended } | { shown: string };

const KEY = "runyard.watched";
const MOST = 100;
const ANSWER_MS = 500;

const watched = useLocalStorage<Watched[]>(KEY, []);

interface Watchable {
  id: string;
  task_id: string | null;
  executor: string;
  status: RunStatus;
}

/** `toggle` asks for the browser's permission the first time, so it belongs to a click. */
export function useWatching() {
  return { watched, isWatched, toggle, permission, ask };
}

function isWatched(id: string): boolean {
  return watched.value.some((one) => one.id === id);
}

/** Resolves to whether the run is watched now. */
async function toggle(run: Watchable): Promise<boolean> {
  if (isWatched(run.id)) {
    forget(run.id);
    return false;
  }
  if (isFinal(run.status)) return false;
  const one = { id: run.id, name: run.task_id ?? run.executor };
  watched.value = [...watched.value, one].slice(-MOST);
  const answer = await ask();
  useToasts().push({
    title: text("watching.on", { task: one.name }),
    detail: text(answer === "granted" ? "watching.byBrowser" : "watching.byToast"),
    tone: "info",
  });
  return true;
}

function forget(id: string): void {
  watched.value = watched.value.filter((one) => one.id !== id);
}

/** `unsupported`: a page that came without TLS from another machine, or an old browser. */
function permission(): NotificationPermission | "unsupported" {
  return "Notification" in globalThis ? Notification.permission : "unsupported";
}

async function ask(): Promise<NotificationPermission | "unsupported"> {
  if (permission() !== "default") return permission();
  return Notification.requestPermission();
}

const text = (key: string, values: Record<string, string> = {}) => i18n.global.t(key, values);

// Telling --------------------------------------------------------------------------------------

/** Follows the watched runs until the returned function is called. */
export function startWatching(router: Router): () => void {
  const channel = new BroadcastChannel(KEY);
  const stops = new AbortController();
  const locks = navigator.locks as LockManager | null | undefined;
  let tells = false;

  function tell(run: Ended): void {
    forget(run.id);
    if (notify(run, router)) return;
    if (isSeen()) toast(run, router);
    else if (locks) void askOthers(run);
  }

  /** A tab that is seen shows it; where there is none it waits here for the reader. */
  async function askOthers(run: Ended): Promise<void> {
    const isShown = new Promise<boolean>((resolve) => {
      const listen = ({ data }: MessageEvent<Message>) => {
        if ("shown" in data && data.shown === run.id) resolve(true);
      };
      channel.addEventListener("message", listen, { signal: stops.signal });
      setTimeout(() => resolve(false), ANSWER_MS);
    });
    channel.postMessage({ ended: run } satisfies Message);
    if (!(await isShown)) toast(run, router, 0);
  }

  channel.addEventListener("message", ({ data }: MessageEvent<Message>) => {
    if (!("ended" in data) || !isSeen()) return;
    toast(data.ended, router);
    channel.postMessage({ shown: data.ended.id } satisfies Message);
  });

  function take(changes: readonly Change[]): void {
    for (const change of tells ? changes : []) {
      if (change.kind !== "run" || !isFinal(change.object.status)) continue;
      const one = watched.value.find(({ id }) => id === change.object.id);
      if (one) tell({ ...one, status: change.object.status });
    }
  }

  /** What ended while nobody listened. */
  async function catchUp(): Promise<void> {
    for (const one of tells ? [...watched.value] : []) {
      const status = await statusOf(one.id);
      if (status === "unknown") forget(one.id);
      else if (status && isFinal(status) && isWatched(one.id)) tell({ ...one, status });
    }
  }

  /** The tab that holds the lock tells; when it is closed the next one does. */
  function lead(): Promise<void> {
    tells = true;
    void catchUp();
    return new Promise((release) => {
      stops.signal.addEventListener("abort", () => release());
    });
  }

  // Locks need a secure page. Without them there are no notifications either, and each tab that is
  // seen shows its own toast.
  if (locks) locks.request(KEY, { signal: stops.signal }, lead).catch(ignoreAbort);
  else void lead();

  const stopChanges = live.onChanges(take);
  const stopGaps = live.onGap(() => void catchUp());
  return () => {
    stops.abort();
    stopChanges();
    stopGaps();
    channel.close();
  };
}

const isSeen = () => document.visibilityState === "visible";

/** Undefined when the server could not say. */
async function statusOf(id: string): Promise<RunStatus | "unknown" | undefined> {
  try {
    return (await readRun({ path: { run_id: id } })).data.status;
  } catch (error) {
    if (error instanceof ApiError) return error.status === 404 ? "unknown" : undefined;
    throw error;
  }
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
}

/** Whether the browser shows it. */
function notify(run: Ended, router: Router): boolean {
  if (permission() !== "granted") return false;
  try {
    const shown = new Notification(title(run), {
      body: text("watching.body", { id: run.id }),
      // A second one of the same run takes the place of the first.
      tag: `runyard-run-${run.id}`,
      icon: "/assets/icon.svg",
    });
    shown.onclick = () => {
      window.focus();
      void router.push({ name: "run", params: { id: run.id } });
      shown.close();
    };
    return true;
  } catch {
    // Browsers on phones have the permission and refuse the constructor.
    return false;
  }
}

function toast(run: Ended, router: Router, stayMs?: number): void {
  const tone = run.status === "succeeded" ? "good" : BAD.has(run.status) ? "danger" : "neutral";
  useToasts().push({
    title: title(run),
    tone,
    ...(stayMs === undefined ? {} : { stayMs }),
    action: {
      label: text("watching.show"),
      run: () => void router.push({ name: "run", params: { id: run.id } }),
    },
  });
}

const title = (run: Ended) =>
  text("watching.ended", { task: run.name, status: text(`domain.status.${run.status}`) });
