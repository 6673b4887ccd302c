"""The conformance suite that every engine passes: subclass it and give it a way to open yours.

```python
class TestMyEngine(EngineConformance):
    @pytest.fixture
    async def open_engine(self, tmp_path):
        async def open_engine():           # each call: a new client of the same place
            engine = MyEngine(tmp_path)
            await engine.open()
            opened.append(engine)
            return engine
        opened = []
        yield open_engine
        for engine in opened:
            await engine.close(end_runs=True)   # closing twice does nothing
```

What only some engines can do has a suite of its own, to inherit from as well: `ProcessConformance`
and `AdoptionConformance`.

Needs pytest and pytest-asyncio. The launches write to `tmp_path`, which the engine must reach.
"""

# ruff: noqa: S101, ASYNC240 - a test suite

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from runyard.engines.contract import (
    AttemptKey,
    Engine,
    EventKind,
    Launch,
    LaunchKind,
    attempt_key,
)
from runyard.testing.observing import Observer

OpenEngine = Callable[[], Awaitable[Engine]]

EMIT = """
import json, os
def emit(**event):
    with open(os.environ["RUNYARD_EVENTS"], "a") as channel:
        channel.write(json.dumps(event) + "\\n")
"""
WAIT = "import time\nwhile True:\n    time.sleep(0.01)\n"


def new_key(name: str = "r", number: int = 1) -> AttemptKey:
    """A key that is in use nowhere on this machine: engines find processes by it."""
    return attempt_key(f"{name}-{uuid4().hex[:12]}", number)


def script_launch(folder: Path, text: str, *, key: str | None = None, **fields: Any) -> Launch:
    """A launch of `text` as a script of its own in `folder`."""
    key = key or new_key()
    path = folder / f"{key}.py"
    path.write_text(text)
    return Launch(
        key=AttemptKey(key),
        kind=LaunchKind.SCRIPT,
        task_id="conformance",
        log_path=folder / f"conformance_{key.rpartition('.')[0]}.log",
        cwd=folder,
        path=path,
        code_path=path,
        **fields,
    )


@pytest.mark.asyncio
class EngineConformance:
    """Inherit as `Test...`; see the module's docstring for the fixture to provide."""

    async def test_an_attempt_starts_then_exits_and_its_output_is_kept(
        self, open_engine: OpenEngine, tmp_path: Path
    ) -> None:
        launch = script_launch(tmp_path, "import sys\nprint('hello', sys.argv[1:])\n", argv=("a",))
        async with Observer(await open_engine()) as observer:
            await observer.engine.start([launch])
            ended = await observer.end(launch.key)
        assert observer.kinds(launch.key) == [EventKind.STARTED, EventKind.EXITED]
        assert ended.data["exit_code"] == 0
        assert ended.data["signal"] is None
        assert ended.data["reason"] is None
        assert launch.log_path.read_text() == "hello ['a']\n"
        assert ended.data["log_end"] == launch.log_path.stat().st_size

    async def test_cursors_and_times_of_an_attempt_only_go_on(
        self, open_engine: OpenEngine, tmp_path: Path
    ) -> None:
        async with Observer(await open_engine()) as observer:
            launches = [script_launch(tmp_path, "print(1)\n") for _ in range(5)]
            for launch in launches:
                await observer.engine.start([launch])
            for launch in launches:
                await observer.end(launch.key)
        assert all(a.cursor < b.cursor for a, b in pairwise(observer.events))
        for launch in launches:
            started, ended = observer.of(launch.key)
            assert started.at <= ended.at

    async def test_a_key_is_started_once(self, open_engine: OpenEngine, tmp_path: Path) -> None:
        mark = tmp_path / "mark"
        text = f"with open({str(mark)!r}, 'a') as file:\n    file.write('x')\n"
        launch = script_launch(tmp_path, text)
        async with Observer(await open_engine()) as observer:
            await observer.engine.start([launch, launch])
            await observer.engine.start([launch])
            await observer.end(launch.key)
            await observer.engine.start([launch])
            other = script_launch(tmp_path, "", key=new_key("other"))
            await observer.engine.start([other])
            await observer.end(other.key)
        assert mark.read_text() == "x"
        assert observer.kinds(launch.key) == [EventKind.STARTED, EventKind.EXITED]

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("raise SystemExit(7)", 7),
            ("import sys; sys.exit()", 0),
            ("raise SystemExit('words')", 1),
            ("raise SystemExit(256 + 3)", 3),
        ],
    )
    async def test_the_exit_code_is_the_scripts(
        self, open_engine: OpenEngine, tmp_path: Path, text: str, code: int
    ) -> None:
        launch = script_launch(tmp_path, text)
        async with Observer(await open_engine()) as observer:
            await observer.engine.start([launch])
            ended = await observer.end(launch.key)
        assert (ended.kind, ended.data["exit_code"]) == (EventKind.EXITED, code)
        assert EventKind.ERROR not in observer.kinds(launch.key)

    async def test_an_exception_is_told_before_the_exit_and_shown_in_the_log(
        self, open_engine: OpenEngine, tmp_path: Path
    ) -> None:
        launch = script_launch(tmp_path, "def f():\n    raise KeyError('lost')\n\nf()\n")
        async with Observer(await open_engine()) as observer:
            await observer.engine.start([launch])
            ended = await observer.end(launch.key)
        assert observer.kinds(launch.key) == [EventKind.STARTED, EventKind.ERROR, EventKind.EXITED]
        error = observer.of(launch.key)[1].data["error"]
        assert (error["type"], error["message"]) == ("KeyError", "'lost'")
        assert "in f" in error["traceback"]
        assert ended.data["exit_code"] == 1
        assert "KeyError: 'lost'" in launch.log_path.read_text()

    async def test_events_of_the_run_come_in_order_and_before_the_exit(
        self, open_engine: OpenEngine, tmp_path: Path
    ) -> None:
        text = f"""{EMIT}
emit(type="log", level="info", message="begun", fields={{"n": 1}})
emit(type="progress", progress=50, message="half", detail={{"done": 5}})
emit(type="result", result={{"answer": [42, None]}})
"""
        launch = script_launch(tmp_path, text)
        async with Observer(await open_engine()) as observer:
            await observer.engine.start([launch])
            await observer.end(launch.key)
        told = {event.kind: event.data for event in observer.of(launch.key)}
        assert told[EventKind.MESSAGE] == {
            "level": "info",
            "message": "begun",
            "fields": {"n": 1},
        }
        assert told[EventKind.PROGRESS] == {
            "progress": 50,
            "message": "half",
            "detail": {"done": 5},
        }
        assert told[EventKind.RESULT] == {"result": {"answer": [42, None]}}
        assert observer.kinds(launch.key)[-1] is EventKind.EXITED

    async def test_nonsense_on_the_event_channel_is_a_warning_and_ends_nothing(
        self, open_engine: OpenEngine, tmp_path: Path
    ) -> None:
        text = (
            "import os\n"
            "with open(os.environ['RUNYARD_EVENTS'], 'ab') as channel:\n"
            '    channel.write(b\'\\xff not json\\n[]\\n{"type":"who knows"}\\n\')\n'
        )
        launch = script_launch(tmp_path, text)
        async with Observer(await open_engine()) as observer:
            await observer.engine.start([launch])
            ended = await observer.end(launch.key)
        warnings = [e for e in observer.of(launch.key) if e.kind is EventKind.MESSAGE]
        assert [event.data["level"] for event in warnings] == ["warning"] * 3
        assert ended.data["exit_code"] == 0

    async def test_a_run_sees_its_key_and_a_clean_environment(
        self, open_engine: OpenEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SECRET_OF_THE_SERVER", "1")
        text = (
            "import os\n"
            "print(os.environ['RUNYARD_RUN'], os.environ['RUNYARD_ATTEMPT'], os.getcwd())\n"
            "print(os.environ['MINE'], os.environ.get('SECRET_OF_THE_SERVER'))\n"
        )
        launch = script_launch(tmp_path, text, key=new_key(number=3), env={"MINE": "yes"})
        async with Observer(await open_engine()) as observer:
            await observer.engine.start([launch])
            await observer.end(launch.key)
        expected = f"{launch.key} 3 {tmp_path.resolve()}\nyes None\n"
        assert launch.log_path.read_text() == expected

    async def test_stopping_ends_the_attempt_with_that_reason(
        self, open_engine: OpenEngine, tmp_path: Path
    ) -> None:
        launch = script_launch(tmp_path, WAIT)
        async with Observer(await open_engine()) as observer:
            await observer.engine.start([launch])
            await observer.event(launch.key, EventKind.STARTED)
            await observer.stop(launch.key)
            ended = await observer.end(launch.key)
        assert (ended.kind, ended.data["reason"]) == (EventKind.EXITED, "cancelled")

    async def test_stopping_what_is_unknown_or_over_is_ignored(
        self, open_engine: OpenEngine, tmp_path: Path
    ) -> None:
        launch = script_launch(tmp_path, "")
        async with Observer(await open_engine()) as observer:
            await observer.stop("nobody.1")
            await observer.engine.start([launch])
            await observer.end(launch.key)
            await observer.stop(launch.key)
            other = script_launch(tmp_path, "", key=new_key("other"))
            await observer.engine.start([other])
            await observer.end(other.key)
        assert observer.kinds(launch.key) == [EventKind.STARTED, EventKind.EXITED]
        assert observer.of("nobody.1") == []

    async def test_the_timeout_is_the_engines(
        self, open_engine: OpenEngine, tmp_path: Path
    ) -> None:
        launch = script_launch(tmp_path, WAIT, timeout=timedelta(seconds=0.2))
        async with Observer(await open_engine()) as observer:
            await observer.engine.start([launch])
            ended = await observer.end(launch.key)
        assert (ended.kind, ended.data["reason"]) == (EventKind.EXITED, "timeout")

    async def test_the_impossible_is_refused_with_a_reason(
        self, open_engine: OpenEngine, tmp_path: Path
    ) -> None:
        launches = [
            script_launch(tmp_path, "", key=new_key("nul"), env={"A": "nul \0"}),
            script_launch(
                tmp_path, "", key=new_key("needs"), dependencies=("no requirement at all",)
            ),
            Launch(
                key=new_key("external"),
                kind=LaunchKind.EXTERNAL,
                task_id="conformance",
                log_path=tmp_path / "external.log",
                cwd=tmp_path,
            ),
        ]
        async with Observer(await open_engine()) as observer:
            await observer.engine.start(launches)
            for launch in launches:
                refused = await observer.end(launch.key)
                assert refused.kind is EventKind.REFUSED
                assert refused.data["reason"]
                assert observer.kinds(launch.key) == [EventKind.REFUSED]

    async def test_a_function_gets_the_launch_and_its_answer_is_the_exit_code(
        self, open_engine: OpenEngine, tmp_path: Path
    ) -> None:
        launch = Launch(
            key=new_key("f"),
            kind=LaunchKind.FUNCTION,
            task_id="conformance",
            log_path=tmp_path / "f.log",
            cwd=tmp_path,
            target="runyard.testing.targets:echo",
            params={"number": 4},
        )
        async with Observer(await open_engine()) as observer:
            await observer.engine.start([launch])
            ended = await observer.end(launch.key)
        assert (ended.kind, ended.data["exit_code"]) == (EventKind.EXITED, 4)
        assert launch.log_path.read_text() == f"{launch.key} {{'number': 4}}\n"

    async def test_many_attempts_all_end(self, open_engine: OpenEngine, tmp_path: Path) -> None:
        launches = [
            script_launch(tmp_path, f"raise SystemExit({number % 5})", key=new_key("m"))
            for number in range(40)
        ]
        async with Observer(await open_engine()) as observer:
            await observer.engine.start(launches)
            codes = [(await observer.end(launch.key)).data["exit_code"] for launch in launches]
            await observer.acknowledge_all()
            assert await observer.engine.recover() == []
        assert codes == [number % 5 for number in range(40)]

    async def test_closing_and_ending_runs_tells_of_their_ends(
        self, open_engine: OpenEngine, tmp_path: Path
    ) -> None:
        launch = script_launch(tmp_path, WAIT)
        async with Observer(await open_engine()) as observer:
            await observer.engine.start([launch])
            await observer.event(launch.key, EventKind.STARTED)
            await observer.engine.close(end_runs=True)
            ended = await observer.end(launch.key)
        assert (ended.kind, ended.data["reason"]) == (EventKind.EXITED, "shutdown")
