"""The local engine with its real supervisor, beyond what every engine does."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from runyard.domain.tasks import Isolation
from runyard.engines.contract import EventKind
from runyard.engines.local import LocalEngine
from runyard.process.environments import Environments
from runyard.testing.conformance import WAIT, new_key, script_launch
from runyard.testing.observing import Observer
from tests.process.wheels import make_wheel
from tests.support.folders import short_folder

__all__ = ["short_folder"]


@pytest.fixture
async def engine(short_folder: Path) -> AsyncIterator[LocalEngine]:
    engine = LocalEngine(short_folder)
    await engine.open()
    yield engine
    await engine.close(end_runs=True)


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Must come before `engine`, which takes the settings of uv from the environment."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
    return folder


async def test_when_the_supervisor_is_killed_its_runs_are_told_and_the_next_ones_run(
    engine: LocalEngine, tmp_path: Path
) -> None:
    launch = script_launch(tmp_path, WAIT)
    async with Observer(engine) as observer:
        await engine.start([launch])
        await observer.event(launch.key, EventKind.STARTED)
        await observer.acknowledge_all()
        os.kill((await engine.stats())["pid"], signal.SIGKILL)
        ended = await observer.end(launch.key)
        after = script_launch(tmp_path, "print('again')", key=new_key("after"))
        await engine.start([after])
        assert (await observer.end(after.key)).data["exit_code"] == 0
        await observer.acknowledge_all()
    assert ended.data["reason"] == "supervisor_lost"
    assert observer.kinds(launch.key) == [EventKind.STARTED, ended.kind]
    assert list(await engine.recover()) == []


async def test_a_supervisor_that_was_adopted_stays(short_folder: Path, tmp_path: Path) -> None:
    first = LocalEngine(short_folder)
    await first.open()
    go = tmp_path / "go"
    text = f"import os, time\nwhile not os.path.exists({str(go)!r}):\n    time.sleep(0.01)\n"
    launch = script_launch(tmp_path, text)
    async with Observer(first) as observer:
        await first.start([launch])
        await observer.event(launch.key, EventKind.STARTED)
        await observer.acknowledge_all()
    await first.close(end_runs=False)
    second = LocalEngine(short_folder)
    await second.open()
    async with Observer(second) as observer:
        go.touch()
        await observer.end(launch.key)
        await observer.acknowledge_all()
        while (await second.stats())["unacknowledged"]:
            pass
        other = script_launch(tmp_path, "", key=new_key("other"))
        await second.start([other])
        await observer.end(other.key)
        await observer.acknowledge_all()
        assert second.incarnation == first.incarnation
        assert second.connected
    await second.close(end_runs=True)


async def test_a_script_with_dependencies_builds_its_environment_once(
    wheels: Path, engine: LocalEngine, tmp_path: Path
) -> None:
    make_wheel(wheels, "greet")
    text = (
        "import sys, os, greet, runyard\n"
        "runyard.progress(50, 'half')\n"
        "print(greet.version, sys.argv[1:], __file__, __name__)\n"
        "print(sys.prefix, os.environ['VIRTUAL_ENV'], 'UV_NO_INDEX' in os.environ)\n"
        "os.system('greet-program')\n"
    )
    async with Observer(engine) as observer:
        first, second = new_key("first"), new_key("second")
        for key in (first, second):
            launch = script_launch(tmp_path, text, key=key, argv=("x",), dependencies=("greet",))
            await engine.start([launch])
            ended = await observer.end(key)
            log = launch.log_path.read_text()
            assert ended.data["exit_code"] == 0, log
            *building, line, places, program = log.splitlines()
            assert line == f"1.0 ['x'] {launch.path} __main__"
            prefix, virtual_env, has_uv = places.split()
            assert prefix == virtual_env
            assert has_uv == "False"
            assert program == "greet"
            assert EventKind.PROGRESS in observer.kinds(key)
            assert any("building the Python environment" in b for b in building) == (key == first)


async def test_the_frozen_content_runs_after_its_environment_was_built(
    wheels: Path, engine: LocalEngine, tmp_path: Path
) -> None:
    make_wheel(wheels, "greet")
    launch = script_launch(tmp_path, "print('frozen', __file__)\n", dependencies=("greet",))
    frozen = tmp_path / "frozen-content"
    path = launch.path
    assert path is not None
    path.rename(frozen)
    path.write_text("print('edited since')\n")
    launch = script_launch(tmp_path, path.read_text(), dependencies=("greet",), key=new_key("r2"))
    launch = replace(launch, code_path=frozen)
    async with Observer(engine) as observer:
        await engine.start([launch])
        ended = await observer.end(launch.key)
    log = launch.log_path.read_text()
    assert ended.data["exit_code"] == 0, log
    assert log.splitlines()[-1] == f"frozen {launch.path}"


async def test_an_environment_that_cannot_be_built_fails_the_attempt_with_the_reason(
    wheels: Path, engine: LocalEngine, tmp_path: Path
) -> None:
    launch = script_launch(tmp_path, "print('never')", dependencies=("missing-package",))
    async with Observer(engine) as observer:
        await engine.start([launch])
        ended = await observer.end(launch.key)
        told = await observer.event(launch.key, EventKind.ERROR)
    assert ended.data["exit_code"] == 1
    assert told.data["error"]["type"] == "environment"
    assert "missing-package" in told.data["error"]["message"]
    assert "missing-package" in launch.log_path.read_text()


async def test_a_timeout_counts_from_when_the_environment_is_there(
    wheels: Path, engine: LocalEngine, tmp_path: Path
) -> None:
    make_wheel(wheels, "greet")
    launch = script_launch(
        tmp_path, WAIT, dependencies=("greet",), timeout=timedelta(milliseconds=20)
    )
    async with Observer(engine) as observer:
        await engine.start([launch])
        ended = await observer.end(launch.key)
    assert ended.data["reason"] == "timeout"
    assert list((engine.data_dir / "environments").glob("*/runyard-environment.json"))


async def test_a_run_can_be_stopped_while_it_waits_for_its_environment(
    wheels: Path, engine: LocalEngine, tmp_path: Path
) -> None:
    place = Environments(engine.data_dir).place(("greet",), None)
    with place.folder.with_suffix(".lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # as another run does that builds it
        grew = asyncio.Event()
        engine.on_output(lambda *_: grew.set())
        launch = script_launch(tmp_path, "", dependencies=("greet",))
        async with Observer(engine) as observer:
            await engine.start([launch])
            await asyncio.wait_for(grew.wait(), 20)
            assert "waiting for it" in launch.log_path.read_text()
            await observer.stop(launch.key)
            ended = await observer.end(launch.key)
    assert ended.data["reason"] == "cancelled"


async def test_a_cold_run_is_a_fresh_interpreter(engine: LocalEngine, tmp_path: Path) -> None:
    launch = script_launch(
        tmp_path, "import sys\nprint(sys.argv, __name__)\n", isolation=Isolation.COLD
    )
    async with Observer(engine) as observer:
        await engine.start([launch])
        assert (await observer.end(launch.key)).data["exit_code"] == 0
    assert launch.log_path.read_text() == f"['{launch.path}'] __main__\n"


async def test_listeners_hear_that_a_log_grew(engine: LocalEngine, tmp_path: Path) -> None:
    heard: list[tuple[str, int]] = []
    engine.on_output(lambda key, size: heard.append((key, size)))
    launch = script_launch(tmp_path, "print('hello')\n")
    async with Observer(engine) as observer:
        await engine.start([launch])
        ended = await observer.end(launch.key)
    assert heard[-1] == (launch.key, ended.data["log_end"])


async def test_fresh_zygotes_after_retire_see_changed_code(
    engine: LocalEngine, tmp_path: Path
) -> None:
    (tmp_path / "part.py").write_text("value = 1\n")
    fields = {"preload": ("part",), "env": {}}
    async with Observer(engine) as observer:
        first = script_launch(
            tmp_path, "import part; print(part.value)", key=new_key("a"), **fields
        )
        await engine.start([first])
        await observer.end(first.key)
        (tmp_path / "part.py").write_text("value = 2222\n")
        await engine.retire()
        second = script_launch(
            tmp_path, "import part; print(part.value)", key=new_key("b"), **fields
        )
        await engine.start([second])
        await observer.end(second.key)
    assert first.log_path.read_text().endswith("1\n")
    assert second.log_path.read_text().endswith("2222\n")
