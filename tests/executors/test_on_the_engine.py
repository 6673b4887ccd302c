"""Launches of every built-in kind on the real local engine: supervisor, zygote and fork."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from runyard.domain.runs import Run
from runyard.domain.tasks import Isolation, TaskSpec
from runyard.engines.contract import EventKind
from runyard.engines.local import LocalEngine
from runyard.executors.app_loading import App, parse_app
from runyard.executors.discovery import discover
from runyard.executors.registry import Executors
from tests.executors.making import places_in, run_of

APP = """
import os, sys
from .numbers import BASE
import runyard

@runyard.task
def add(a: int, ctx: runyard.Context):
    print("adding", os.getcwd())
    runyard.progress(50)
    return [a + BASE, ctx.run_id]

@runyard.executor("shout")
def shout(config, ctx):
    return config["text"].upper()

@runyard.task
def fail():
    raise LookupError("lost")
"""


@pytest.fixture
async def engine(short_folder: Path) -> AsyncIterator[LocalEngine]:
    engine = LocalEngine(short_folder / "data")
    await engine.open()
    await engine.recover()
    yield engine
    await engine.close(end_runs=True)


@pytest.fixture
def app(tmp_path: Path) -> App:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "logs").mkdir()
    package = tmp_path / "project" / "shop"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "numbers.py").write_text("BASE = 40\n")
    (package / "jobs.py").write_text(APP)
    (package.parent / "app.py").write_text("from shop.jobs import *\n")
    return parse_app("shop.jobs", folder=package.parent)


async def carry_out(engine: LocalEngine, run: Run, folder: Path, app: App) -> dict[str, Any]:
    """Start the run and gather what its events say until it has ended."""
    executors = Executors()
    executors.load((await discover(app, timeout=timedelta(seconds=30))).executors)
    launch = executors.get(run.executor).launch(run, places=places_in(folder, app=app))
    await engine.start([launch])
    said: dict[str, Any] = {"log": launch.log_path}
    async with asyncio.timeout(30):
        async for batch in engine.events():
            for event in batch:
                said |= event.data
            await engine.acknowledge(batch[-1].cursor)
            if batch[-1].kind in {EventKind.EXITED, EventKind.REFUSED}:
                return said
    raise AssertionError("the engine's events ended")


@pytest.mark.parametrize("isolation", [Isolation.FORK, Isolation.COLD])
@pytest.mark.parametrize("file", [False, True])
async def test_a_function_of_the_app(
    engine: LocalEngine, app: App, tmp_path: Path, isolation: Isolation, file: bool
) -> None:
    if file:
        app = parse_app("app.py", folder=app.folder)
    spec = TaskSpec(executor="function", config={"function": "shop.jobs:add"}, isolation=isolation)
    said = await carry_out(engine, run_of(spec, params={"a": 2}), tmp_path, app)
    assert (said["exit_code"], said["result"]) == (0, [42, "0abcdefghjkmnpqr"])
    assert said["log"].read_text() == f"adding {tmp_path / 'tasks'}\n"


async def test_a_function_that_fails(engine: LocalEngine, app: App, tmp_path: Path) -> None:
    spec = TaskSpec(executor="function", config={"function": "shop.jobs:fail"})
    said = await carry_out(engine, run_of(spec), tmp_path, app)
    assert said["exit_code"] == 1
    assert said["error"]["type"] == "LookupError"
    log = said["log"].read_text()
    assert log.rstrip().endswith("LookupError: lost")
    assert "runyard" not in log


async def test_a_registered_type(engine: LocalEngine, app: App, tmp_path: Path) -> None:
    spec = TaskSpec(executor="shout", config={"text": "hey"})
    said = await carry_out(engine, run_of(spec, task_id=None), tmp_path, app)
    assert (said["exit_code"], said["result"]) == (0, "HEY")


async def test_a_shell_line(engine: LocalEngine, app: App, tmp_path: Path) -> None:
    line = """echo "$1"; echo '{"type":"result","result":7}' > $RUNYARD_EVENTS; exit 4"""
    spec = TaskSpec(executor="shell", config={"command": line, "expected_exit_codes": [4]})
    said = await carry_out(engine, run_of(spec, argv=("first",)), tmp_path, app)
    assert (said["exit_code"], said["result"]) == (4, 7)
    assert said["log"].read_text() == "first\n"


async def test_a_script(engine: LocalEngine, app: App, tmp_path: Path) -> None:
    (tmp_path / "versions").mkdir()
    (tmp_path / "versions" / "report-3.py").write_text(
        "import sys, runyard\nprint(sys.argv)\nrunyard.result(runyard.context().params)\n"
    )
    said = await carry_out(engine, run_of(params={"n": 5, "fast": False}), tmp_path, app)
    assert (said["exit_code"], said["result"]) == (0, {"n": 5, "fast": False})
    script = tmp_path / "tasks" / "report.py"
    assert said["log"].read_text() == f"{[str(script), '--n=5', '--no-fast']}\n"


async def test_an_app_that_can_not_be_loaded(engine: LocalEngine, app: App, tmp_path: Path) -> None:
    (app.folder / "shop" / "jobs.py").write_text("import no_such_module\n")
    spec = TaskSpec(executor="function", config={"function": "shop.jobs:add"})
    said = await carry_out(engine, run_of(spec), tmp_path, app)
    assert any("No module named 'no_such_module'" in str(value) for value in said.values())
