"""Conformance of engines whose attempts outlive their client."""

# ruff: noqa: S101, ASYNC240 - a test suite

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from runyard.engines.contract import EventKind
from runyard.testing.conformance import EMIT, OpenEngine, new_key, script_launch
from runyard.testing.observing import Observer


@pytest.mark.asyncio
class AdoptionConformance:
    """Attempts go on after `close(end_runs=False)` and the next client finds them again."""

    async def test_a_running_attempt_is_adopted_by_the_next_client(
        self, open_engine: OpenEngine, tmp_path: Path
    ) -> None:
        go = tmp_path / "go"
        text = (
            "import os, time\nprint('before', flush=True)\n"
            f"while not os.path.exists({str(go)!r}):\n    time.sleep(0.01)\nprint('after')\n"
        )
        launch = script_launch(tmp_path, text)
        first = await open_engine()
        async with Observer(first) as observer:
            await first.start([launch])
            started = await observer.event(launch.key, EventKind.STARTED)
            await observer.acknowledge_all()
            await first.close(end_runs=False)
        second = await open_engine()
        (live,) = await second.recover()
        assert (live.key, live.pid) == (launch.key, started.data["pid"])
        async with Observer(second) as observer:
            go.touch()
            ended = await observer.end(launch.key)
            assert observer.kinds(launch.key) == [EventKind.EXITED]
        assert ended.data["exit_code"] == 0
        assert launch.log_path.read_text() == "before\nafter\n"

    async def test_events_are_kept_until_they_are_acknowledged(
        self, open_engine: OpenEngine, tmp_path: Path
    ) -> None:
        kept = script_launch(tmp_path, "raise SystemExit(5)", key=new_key("kept"))
        done = script_launch(tmp_path, "", key=new_key("done"))
        first = await open_engine()
        async with Observer(first) as observer:
            await first.start([done])
            await observer.end(done.key)
            await observer.acknowledge_all()
            await first.start([kept])
            await observer.end(kept.key)
            await first.close(end_runs=False)
        second = await open_engine()
        # Held until the end is acknowledged, so nobody takes it for lost.
        assert [attempt.key for attempt in await second.recover()] == [kept.key]
        async with Observer(second) as observer:
            ended = await observer.end(kept.key)
            assert observer.kinds(kept.key) == [EventKind.STARTED, EventKind.EXITED]
            assert observer.of(done.key) == []
            await observer.acknowledge_all()
        assert ended.data["exit_code"] == 5
        assert await second.recover() == []

    async def test_what_ended_while_nobody_was_there_is_told(
        self, open_engine: OpenEngine, tmp_path: Path
    ) -> None:
        over = tmp_path / "over"
        text = f"{EMIT}\nemit(type='result', result=1)\nopen({str(over)!r}, 'w').close()\n"
        go = tmp_path / "go"
        text = (
            f"import os, time\nwhile not os.path.exists({str(go)!r}):\n    time.sleep(0.01)\n{text}"
        )
        launch = script_launch(tmp_path, text)
        first = await open_engine()
        async with Observer(first) as observer:
            await first.start([launch])
            await observer.event(launch.key, EventKind.STARTED)
            await observer.acknowledge_all()
        await first.close(end_runs=False)
        go.touch()
        await _until_file(over)
        async with Observer(await open_engine()) as observer:
            await observer.end(launch.key)
        assert observer.kinds(launch.key) == [EventKind.RESULT, EventKind.EXITED]


async def _until_file(path: Path) -> None:
    async with asyncio.timeout(30):
        while not path.exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.005)
