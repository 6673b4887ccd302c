"""`serve`, `stop` and `restart`: what the command does around the server's process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from tests.cli.shell import Shell
from tests.support.waiting import eventually

SHELL = Shell(url="http://127.0.0.1:9")

# Stands for a server: announces itself, and does on signals what the real one does.
STAND_IN = """
    import json, os, pathlib, signal, sys
    home = pathlib.Path(sys.argv[1])
    lives = 0

    def announce(*args):
        global lives
        lives += 1
        facts = {"pid": os.getpid(), "url": "http://x", "started_at": f"life {lives}"}
        (home / "new").write_text(json.dumps(facts))
        (home / "new").replace(home / "server.json")

    signal.signal(signal.SIGTERM, lambda *args: sys.exit(0))
    signal.signal(signal.SIGUSR2, announce)
    announce()
    while True:
        signal.pause()
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", dedent(STAND_IN), str(tmp_path)])
    eventually((tmp_path / "server.json").exists)
    yield process
    process.kill()
    process.wait()


def test_stop_ends_the_server_and_waits(server: subprocess.Popen[bytes], tmp_path: Path) -> None:
    done = SHELL("stop", "--data", str(tmp_path))
    assert (done.code, done.out) == (0, f"stopped http://x (process {server.pid})\n")
    assert server.wait(10) == 0


def test_restart_waits_for_the_fresh_one(server: subprocess.Popen[bytes], tmp_path: Path) -> None:
    done = SHELL("restart", "--data", str(tmp_path))
    assert (done.code, done.out) == (0, f"restarted http://x (process {server.pid})\n")
    assert json.loads((tmp_path / "server.json").read_text())["started_at"] == "life 2"


def test_who_is_not_there_can_not_be_stopped(tmp_path: Path) -> None:
    assert SHELL("stop", "--data", str(tmp_path)).code == 3
    facts = {"pid": 2**22 + 1, "url": "http://x", "started_at": "long ago"}
    (tmp_path / "server.json").write_text(json.dumps(facts))
    done = SHELL("restart", "--data", str(tmp_path))
    assert done.code == 3
    assert f"no server runs on the data folder {tmp_path}" in done.err


def test_serve_refuses_other_addresses_without_accounts(tmp_path: Path) -> None:
    done = SHELL(
        "serve", "--host", "0.0.0.0", "--auth", "none",
        "--data", str(tmp_path / "d"), "--tasks", str(tmp_path / "t"),
    )  # fmt: skip
    assert done.code == 2
    assert "loopback" in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "d").exists()


def test_signals_reach_only_the_named_process(tmp_path: Path) -> None:
    facts = {"pid": os.getpid(), "url": "http://x", "started_at": "now"}
    (tmp_path / "server.json").write_text(json.dumps({**facts, "pid": "?"}))
    received: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: received.append(number))
    try:
        assert SHELL("stop", "--data", str(tmp_path)).code == 3
    finally:
        signal.signal(signal.SIGTERM, before)
    assert received == []
