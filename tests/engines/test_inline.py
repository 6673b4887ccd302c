"""The inline engine passes the conformance suite but for processes, and owns up to its limits."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runyard.domain.tasks import Isolation, Limits
from runyard.engines.contract import Engine, EventKind, Launch, LaunchKind
from runyard.engines.inline import InlineEngine
from runyard.testing.conformance import (
    WAIT,
    EngineConformance,
    OpenEngine,
    new_key,
    script_launch,
)
from runyard.testing.observing import Observer


class TestInlineEngine(EngineConformance):
    @pytest.fixture
    async def open_engine(self) -> AsyncIterator[OpenEngine]:
        opened: list[InlineEngine] = []

        async def open_engine() -> Engine:
            engine = InlineEngine()
            await engine.open()
            opened.append(engine)
            return engine

        yield open_engine
        for engine in opened:
            await engine.close(end_runs=True)

    async def test_the_process_is_as_before_after_an_attempt(
        self, open_engine: OpenEngine, tmp_path: Path
    ) -> None:
        before = (dict(os.environ), Path.cwd(), sys.argv[:], sys.path[:], sys.stdout)
        text = "import os, sys\nos.environ['X'] = '1'\nsys.path.append('x')\nprint(1)\n"
        launch = script_launch(tmp_path, text, argv=("a",))
        async with Observer(await open_engine()) as observer:
            await observer.engine.start([launch])
            await observer.end(launch.key)
        assert (dict(os.environ), Path.cwd(), sys.argv[:], sys.path[:], sys.stdout) == before

    async def test_a_waiting_attempt_can_be_stopped_before_it_starts(
        self, open_engine: OpenEngine, tmp_path: Path
    ) -> None:
        mark = tmp_path / "mark"
        first = script_launch(tmp_path, WAIT, key=new_key("first"))
        second = script_launch(tmp_path, f"open({str(mark)!r}, 'w')", key=new_key("second"))
        async with Observer(await open_engine()) as observer:
            await observer.engine.start([first, second])
            await observer.event(first.key, EventKind.STARTED)
            await observer.stop(second.key)
            await observer.stop(first.key)
            ended = await observer.end(second.key)
        assert ended.data["reason"] == "cancelled"
        assert not mark.exists()

    async def test_limits_that_are_not_kept_are_named(
        self, open_engine: OpenEngine, tmp_path: Path
    ) -> None:
        launch = script_launch(tmp_path, "", limits=Limits(memory_bytes=1 << 30))
        async with Observer(await open_engine()) as observer:
            await observer.engine.start([launch])
            await observer.end(launch.key)
        warning = observer.of(launch.key)[1]
        assert warning.data["level"] == "warning"
        assert "memory_bytes" in warning.data["message"]

    async def test_what_needs_a_process_is_refused(
        self, open_engine: OpenEngine, tmp_path: Path
    ) -> None:
        launches = [
            script_launch(tmp_path, "", key=new_key("cold"), isolation=Isolation.COLD),
            script_launch(tmp_path, "", key=new_key("deps"), dependencies=("packaging",)),
            Launch(
                key=new_key("command"),
                kind=LaunchKind.COMMAND,
                task_id="t",
                log_path=tmp_path / "c.log",
                cwd=tmp_path,
                argv=("true",),
            ),
        ]
        async with Observer(await open_engine()) as observer:
            await observer.engine.start(launches)
            for launch in launches:
                assert (await observer.end(launch.key)).kind is EventKind.REFUSED

    async def test_a_folder_that_is_not_there_ends_the_attempt_with_the_reason(
        self, open_engine: OpenEngine, tmp_path: Path
    ) -> None:
        launch = script_launch(tmp_path, "")
        (tmp_path / f"{launch.key}.py").rename(tmp_path / "gone.py")
        async with Observer(await open_engine()) as observer:
            await observer.engine.start([launch])
            ended = await observer.end(launch.key)
        assert ended.data["exit_code"] != 0
        assert EventKind.ERROR in observer.kinds(launch.key)
