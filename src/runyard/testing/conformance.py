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

What an engine can't do it declares with the class attributes; the tests of that are skipped.
Needs pytest and pytest-asyncio. The launches write to `tmp_path`, which the engine must reach.
"""

# ruff: noqa: S101, ASYNC240 - a test suite

from __future__ import annotations

import asyncio
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

    processes = True
    """Each attempt is a process tree of its own: signals, commands, children, SIGKILL."""
    adopts = True
    """Attempts go on after `close(end_runs=False)` and are found again by the next client."""

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

    # Processes

    def _needs_processes(self) -> None:
        if not self.processes:
            pytest.skip("this engine does not run attempts as processes of their own")

    async def test_a_command_is_run(self, open_engine: OpenEngine, tmp_path: Path) -> None:
        self._needs_processes()
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
        self._needs_processes()
        launch = script_launch(tmp_path, "import os\nos.kill(os.getpid(), 9)\n")
        async with Observer(await open_engine()) as observer:
            await observer.engine.start([launch])
            ended = await observer.end(launch.key)
        assert (ended.data["exit_code"], ended.data["signal"]) == (None, 9)
        assert ended.data["reason"] is None

    async def test_what_it_used_is_measured(self, open_engine: OpenEngine, tmp_path: Path) -> None:
        self._needs_processes()
        launch = script_launch(tmp_path, "b = bytearray(50_000_000)\nsum(range(3_000_000))\n")
        async with Observer(await open_engine()) as observer:
            await observer.engine.start([launch])
            ended = await observer.end(launch.key)
        assert ended.data["cpu_s"] > 0.01
        assert ended.data["peak_memory_bytes"] > 50_000_000

    async def test_stopping_ends_the_whole_tree_even_if_it_does_not_want_to(
        self, open_engine: OpenEngine, tmp_path: Path
    ) -> None:
        self._needs_processes()
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

    # Going away and coming back

    def _needs_adoption(self) -> None:
        if not self.adopts:
            pytest.skip("attempts of this engine end with it")

    async def test_a_running_attempt_is_adopted_by_the_next_client(
        self, open_engine: OpenEngine, tmp_path: Path
    ) -> None:
        self._needs_adoption()
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
        self._needs_adoption()
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
        self._needs_adoption()
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


def _is_alive(pid: int) -> bool:
    """Whether there is such a process that has not ended yet (a zombie has)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
    return stat.rpartition(b")")[2].split()[0] not in (b"Z", b"X")


async def _until_file(path: Path) -> None:
    async with asyncio.timeout(30):
        while not path.exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.005)
