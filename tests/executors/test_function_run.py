"""Function runs in real child processes: binding, results, progress, errors and exit codes."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from runyard.domain.tasks import Isolation, TaskSpec
from runyard.executors.app_loading import App
from runyard.executors.function import FunctionExecutor
from runyard.executors.launching import MAX_CONTEXT_BYTES
from tests.executors.making import Ended, carry_out, places_in, run_of

APP = """
import asyncio, os, sys
from dataclasses import dataclass
from datetime import date
from enum import Enum
import runyard

class Size(Enum):
    SMALL = "s"
    LARGE = "l"

@dataclass
class Order:
    item: str
    size: Size
    due: date | None = None

@runyard.task
def add(a: int, b: int = 2):
    return a + b

@runyard.task
def order(order: Order, ctx: runyard.Context) -> Order:
    assert isinstance(order.size, Size)
    print("attempt", ctx.attempt, "of", ctx.task_id, len(ctx.params))
    return order

@runyard.task
async def wait(n: int):
    await asyncio.sleep(0)
    return {"slept": n}

@runyard.task
def steps(n: int):
    for i in range(n):
        yield 100 * i / n
    yield "almost"
    yield 99, "nearly"
    yield {"progress": 100, "message": "done", "size": Size.SMALL}
    return "finished"

@runyard.task
async def async_steps():
    yield 50
    await asyncio.sleep(0)
    yield 100, "all"

@runyard.task
def explicit():
    runyard.result({"by": "hand"})

@runyard.task
def nothing():
    pass

@runyard.task
def fail():
    inner()

def inner():
    try:
        {}["key"]
    except KeyError as error:
        raise ValueError("no such thing") from error

@runyard.task
async def fail_async():
    await asyncio.sleep(0)
    raise RuntimeError("from a coroutine")

@runyard.task
def leave(code: str):
    sys.exit({"none": None, "3": 3, "text": "sorry", "-1": -1, "0": 0}[code])

@runyard.task
def unsendable():
    return {"a": [object()]}

@runyard.task
def interrupted():
    raise KeyboardInterrupt

@runyard.task
def bad_hook():
    def hook(*_):
        raise OSError("hook")
    sys.excepthook = hook
    raise ValueError("shown all the same")

class Group:
    @staticmethod
    @runyard.task
    def member():
        return "member"
"""


def call(
    folder: Path,
    name: str,
    *,
    isolation: Isolation = Isolation.FORK,
    app: str = APP,
    **params: Any,
) -> Ended:
    path = folder / "app.py"
    path.write_text(app)
    spec = TaskSpec(executor="function", config={"function": f"app:{name}"}, isolation=isolation)
    run = run_of(spec, params=params, attempt=2)
    places = places_in(folder, app=App(module="app", folder=folder, path=path))
    return carry_out(FunctionExecutor().launch(run, places=places), folder / "work")


def test_parameters_in_result_out(tmp_path: Path) -> None:
    ended = call(tmp_path, "add", a="40")
    assert (ended.code, ended.result, ended.err) == (0, 42, "")


def test_a_cold_run_is_a_fresh_interpreter(tmp_path: Path) -> None:
    ended = call(tmp_path, "add", isolation=Isolation.COLD, a=1, b=5)
    assert (ended.code, ended.result, ended.err) == (0, 6, "")


def test_types_of_the_signature_and_the_context(tmp_path: Path) -> None:
    given = {"item": "shoe", "size": "l", "due": "2026-11-22"}
    ended = call(tmp_path, "order", order=given)
    assert ended.out == "attempt 2 of report 1\n"
    assert ended.result == given


def test_parameters_that_do_not_fit_the_environment(tmp_path: Path) -> None:
    given = {"item": "x" * MAX_CONTEXT_BYTES, "size": "s"}
    ended = call(tmp_path, "order", order=given)
    assert ended.out == "attempt 2 of report 1\n"
    assert ended.result["item"] == given["item"]


def test_coroutines(tmp_path: Path) -> None:
    assert call(tmp_path, "wait", n=3).result == {"slept": 3}


def test_what_a_generator_yields_is_progress(tmp_path: Path) -> None:
    ended = call(tmp_path, "steps", n=2)
    progress = [event for event in ended.events if event["type"] == "progress"]
    assert [event.get("progress") for event in progress] == [0.0, 50.0, None, 99.0, 100.0]
    assert [event.get("message") for event in progress][2:] == ["almost", "nearly", "done"]
    assert progress[-1]["detail"] == {"size": "s"}
    assert ended.result == "finished"


def test_asynchronous_generators(tmp_path: Path) -> None:
    ended = call(tmp_path, "async_steps")
    assert [event["progress"] for event in ended.events] == [50.0, 100.0]
    assert not ended.has_result


def test_a_result_set_by_hand_is_kept(tmp_path: Path) -> None:
    assert call(tmp_path, "explicit").result == {"by": "hand"}
    assert not call(tmp_path, "nothing").has_result


def test_a_static_method(tmp_path: Path) -> None:
    assert call(tmp_path, "Group.member").result == "member"


def test_an_exception_shows_only_the_user_s_frames(tmp_path: Path) -> None:
    ended = call(tmp_path, "fail")
    assert ended.code == 1
    assert "KeyError: 'key'" in ended.err
    assert "The above exception was the direct cause" in ended.err
    assert ended.err.rstrip().endswith("ValueError: no such thing")
    assert "runyard/executors" not in ended.err
    assert ended.error["type"] == "ValueError"
    assert ended.error["message"] == "no such thing"
    assert ended.error["traceback"].strip() == ended.err.strip()


def test_an_exception_of_a_coroutine_hides_the_event_loop(tmp_path: Path) -> None:
    ended = call(tmp_path, "fail_async")
    assert ended.code == 1
    assert "asyncio" not in ended.err.replace("await asyncio.sleep", "")
    assert "in fail_async" in ended.err
    assert ended.error["type"] == "RuntimeError"


@pytest.mark.parametrize(
    ("code", "wanted"), [("none", 0), ("0", 0), ("3", 3), ("-1", 255), ("text", 1)]
)
def test_sys_exit_means_what_it_means_in_a_script(tmp_path: Path, code: str, wanted: int) -> None:
    ended = call(tmp_path, "leave", code=code)
    assert ended.code == wanted
    assert ended.err == ("sorry\n" if code == "text" else "")


def test_wrong_parameters_are_refused_with_every_problem(tmp_path: Path) -> None:
    ended = call(tmp_path, "add", a="x", c=1)
    assert ended.code == 2
    assert "c is not a parameter; a must be a whole number" in ended.err
    assert ended.error["type"] == "Invalid"
    assert "Traceback" not in ended.err


def test_a_result_that_json_can_not_hold_fails_the_run(tmp_path: Path) -> None:
    ended = call(tmp_path, "unsendable")
    assert ended.code == 1
    assert not ended.has_result
    assert ended.error["type"] == "TypeError"
    assert "result['a'][0]" in ended.error["message"]


@pytest.mark.parametrize("isolation", [Isolation.FORK, Isolation.COLD])
def test_an_interrupt_ends_it_by_the_signal(tmp_path: Path, isolation: Isolation) -> None:
    ended = call(tmp_path, "interrupted", isolation=isolation)
    # A fork answers -SIGINT to the engine, which ends the process so; the test child only exits.
    wanted = -signal.SIGINT if isolation is Isolation.COLD else 256 - signal.SIGINT
    assert ended.code == wanted
    assert ended.error["type"] == "KeyboardInterrupt"


def test_a_broken_hook_hides_nothing(tmp_path: Path) -> None:
    ended = call(tmp_path, "bad_hook")
    assert ended.code == 1
    assert "ValueError: shown all the same" in ended.err


def test_a_function_that_is_gone(tmp_path: Path) -> None:
    ended = call(tmp_path, "removed")
    assert ended.code == 2
    assert ended.err == "app has no function removed (any more)\n"
    assert ended.error["type"] == "NotFound"


def test_an_app_that_can_not_be_loaded(tmp_path: Path) -> None:
    ended = call(tmp_path, "add", app="import no_such_module\n")
    assert ended.code == 1
    assert "ModuleNotFoundError: No module named 'no_such_module'" in ended.err
    assert ended.error["type"] == "ModuleNotFoundError"
    assert "runyard" not in ended.err


def test_what_a_fork_has_to_import_is_light() -> None:
    program = (
        "import sys, runyard.executors.function_run, runyard.executors.custom_run;"
        "heavy = ('pydantic', 'jsonschema', 'orjson', 'fastapi', 'sqlalchemy', 'runyard.process');"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
