"""Inside the run process: load the user's function, call it, report, and end as Python would.

Imports nothing heavy: it is executed in a fork of a zygote, once per run.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import signal
import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator, Mapping
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, cast

from runyard.domain.errors import Invalid, NotFound
from runyard.executors.app_loading import App, load_app
from runyard.executors.json_values import to_json
from runyard.sdk.channel import CHANNEL, encode
from runyard.sdk.context import Context, context
from runyard.sdk.script import progress, result

TRACEBACK_BYTES = 16 * 1024
BAD_PARAMETERS = 2  # the exit code of a command that was called wrongly
_OURS = str(Path(__file__).parent)
_ASYNCIO = str(Path(os.__file__).with_name("asyncio"))

Prepare = Callable[[Callable[..., Any], Mapping[str, Any], Context], Callable[[], Any]]
"""Makes the call: (user's function, launch, run's context) -> call without arguments."""


def perform(launch: Mapping[str, Any], prepare: Prepare) -> int:
    """Carry out one function run and answer its exit code (-SIGINT: to end by that signal).

    `launch` is `Launch` as JSON; its context's "entry" names the app and the target. The return
    value is sent as the run's result unless it is None; an exception goes to stderr as Python
    prints it, without our frames, and as an `error` event.
    """
    try:
        function = load_target(launch["context"]["entry"])
        call = prepare(function, launch, _context(launch))
        outcome = drive(call())
        if outcome is not None:
            result(to_json(outcome))
    except SystemExit as end:
        return _exit_code(end)
    except (Invalid, NotFound) as error:
        return _refused(error)
    except BaseException as error:  # noqa: BLE001 - the end of the user's code, whatever it was
        return _failed(error)
    return 0


def launch_from_environment() -> dict[str, Any]:
    """What a cold run finds in `$RUNYARD_CONTEXT` in place of the launch."""
    known = json.loads(os.environ["RUNYARD_CONTEXT"])
    return {"params": known["params"], "context": known}


def end(status: int) -> NoReturn:
    """End a cold run's process with what `perform` answered."""
    if status == -signal.SIGINT:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    sys.exit(status)


def load_target(entry: Mapping[str, Any]) -> Callable[..., Any]:
    """The function that `entry` names, its app loaded first. Raises `NotFound` if it is gone."""
    app = entry.get("app")
    return _load(entry["target"], tuple(app.items()) if app else None)


@lru_cache(maxsize=64)  # a pool worker calls the same few; it is replaced when the code changes
def _load(target: str, app: tuple[tuple[str, str | None], ...] | None) -> Callable[..., Any]:
    if app is not None:
        load_app(App.from_entry(dict(app)))
    module_name, _, qualname = target.partition(":")
    found: Any = importlib.import_module(module_name)
    for part in qualname.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        raise NotFound(f"{module_name} has no function {qualname} (any more)")
    return found  # type: ignore[no-any-return]


def drive(outcome: Any) -> Any:
    """Bring what the call gave to its end: await it, or take what it yields as progress."""
    if inspect.isgenerator(outcome):
        return _exhaust(cast("Generator[Any, None, Any]", outcome))
    if inspect.isasyncgen(outcome):
        return _run_async(_exhaust_async(outcome))
    return _run_async(_wait_for(outcome)) if inspect.isawaitable(outcome) else outcome


def _run_async(steps: Coroutine[Any, Any, Any]) -> Any:
    # It would double what every zygote holds, and each fork copies that.
    import asyncio  # noqa: PLC0415

    return asyncio.run(steps)


async def _wait_for(outcome: Awaitable[Any]) -> Any:
    return await outcome


def _exhaust(steps: Generator[Any, None, Any]) -> Any:
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            return end.value
        _report(step)


async def _exhaust_async(steps: AsyncIterator[Any]) -> None:
    async for step in steps:
        _report(step)


def _report(step: Any) -> None:
    """A number is the percentage, a text the message, a pair both; a dict has further facts."""
    match step:
        case bool() | None:
            return
        case int() | float():
            progress(step)
        case str():
            progress(None, step)
        case (int() | float() as percent, str() as message):
            progress(percent, message)
        case Mapping():
            facts = {str(name): to_json(value) for name, value in step.items()}
            percent = facts.pop("progress", facts.pop("percent", None))
            progress(percent, facts.pop("message", None), **facts)
        case _:
            progress(None, None, value=to_json(step))


def _context(launch: Mapping[str, Any]) -> Context:
    # Parameters too large for the environment are only in the launch.
    return context()._replace(params=dict(launch["params"]))


def _exit_code(end: SystemExit) -> int:
    """As Python does: None is 0, a number itself, anything else is printed and means 1."""
    if end.code is None:
        return 0
    if isinstance(end.code, int):
        return end.code & 0xFF
    print(end.code, file=sys.stderr)  # noqa: T201 - what the interpreter does
    _send_error("SystemExit", str(end.code), None)
    return 1


def _refused(error: Invalid | NotFound) -> int:
    print(error.message, file=sys.stderr)  # noqa: T201 - the run's own output
    _send_error(type(error).__name__, error.message, None)
    return BAD_PARAMETERS


def _failed(error: BaseException) -> int:
    shown = error.with_traceback(_without_our_frames(error.__traceback__))
    text = "".join(traceback.format_exception(shown))
    try:
        sys.excepthook(type(shown), shown, shown.__traceback__)
    except Exception:  # noqa: BLE001 - a hook of the user's that fails must not hide the error
        print(text, end="", file=sys.stderr)  # noqa: T201
    tail = text.encode("utf-8", "replace")[-TRACEBACK_BYTES:].decode("utf-8", "ignore")
    _send_error(type(error).__name__, str(error), tail)
    return -signal.SIGINT if isinstance(error, KeyboardInterrupt) else 1


def _without_our_frames(trace: TracebackType | None) -> TracebackType | None:
    """The traceback from the first frame that is neither ours nor the event loop's."""
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith((_OURS, _ASYNCIO)):
        trace = trace.tb_next
    return trace


def _send_error(kind: str, message: str, trace: str | None) -> None:
    error = {"type": kind, "message": message[:TRACEBACK_BYTES], "traceback": trace}
    CHANNEL.send(encode({"type": "error", "error": error}))
