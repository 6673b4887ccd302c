"""Conformance of engines that run each attempt as a process tree of its own."""

# ruff: noqa: S101 - a test suite

from __future__ import annotations

from pathlib import Path

import pytest

from runyard.engines.contract import EventKind, Launch, LaunchKind
from runyard.testing.conformance import EMIT, OpenEngine, new_key, script_launch
from runyard.testing.observing import Observer


@pytest.mark.asyncio
class ProcessConformance:
    """Signals, commands, children, SIGKILL; the fixture is that of `EngineConformance`."""

    async def test_a_command_is_run(self, open_engine: OpenEngine, tmp_path: Path) -> None:
        launch = Launch(
            key=new_key("c"),
            kind=LaunchKind.COMMAND,
            task_id="conformance",
            log_path=tmp_path / "c.log",
            cwd=tmp_path,
            argv=("sh", "-c", "echo out; echo err >&2; exit 9"),
        )
        async with Observer(await open_engine()) as observer:
            await observer.engine.start([launch])
            ended = await observer.end(launch.key)
        assert ended.data["exit_code"] == 9
        assert sorted(launch.log_path.read_text().split()) == ["err", "out"]

    async def test_a_signal_is_told_apart_from_an_exit_code(
        self, open_engine: OpenEngine, tmp_path: Path
    ) -> None:
        launch = script_launch(tmp_path, "import os\nos.kill(os.getpid(), 9)\n")
        async with Observer(await open_engine()) as observer:
            await observer.engine.start([launch])
            ended = await observer.end(launch.key)
        assert (ended.data["exit_code"], ended.data["signal"]) == (None, 9)
        assert ended.data["reason"] is None

    async def test_what_it_used_is_measured(self, open_engine: OpenEngine, tmp_path: Path) -> None:
        launch = script_launch(tmp_path, "b = bytearray(50_000_000)\nsum(range(3_000_000))\n")
        async with Observer(await open_engine()) as observer:
            await observer.engine.start([launch])
            ended = await observer.end(launch.key)
        assert ended.data["cpu_s"] > 0.01
        assert ended.data["peak_memory_bytes"] > 50_000_000

    async def test_stopping_ends_the_whole_tree_even_if_it_does_not_want_to(
        self, open_engine: OpenEngine, tmp_path: Path
    ) -> None:
        pids = tmp_path / "pids"
        text = f"""
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen(["sh", "-c", "trap '' TERM; while :; do sleep 0.05; done"],
                         start_new_session=True)
with open({str(pids)!r} + ".new", "w") as file:
    file.write(f"{{os.getpid()}} {{child.pid}}")
os.rename({str(pids)!r} + ".new", {str(pids)!r})
{EMIT}
emit(type="progress", progress=1)
while True:
    time.sleep(0.01)
"""
        launch = script_launch(tmp_path, text)
        async with Observer(await open_engine()) as observer:
            await observer.engine.start([launch])
            await observer.event(launch.key, EventKind.PROGRESS)
            await observer.stop(launch.key, grace_s=0.2)
            ended = await observer.end(launch.key)
            alive = [pid for pid in pids.read_text().split() if _is_alive(int(pid))]
        assert ended.data["reason"] == "cancelled"
        assert ended.data["signal"] == 9
        assert alive == []


def _is_alive(pid: int) -> bool:
    """Whether there is such a process that has not ended yet (a zombie has)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
    return stat.rpartition(b")")[2].split()[0] not in (b"Z", b"X")
