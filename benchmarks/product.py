"""The whole product, through its API, beside the same work done by hand, in one run.

Run `python -m benchmarks.product [--runs N]`. Every figure stands beside a peer that was measured
on the same machine a moment before; read the ratios.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.support.server import Server, is_alive
from tests.support.waiting import eventually

SCRIPT = "print('x')\n"
ANY_NUMBER = "# /// script\n# [tool.runyard]\n# concurrency = 0\n# ///\n"
APP = """
import runyard

@runyard.task(concurrency=0)
def forked() -> int:
    return 1

@runyard.task(concurrency=0, isolation="pool")
def pooled() -> int:
    return 1
"""
BARE = """
import uvicorn
from fastapi import FastAPI

app = FastAPI()

@app.get("/api/system/health")
def health() -> dict[str, bool]:
    return {"success": True}

uvicorn.run(app, port=int(__import__("sys").argv[1]), log_level="warning")
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1500, help="runs of each throughput figure")
    options = parser.parse_args()
    rows: list[tuple[str, str, str]] = []
    with tempfile.TemporaryDirectory(prefix="ry", dir="/tmp") as name:
        folder = Path(name)
        rows += _ready(folder)
        hand = _by_hand(folder, options.runs // 5)
        with _server(folder / "a", "--max-workers", "2") as server:
            rows += _throughput(server, options.runs, hand)
            rows += _latency(server)
            rows += _bulk(server)
            rows += _memory(server)
        with _server(folder / "b", "--max-workers", "40") as server:
            rows += _adoption(server)
    width = max(len(what) for what, _, _ in rows)
    for what, figure, beside in rows:
        print(f"{what:<{width}}  {figure:>16}  {beside}")


@contextmanager
def _server(folder: Path, *options: str) -> Iterator[Server]:
    folder.mkdir()
    (folder / "yard_app.py").write_text(APP)
    server = Server(folder)
    server.start("--app", str(folder / "yard_app.py"), "--log-level", "WARNING", *options)
    try:
        yield server
    finally:
        server.end()


# Peers


def _by_hand(folder: Path, runs: int) -> dict[str, float]:
    """Runs per second of `python script.py`: one after the other, and two at once by xargs."""
    script = folder / "x.py"
    script.write_text(SCRIPT)
    began = time.perf_counter()
    for _ in range(runs):
        subprocess.run([sys.executable, str(script)], stdout=subprocess.DEVNULL, check=True)
    one = runs / (time.perf_counter() - began)
    began = time.perf_counter()
    subprocess.run(
        ["xargs", "-P2", "-n1", sys.executable],
        input=f"{script}\n" * runs,
        text=True,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return {"one": one, "xargs": runs / (time.perf_counter() - began)}


def _until_ready(command: list[str], port_of: Callable[[], int], cwd: Path) -> float:
    began = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while True:
            try:
                url = f"http://127.0.0.1:{port_of()}/api/system/health"
                urllib.request.urlopen(url, timeout=5).read()
                return time.perf_counter() - began
            except (OSError, urllib.error.URLError):
                time.sleep(0.005)
    finally:
        process.terminate()
        process.wait()


def _ready(folder: Path) -> list[tuple[str, str, str]]:
    (folder / "bare.py").write_text(BARE)
    (folder / "ready" / "tasks").mkdir(parents=True)
    bare_port, port = _free_port(), _free_port()
    ours = [sys.executable, "-m", "runyard", "serve", "--port", str(port), "--tasks", "tasks"]
    bare = [sys.executable, "bare.py", str(bare_port)]
    _until_ready(ours, lambda: port, folder / "ready")  # makes the database
    pairs = [
        (
            _until_ready(bare, lambda: bare_port, folder),
            _until_ready(ours, lambda: port, folder / "ready"),
        )
        for _ in range(3)
    ]
    peer, own = (statistics.median(column) for column in zip(*pairs, strict=True))
    return [("start to ready", f"{own:.2f} s", f"{own / peer:.2f} x bare FastAPI ({peer:.2f} s)")]


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# The product


def _throughput(server: Server, runs: int, hand: dict[str, float]) -> list[tuple[str, str, str]]:
    server.write_task("nop", ANY_NUMBER + SCRIPT)
    xargs, one = hand["xargs"], hand["one"]
    rows = []
    for what, task in (
        ("script", "nop"),
        ("function, forked", "forked"),
        ("function, pooled", "pooled"),
    ):
        server.finished(task)
        number = runs * 4 if task == "pooled" else runs
        rate = _drain(server, task, number)
        beside = f"{rate / xargs:.1f} x xargs -P2 ({xargs:.0f}/s)"
        beside += f", {rate / one:.1f} x by hand ({one:.0f}/s)"
        rows.append((f"runs, {what}", f"{rate:.0f}/s", beside))
    return rows


def _drain(server: Server, task: str, runs: int) -> float:
    """From the submission of all to the end of the last, durable."""
    began = time.perf_counter()
    for start in range(0, runs, 5000):
        entries = [{"task_id": task}] * min(5000, runs - start)
        server.http.post("/api/v1/runs/bulk", json={"runs": entries}).raise_for_status()
    while server.http.get("/api/v1/runs", params={"status": "live", "limit": 1}).json()["items"]:
        time.sleep(0.05)
    return runs / (time.perf_counter() - began)


def _latency(server: Server) -> list[tuple[str, str, str]]:
    rows = []
    for what, task in (("script", "nop"), ("pooled", "pooled")):
        delays = []
        for _ in range(200):
            run = server.http.post(
                f"/api/v1/tasks/{task}/runs", params={"wait": 10}, json={}
            ).json()
            submitted, started = run["submitted_at"], run["attempts"][0]["started_at"]
            delays.append((_seconds(started) - _seconds(submitted)) * 1000)
        rows.append((f"submit to start, {what}", _quantiles(delays), "idle, p50 / p99"))
    chain = ANY_NUMBER.replace("concurrency = 0", "concurrency = 1")
    server.write_task("chain", chain + "pass\n")
    entries = [{"task_id": "chain"}] * 200
    ids = server.http.post("/api/v1/runs/bulk", json={"runs": entries}).json()["ids"]
    attempts = [server.until(run_id)["attempts"][0] for run_id in ids]
    gaps = [
        (_seconds(after["started_at"]) - _seconds(before["finished_at"])) * 1000
        for before, after in itertools.pairwise(attempts)
    ]
    return [*rows, ("finish to next start", _quantiles(gaps), "same key, p50 / p99")]


def _bulk(server: Server) -> list[tuple[str, str, str]]:
    server.http.patch("/api/v1/queues/script", json={"paused": True}).raise_for_status()
    entries = {"runs": [{"task_id": "nop"}] * 10_000}
    began = time.perf_counter()
    for _ in range(3):
        server.http.post("/api/v1/runs/bulk", json=entries).raise_for_status()
    rate = 30_000 / (time.perf_counter() - began)
    server.http.post("/api/v1/runs/cancel", json={"filter": {}}).raise_for_status()
    server.http.patch("/api/v1/queues/script", json={"paused": False}).raise_for_status()
    return [("bulk submit", f"{rate:.0f}/s", "10,000 in one call, durable, over HTTP")]


def _memory(server: Server) -> list[tuple[str, str, str]]:
    assert server.process is not None
    supervisor = server.supervisor_pid()
    assert supervisor is not None
    parts = [psutil.Process(server.process.pid), psutil.Process(supervisor)]
    sizes = [part.memory_full_info().pss / 2**20 for part in parts]
    return [
        (
            "memory after all this, PSS",
            f"{sum(sizes):.0f} MB",
            "server {:.0f}, supervisor {:.0f}".format(*sizes),
        )
    ]


def _adoption(server: Server) -> list[tuple[str, str, str]]:
    server.write_task("sleep", ANY_NUMBER + "import time; time.sleep(600)\n")
    entries = [{"task_id": "sleep"}] * 40
    ids = server.http.post("/api/v1/runs/bulk", json={"runs": entries}).json()["ids"]
    eventually(lambda: all(_pid(server.run(run_id)) for run_id in ids), timeout_s=60)
    pids = [_pid(server.run(run_id)) for run_id in ids]
    began = time.perf_counter()
    server.kill()
    server.start()
    live = server.http.get("/api/v1/runs", params={"status": "running", "limit": 100}).json()
    took = time.perf_counter() - began
    assert len(live["items"]) == 40
    assert all(is_alive(pid) for pid in pids)
    return [("kill -9 to 40 runs adopted", f"{took:.2f} s", "the server starts again at once")]


def _pid(run: dict[str, Any]) -> int:
    return int(run["attempts"][-1]["pid"] or 0) if run["attempts"] else 0


def _seconds(instant: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(instant).timestamp()


def _quantiles(milliseconds: list[float]) -> str:
    cuts = statistics.quantiles(milliseconds, n=100)
    return f"{cuts[49]:.1f} / {cuts[98]:.1f} ms"


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    main()
