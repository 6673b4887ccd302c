"""Frames of the runs page while 200 runs a second end in front of it.

Starts a real server in a temporary folder, feeds it (each round submits runs and cancels as many),
opens the built page in Chromium and takes the time between its frames: once at rest, once with the
list at its top (rows flow), once with the mouse over it (rows stay, a pill counts).

    npx vite build --outDir /tmp/page && .venv/bin/python web/benchmarks/live_runs.py /tmp/page
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

WEB = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
ROUND_S = 0.1
FRAMES = """async (ms) => {
  const frames = [];
  let last = performance.now();
  const end = last + ms;
  while (last < end) {
    const now = await new Promise((resolve) => requestAnimationFrame(resolve));
    frames.push(now - last);
    last = now;
  }
  return frames.slice(1);
}"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def post(url: str, body: object) -> dict[str, object]:
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return dict(json.load(answer))


class Feeder(threading.Thread):
    """Submits and cancels `rate` runs a second until it is stopped; counts what ended."""

    def __init__(self, api: str, rate: int) -> None:
        super().__init__(daemon=True)
        self._api = api
        self._batch = max(1, round(rate * ROUND_S))
        self._stopped = threading.Event()
        self.ended = 0

    def run(self) -> None:
        number = 0
        due = time.monotonic()
        self._submit(number)
        while not self._stopped.is_set():
            self._submit(number + 1)
            answer = post(
                f"{self._api}/api/v1/runs/cancel", {"filter": {"label": [f"round-{number}"]}}
            )
            self.ended += int(str(answer["count"]))
            number += 1
            due += ROUND_S
            self._stopped.wait(max(0.0, due - time.monotonic()))

    def stop(self) -> None:
        self._stopped.set()
        self.join()

    def _submit(self, number: int) -> None:
        labels = [f"round-{number}"]
        runs = [{"task_id": "idle", "delay_s": 86_400, "labels": labels}] * self._batch
        post(f"{self._api}/api/v1/runs/bulk", {"runs": runs})


def measure(browser: Browser, page: Page, name: str, *, seconds: float, feeder: Feeder) -> None:
    """Prints the frames, and how long the main thread worked at a stretch, in processor time:
    on a shared machine the clock also counts what others do."""
    ended, began = feeder.ended, time.monotonic()
    browser.start_tracing(page=page, categories=["toplevel", "__metadata"])
    frames = sorted(page.evaluate(FRAMES, seconds * 1000))
    trace = json.loads(browser.stop_tracing())
    took = time.monotonic() - began
    tasks = sorted(main_thread_ms(trace["traceEvents"]))
    report(
        f"{name}: {(feeder.ended - ended) / took:.0f} runs ended/s; frames: {len(frames)}, "
        f"p50 {frames[len(frames) // 2]:.0f} ms, p99 {frames[int(len(frames) * 0.99)]:.0f} ms, "
        f"longest {frames[-1]:.0f} ms, over 100 ms: {sum(frame > 100 for frame in frames)}; "
        f"main thread: {sum(tasks) / took / 10:.0f} % busy, longest task {tasks[-1]:.0f} ms"
    )


def main_thread_ms(events: list[dict[str, Any]]) -> list[float]:
    """The processor time of each task of the busiest page's main thread."""
    mains = {
        (event["pid"], event["tid"])
        for event in events
        if event.get("name") == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    by_thread: dict[tuple[int, int], list[float]] = {}
    for event in events:
        thread = (event["pid"], event["tid"])
        if thread in mains and event["name"].endswith("RunTask") and "tdur" in event:
            by_thread.setdefault(thread, []).append(event["tdur"] / 1000)
    return max(by_thread.values(), key=sum)


def report(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("built", type=Path, help="the built page")
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=15)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "tasks").mkdir()
        (folder / "tasks" / "idle.py").write_text("")
        port, page_port = free_port(), free_port()
        api = f"http://127.0.0.1:{port}"
        serve = [str(BIN / "runyard"), "serve", "--tasks", "tasks", "--data", "data"]
        preview = ["npx", "vite", "preview", "--outDir", str(asked.built.resolve())]
        environment = {**os.environ, "RUNYARD_URL": api, "PATH": f"{BIN}:{os.environ['PATH']}"}
        processes = [
            subprocess.Popen([*serve, "--port", str(port)], cwd=folder, stderr=subprocess.DEVNULL),
            subprocess.Popen(
                [*preview, "--port", str(page_port), "--strictPort", "--host", "127.0.0.1"],
                cwd=WEB,
                env=environment,
                start_new_session=True,
                stdout=subprocess.DEVNULL,
            ),
        ]
        try:
            wait_for(f"{api}/api/system/health")
            wait_for(f"http://127.0.0.1:{page_port}/")
            look(api, f"http://127.0.0.1:{page_port}", rate=asked.rate, seconds=asked.seconds)
        finally:
            processes[0].terminate()
            os.killpg(processes[1].pid, signal.SIGTERM)
            for process in processes:
                process.wait(timeout=30)


def wait_for(url: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


def look(api: str, base: str, *, rate: int, seconds: float) -> None:
    post(f"{api}/api/v1/runs/bulk", {"runs": [{"task_id": "idle", "delay_s": 86_400}] * 2_000})
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{base}/runs")
        page.get_by_role("grid").wait_for()
        page.mouse.move(5, 5)
        feeder = Feeder(api, rate)
        measure(browser, page, "at rest", seconds=seconds / 2, feeder=feeder)
        feeder.start()
        measure(browser, page, "at the top", seconds=seconds, feeder=feeder)
        page.mouse.move(700, 500)
        measure(browser, page, "mouse over the list", seconds=seconds, feeder=feeder)
        page.mouse.wheel(0, 4_000)
        measure(browser, page, "scrolled down", seconds=seconds, feeder=feeder)
        feeder.stop()
        browser.close()


if __name__ == "__main__":
    main()
