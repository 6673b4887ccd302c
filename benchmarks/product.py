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

from benchmarks.measuring import (
    Spent,
    cpu_of,
    cpu_of_children,
    in_turns,
    measured,
    tell,
)

ROUNDS = 3
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
    with tempfile.TemporaryDirectory(prefix="ry", dir="/tmp") as name:
        folder = Path(name)
        _ready(folder)
        with _server(folder / "a", "--max-workers", "2") as server:
            _throughput(server, options.runs, folder)
            _latency(server)
            _bulk(server)
            _memory(server)
        with _server(folder / "b", "--max-workers", "40") as server:
            _adoption(server)


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


def _by_hand(script: Path, runs: int) -> Spent:
    """`python script.py`, one after the other."""

    def work() -> int:
        for _ in range(runs):
            subprocess.run([sys.executable, str(script)], stdout=subprocess.DEVNULL, check=True)
        return runs

    return measured(work, cpu=cpu_of_children)


def _xargs(script: Path, runs: int) -> Spent:
    """`python script.py`, two at once, nothing recorded."""

    def work() -> int:
        subprocess.run(
            ["xargs", "-P2", "-n1", sys.executable],
            input=f"{script}\n" * runs,
            text=True,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        return runs

    return measured(work, cpu=cpu_of_children)


def _until_ready(command: list[str], port_of: Callable[[], int], cwd: Path) -> Spent:
    """Wall seconds until it answers, and CPU seconds of the server alone until then."""
    # With compiled modules, as after an installation, whatever this environment says.
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(cwd.parent / "compiled")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while True:
            try:
                url = f"http://127.0.0.1:{port_of()}/api/system/health"
                urllib.request.urlopen(url, timeout=5).read()
                took = time.perf_counter() - began
                cpu_s = sum(psutil.Process(process.pid).cpu_times()[:2])
                return Spent(units=1, wall_s=took, cpu_s=cpu_s)
            except (OSError, urllib.error.URLError):
                time.sleep(0.005)
    finally:
        process.terminate()
        process.wait()


def _ready(folder: Path) -> None:
    (folder / "bare.py").write_text(BARE)
    (folder / "ready" / "tasks").mkdir(parents=True)
    bare_port, port = _free_port(), _free_port()
    ours = [sys.executable, "-m", "runyard", "serve", "--port", str(port), "--tasks", "tasks"]
    bare = [sys.executable, str(folder / "bare.py"), str(bare_port)]
    _until_ready(ours, lambda: port, folder / "ready")  # makes the database
    own, peer = in_turns(
        ROUNDS,
        lambda: _until_ready(ours, lambda: port, folder / "ready"),
        lambda: _until_ready(bare, lambda: bare_port, folder / "ready"),
    )
    beside = f"{own.wall_s / peer.wall_s:.2f} x bare FastAPI ({peer.wall_s:.2f} s), "
    beside += f"{own.cpu_s / peer.cpu_s:.2f} x its CPU"
    tell("start to ready", f"{own.wall_s:.2f} s", cpu_us=own.cpu_us, beside=beside)


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# The product


def _throughput(server: Server, runs: int, folder: Path) -> None:
    script = folder / "x.py"
    script.write_text(SCRIPT)
    server.write_task("nop", ANY_NUMBER + SCRIPT)
    part = runs // ROUNDS
    for what, task, number in (
        ("script", "nop", part),
        ("function, forked", "forked", part),
        ("function, pooled", "pooled", part * 4),
    ):
        server.finished(task)
        own, xargs, hand = in_turns(
            ROUNDS,
            lambda task=task, number=number: _drain(server, task, number),  # type: ignore[misc]
            lambda: _xargs(script, part // 3),
            lambda: _by_hand(script, part // 10),
        )
        beside = f"{own.rate / xargs.rate:.1f} x xargs -P2 ({xargs.rate:.0f}/s, "
        beside += f"{xargs.cpu_us:,.0f} us), {own.rate / hand.rate:.1f} x by hand"
        tell(f"runs, {what}", f"{own.rate:.0f}/s", cpu_us=own.cpu_us, beside=beside)


def _drain(server: Server, task: str, runs: int) -> Spent:
    """From the submission of all to the end of the last, durable."""

    def work() -> int:
        for start in range(0, runs, 5000):
            entries = [{"task_id": task}] * min(5000, runs - start)
            server.http.post("/api/v1/runs/bulk", json={"runs": entries}).raise_for_status()
        live = {"status": "live", "limit": 1}
        while server.http.get("/api/v1/runs", params=live).json()["items"]:
            time.sleep(0.05)
        return runs

    return measured(work, cpu=lambda: cpu_of(*_pids(server)))


def _pids(server: Server) -> tuple[int, int]:
    """Server and supervisor; all else is below them."""
    supervisor = server.supervisor_pid()
    assert server.process is not None
    assert supervisor is not None
    return server.process.pid, supervisor


def _latency(server: Server) -> None:
    for what, task in (("script", "nop"), ("pooled", "pooled")):
        delays = []
        for _ in range(200):
            run = server.http.post(
                f"/api/v1/tasks/{task}/runs", params={"wait": 10}, json={}
            ).json()
            submitted, started = run["submitted_at"], run["attempts"][0]["started_at"]
            delays.append((_seconds(started) - _seconds(submitted)) * 1000)
        tell(f"submit to start, {what}", _quantiles(delays), beside="idle, p50 / p99")
    chain = ANY_NUMBER.replace("concurrency = 0", "concurrency = 1")
    server.write_task("chain", chain + "pass\n")
    entries = [{"task_id": "chain"}] * 200
    ids = server.http.post("/api/v1/runs/bulk", json={"runs": entries}).json()["ids"]
    attempts = [server.until(run_id)["attempts"][0] for run_id in ids]
    gaps = [
        (_seconds(after["started_at"]) - _seconds(before["finished_at"])) * 1000
        for before, after in itertools.pairwise(attempts)
    ]
    tell("finish to next start", _quantiles(gaps), beside="same key, p50 / p99")


def _bulk(server: Server) -> None:
    server.http.patch("/api/v1/queues/script", json={"paused": True}).raise_for_status()
    same = [{"task_id": "nop"}] * 10_000
    varied = [{"task_id": "nop", "params": {"n": n, "s": "text"}} for n in range(10_000)]
    for what, entries in (("all alike", same), ("each its parameters", varied)):
        body = {"runs": entries}

        def work(body: dict[str, Any] = body) -> int:
            for _ in range(3):
                server.http.post("/api/v1/runs/bulk", json=body).raise_for_status()
            return 30_000

        pid = _pids(server)[0]
        spent = measured(work, cpu=lambda pid=pid: cpu_of(pid))  # type: ignore[misc]
        told = "10,000 in one call, durable, over HTTP"
        tell(f"bulk submit, {what}", f"{spent.rate:.0f}/s", cpu_us=spent.cpu_us, beside=told)
    server.http.post("/api/v1/runs/cancel", json={"filter": {}}).raise_for_status()
    server.http.patch("/api/v1/queues/script", json={"paused": False}).raise_for_status()


def _memory(server: Server) -> None:
    sizes = [psutil.Process(pid).memory_full_info().pss / 2**20 for pid in _pids(server)]
    beside = "server {:.0f}, supervisor {:.0f}".format(*sizes)
    tell("memory after all this, PSS", f"{sum(sizes):.0f} MB", beside=beside)


def _adoption(server: Server) -> None:
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
    tell("kill -9 to 40 runs adopted", f"{took:.2f} s", beside="the server starts again at once")


def _pid(run: dict[str, Any]) -> int:
    return int(run["attempts"][-1]["pid"] or 0) if run["attempts"] else 0


def _seconds(instant: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(instant).timestamp()


def _quantiles(milliseconds: list[float]) -> str:
    cuts = statistics.quantiles(milliseconds, n=100)
    return f"{cuts[49]:.1f} / {cuts[98]:.1f} ms"


if __name__ == "__main__":
    main()
