/** The page of the log viewer's benchmark: a source that writes LINES a second, and the frames it takes. */
import { createApp, h, ref } from "vue";

import { i18n } from "../src/i18n";
import { type LogLine, type LogPage, type LogSource, LogViewer } from "../src/logs";
import "../src/styles/base.css";

interface Figures {
  lines: number;
  shown: string;
  frames: number;
  longestFrameMs: number;
  p99FrameMs: number;
  longestTaskMs: number;
  longTasks: number;
}

declare global {
  interface Window {
    measure: (linesPerSecond: number, seconds: number) => Promise<Figures>;
    idle: (seconds: number) => Promise<Figures>;
  }
}

const asked = new URLSearchParams(location.search);
document.documentElement.dataset["theme"] = asked.get("theme") ?? "light";
const held: LogLine[] = [];
let offset = 0;
let write: ((page: LogPage) => void) | null = null;

function newLine(): LogLine {
  const n = held.length;
  const stream = n % 50 === 7 ? "stderr" : n % 400 === 0 ? "platform" : "stdout";
  const text =
    n % 9 === 0
      ? `\u001b[32mINFO\u001b[0m  step ${n} \u001b[1mloss\u001b[0m=\u001b[38;5;208m0.${n % 997}\u001b[0m`
      : n % 31 === 0
        ? `${"long ".repeat(60)}${n}`
        : `2026-11-22 12:00:00,000 worker-${n % 8} handled item ${n} of batch ${n >> 7} in ${n % 90} ms`;
  const line: LogLine = { offset, at: new Date().toISOString(), stream, text, partial: false };
  offset += text.length + 1;
  held.push(line);
  return line;
}

const pageOf = (lines: LogLine[], nextOffset: number): LogPage => ({
  lines,
  start: lines[0]?.offset ?? nextOffset,
  nextOffset,
  size: offset,
  complete: false,
});
const from = (at: number): Promise<LogPage> =>
  Promise.resolve(pageOf(held.filter((line) => line.offset >= at).slice(0, 5000), offset));
const source: LogSource = {
  page: from,
  pageNear: from,
  before: (at, n) => Promise.resolve(pageOf(held.filter((line) => line.offset < at).slice(-n), at)),
  tail: (n) => Promise.resolve(pageOf(held.slice(-n), offset)),
  since: from.bind(null, 0),
  follow(_, onPage) {
    write = onPage;
    return () => (write = null);
  },
};

/** As the socket delivers: frames of JSON, one every 10 ms or as late as the page lets it. */
function feed(linesPerSecond: number, seconds: number): Promise<void> {
  const begun = performance.now();
  let sent = 0;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const elapsed = Math.min(seconds, (performance.now() - begun) / 1000);
      const due = Math.floor(elapsed * linesPerSecond) - sent;
      sent += due;
      const frame = JSON.stringify(Array.from({ length: due }, newLine));
      const lines = JSON.parse(frame) as LogLine[];
      if (due > 0) write?.(pageOf(lines, offset));
      if (elapsed >= seconds) {
        clearInterval(timer);
        resolve();
      }
    }, 10);
  });
}

async function watched(work: () => Promise<void>): Promise<Figures> {
  const gaps: number[] = [];
  const tasks: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) tasks.push(entry.duration);
  });
  observer.observe({ entryTypes: ["longtask"] });
  let last = performance.now();
  let running = true;
  const tick = (now: number): void => {
    gaps.push(now - last);
    last = now;
    if (running) requestAnimationFrame(tick);
  };
  requestAnimationFrame((now) => {
    last = now;
    requestAnimationFrame(tick);
  });
  const before = held.length;
  await work();
  running = false;
  await new Promise((resolve) => setTimeout(resolve, 300));
  observer.disconnect();
  gaps.sort((a, b) => a - b);
  const texts = document.querySelectorAll("[data-text]");
  return {
    lines: held.length - before,
    shown: texts.item(texts.length - 1)?.textContent ?? "",
    frames: gaps.length,
    longestFrameMs: Math.round(gaps.at(-1) ?? 0),
    p99FrameMs: Math.round(gaps[Math.floor(gaps.length * 0.99)] ?? 0),
    longestTaskMs: Math.round(Math.max(0, ...tasks)),
    longTasks: tasks.length,
  };
}

window.measure = (linesPerSecond, seconds) => watched(() => feed(linesPerSecond, seconds));
window.idle = (seconds) =>
  watched(() => new Promise((resolve) => setTimeout(resolve, seconds * 1000)));

for (let i = 0; i < 300; i += 1) newLine();
const wrap = ref(asked.get("wrap") !== "false");
createApp({
  render: () =>
    h(LogViewer, {
      source,
      live: true,
      zone: "UTC",
      class: "h-screen",
      wrap: wrap.value,
      "onUpdate:wrap": (on: boolean) => (wrap.value = on),
    }),
})
  .use(i18n)
  .mount("#app");
