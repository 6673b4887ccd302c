/**
 * Feeds the log viewer LINES a second for SECONDS in chromium and prints the longest frame.
 *
 *   node benchmarks/log_viewer.mjs [lines=10000] [seconds=10] [folder for screenshots]
 *
 * PROFILE=1 also prints where the time went. A noisy machine stretches frames: the figures of the idle page beside it say by how much.
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, preview } from "vite";

const [lines = "10000", seconds = "10", pictures] = process.argv.slice(2);
const web = fileURLToPath(new URL("..", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "log-viewer-"));

/** One page in a chromium of our own, by the DevTools protocol. */
async function openChromium() {
  const chromium = spawn(process.env.CHROMIUM ?? "chromium", [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--remote-debugging-port=0",
    `--user-data-dir=${join(folder, "profile")}`,
    "--window-size=1280,800",
    "about:blank",
  ]);
  const address = await new Promise((resolve, reject) => {
    let said = "";
    chromium.stderr.on("data", (data) => {
      said += data;
      const found = /DevTools listening on (ws:\S+)/.exec(said);
      if (found) resolve(found[1]);
    });
    chromium.on("exit", (code) => reject(new Error(`chromium ended with ${code}: ${said}`)));
  });
  const targets = await (await fetch(`http://${new URL(address).host}/json`)).json();
  const socket = new WebSocket(
    targets.find((target) => target.type === "page").webSocketDebuggerUrl,
  );
  await new Promise((resolve) => (socket.onopen = resolve));
  const waiting = new Map();
  let last = 0;
  socket.onmessage = ({ data }) => {
    const answer = JSON.parse(data);
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  };
  const call = (method, params = {}) =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, ({ result, error }) =>
        error ? reject(new Error(error.message)) : resolve(result),
      );
      socket.send(JSON.stringify({ id: last, method, params }));
    });
  const run = async (expression) => {
    const { result, exceptionDetails } = await call("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? "it threw");
    return result.value;
  };
  return { call, run, close: () => (socket.close(), chromium.kill()) };
}

async function show(page, address) {
  await page.call("Page.navigate", { url: address });
  for (let i = 0; i < 200; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    if (await page.run("document.querySelectorAll('[data-text]').length > 5")) return;
  }
  throw new Error(await page.run("document.documentElement.outerHTML.slice(0, 3000)"));
}

async function picture(page, name) {
  if (!pictures) return;
  const { data } = await page.call("Page.captureScreenshot", { format: "png" });
  await writeFile(join(pictures, `${name}.png`), Buffer.from(data, "base64"));
}

async function cpuSeconds(page) {
  const { metrics } = await page.call("Performance.getMetrics");
  return metrics.find(({ name }) => name === "TaskDuration").value;
}

/** Where the time went: own milliseconds of the twenty costliest functions. */
function costs({ nodes, samples, timeDeltas }) {
  const own = new Map();
  samples.forEach((id, i) => own.set(id, (own.get(id) ?? 0) + timeDeltas[i] / 1000));
  const names = new Map();
  for (const { id, callFrame } of nodes) {
    const name = `${callFrame.functionName}:${callFrame.lineNumber}:${callFrame.columnNumber}`;
    names.set(name, (names.get(name) ?? 0) + (own.get(id) ?? 0));
  }
  return [...names]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 20)
    .map(([n, ms]) => `${ms.toFixed(0)} ${n}`)
    .join("\n");
}

await build({
  root: web,
  configFile: join(web, "vite.config.ts"),
  logLevel: "warn",
  build: {
    outDir: join(folder, "built"),
    minify: !process.env.PROFILE,
    rolldownOptions: { input: join(web, "benchmarks/log_viewer.html") },
  },
});
const server = await preview({
  root: web,
  configFile: join(web, "vite.config.ts"),
  logLevel: "warn",
  build: { outDir: join(folder, "built") },
  preview: { port: 0, host: "127.0.0.1" },
});
const base = `http://127.0.0.1:${server.httpServer.address().port}/benchmarks/log_viewer.html`;
const page = await openChromium();
try {
  await page.call("Performance.enable");
  for (const wrap of ["false", "true"]) {
    await show(page, `${base}?wrap=${wrap}&theme=${wrap === "true" ? "dark" : "light"}`);
    await picture(page, `wrap-${wrap}`);
    const idle = await page.run(`idle(3)`);
    if (process.env.PROFILE)
      await page.call("Profiler.enable").then(() => page.call("Profiler.start"));
    const before = await cpuSeconds(page);
    const busy = await page.run(`measure(${Number(lines)}, ${Number(seconds)})`);
    const cpu = (await cpuSeconds(page)) - before;
    if (process.env.PROFILE)
      process.stdout.write(`${costs((await page.call("Profiler.stop")).profile)}\n`);
    await picture(page, `wrap-${wrap}-after`);
    process.stdout.write(
      `${JSON.stringify({ wrap, idle, busy, mainThreadSeconds: Number(cpu.toFixed(2)) }, null, 1)}\n`,
    );
  }
} finally {
  page.close();
  await server.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
