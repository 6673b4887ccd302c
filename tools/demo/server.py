"""A server of its own for the demonstration, with a past and a present."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from tools.demo.history import write_history
from tools.demo.live import copy_tasks, make_live

_START_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    url: str
    runs: dict[str, str]  # ids of runs that are worth a look, by what they show


@contextmanager
def demo_server(*, days: float) -> Iterator[Demo]:
    """Everything of it is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="ryd"))
    data = folder / "data"
    data.mkdir()
    copy_tasks(folder / "tasks")
    write_history(f"sqlite:///{data / 'runyard.db'}", days=days)
    words = ["serve", "--port", "0", "--tasks", "tasks", "--data", "data", "--max-workers", "12"]
    process = subprocess.Popen(
        [sys.executable, "-m", "runyard", *words], cwd=folder, start_new_session=True
    )
    try:
        url = _announced(data / "server.json", process)
        with httpx2.Client(base_url=url, timeout=60) as http:
            made = make_live(http)
            yield Demo(url=url, runs=made)
            http.post("/api/v1/runs/cancel", json={"filter": {"status": "live"}})
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        _end_supervisor(data)
        shutil.rmtree(folder, ignore_errors=True)


def _announced(path: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"the server ended with {process.returncode}")
        if path.exists():
            return str(json.loads(path.read_bytes())["url"])
        time.sleep(0.05)
    raise SystemExit("the server does not start")


def _end_supervisor(data: Path) -> None:
    """It outlives its server on purpose; this one has nothing to live for."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue  # it has ended meanwhile
        if str(data) in command and any("runyard.process.supervisor" in word for word in command):
            os.kill(int(entry.name), signal.SIGKILL)
