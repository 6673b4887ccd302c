"""Inside the discovery process: import plug-ins and the app, and say what they registered.

The server never imports user code. Whatever that code does here (prints, exits, hangs, forks) is
contained by the process; the answer is one JSON document in a file or on the first standard output.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import os
import sys
import sysconfig
import traceback
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, TextIO

from runyard.domain.errors import Invalid
from runyard.executors.app_loading import App, load_app, parse_app
from runyard.executors.performing import TRACEBACK_BYTES
from runyard.executors.signatures import describe, shape_of
from runyard.sdk import registry
from runyard.sdk.registry import ExecutorRegistration, TaskRegistration

GROUP = "runyard.executors"
_OURS = str(Path(__file__).parent.parent)


def main(arguments: list[str] | None = None) -> None:
    """`[APP] [--folder DIR] [--output FILE]`; always ends the process with exit code 0."""
    parser = argparse.ArgumentParser(prog="python -m runyard.executors.discovery")
    parser.add_argument("app", nargs="?", help="module, module:attribute or file")
    parser.add_argument("--folder", type=Path, default=Path.cwd(), help="where APP is seen from")
    parser.add_argument("--output", type=Path, help="file for the document; else it is printed")
    options = parser.parse_args(arguments)
    own = os.getpid()
    printed = _keep_output_for_us() if options.output is None else None
    document = json.dumps(inspect_all(options.app, folder=options.folder), default=repr)
    if os.getpid() == own:  # the app may have forked while it was imported
        _write(document, options.output, printed)
    # Threads that the app has started must not keep the process.
    os._exit(0)


def inspect_all(text: str | None, *, folder: Path) -> dict[str, Any]:
    """The document: tasks, executors, problems, files, failed."""
    known = set(sys.modules)
    found = _Findings()
    for point in entry_points(group=GROUP):
        _inspect_plug_in(point, found)
    app: App | None = None
    if text is not None:
        before = len(registry.TASKS), len(registry.EXECUTORS)
        try:
            app = parse_app(text, folder=folder)
            load_app(app)
        except Invalid as error:
            found.fail(error.message, where=text)
        except BaseException as error:  # noqa: BLE001 - the app may raise anything
            found.fail_with(error)
        else:
            found.add_tasks(registry.TASKS[before[0] :])
            found.add_executors(registry.EXECUTORS[before[1] :], source="app", from_app=True)
    return found.document(files=_source_files(known, app))


class _Findings:
    def __init__(self) -> None:
        self._tasks: dict[str, dict[str, Any]] = {}
        self._executors: list[dict[str, Any]] = []
        self._problems: list[dict[str, Any]] = []
        self._failed_in: list[str] = []
        self._failed = False

    def document(self, *, files: list[str]) -> dict[str, Any]:
        return {
            "tasks": list(self._tasks.values()),
            "executors": self._executors,
            "problems": self._problems,
            "files": sorted({*files, *self._failed_in}),
            "failed": self._failed,
        }

    def problem(self, message: str, *, where: str, line: int | None = None) -> None:
        self._problems.append({"message": message, "where": where, "line": line})

    def fail(self, message: str, *, where: str, line: int | None = None) -> None:
        """The app can't be used at all."""
        self._failed = True
        self.problem(message, where=where, line=line)

    def fail_with(self, error: BaseException) -> None:
        """The app's import ended in `error`: its last place and its traceback's tail."""
        message, file, line = describe_failure(error)
        if file:
            self._failed_in.append(file)
        self.fail(message, where=file or "app", line=line)

    def add_tasks(self, registrations: list[TaskRegistration]) -> None:
        for each in registrations:
            place = place_of(each.function)
            where = f"task {each.id}"
            if (wrong := _unreachable(each.function)) is not None:
                self.problem(wrong, where=where, line=place["line"])
            elif each.id in self._tasks:
                first = self._tasks[each.id]
                self.problem(
                    f"{target_of(each.function)} has the id of {first['target']};"
                    " only the first one counts",
                    where=where,
                    line=place["line"],
                )
            else:
                self._tasks[each.id] = self._task(each, place)

    def _task(self, each: TaskRegistration, place: dict[str, Any]) -> dict[str, Any]:
        parameters, takes_more = describe(each.function)
        unresolved = shape_of(each.function).unresolved
        if unresolved is not None:
            self.problem(
                f"its annotations can't be read, so its parameters are not checked: {unresolved}",
                where=f"task {each.id}",
                line=place["line"],
            )
        return {
            "id": each.id,
            "target": target_of(each.function),
            "settings": each.settings,
            "parameters": parameters,
            "takes_more": takes_more,
            "description": inspect.getdoc(each.function) or "",
            **place,
        }

    def add_executors(
        self, registrations: list[ExecutorRegistration], *, source: str, from_app: bool
    ) -> None:
        for each in registrations:
            where = f"executor {each.name}"
            if (wrong := _unreachable(each.function)) is not None:
                self.problem(wrong, where=where, line=place_of(each.function)["line"])
                continue
            schema, wrong = schema_of(each.config_model)
            if wrong is not None:
                self.problem(wrong, where=where, line=place_of(each.function)["line"])
            self._executors.append(
                {
                    "name": each.name,
                    "target": target_of(each.function),
                    "from_app": from_app,
                    "source": source,
                    "description": each.description,
                    "config_schema": schema,
                    "queue_limit": each.queue_limit,
                    "settings": each.settings,
                }
            )


def _inspect_plug_in(point: EntryPoint, found: _Findings) -> None:
    """A plug-in names a module that registers, or a function (registered, or as it is)."""
    source = f"plug-in {point.dist.name if point.dist else point.name}"
    before = len(registry.EXECUTORS)
    try:
        loaded = point.load()
    except BaseException as error:  # noqa: BLE001 - plug-ins may raise anything
        message, file, line = describe_failure(error)
        found.problem(message, where=f"{source}: {file or point.value}", line=line)
        return
    registered = registry.EXECUTORS[before:]
    if inspect.isfunction(loaded) and all(each.function is not loaded for each in registered):
        first_line = (inspect.getdoc(loaded) or "").partition("\n")[0]
        plain = ExecutorRegistration(name=point.name, function=loaded, description=first_line)
        registered = [*registered, plain]
    found.add_executors(registered, source=source, from_app=False)


def target_of(function: Callable[..., Any]) -> str:
    return f"{function.__module__}:{getattr(function, '__qualname__', '?')}"


def place_of(function: Callable[..., Any]) -> dict[str, Any]:
    """File, line and text of the function as it was written, below any decorators."""
    plain = inspect.unwrap(function)
    try:
        lines, line = inspect.getsourcelines(plain)
    except (OSError, TypeError):
        return {"file": None, "line": None, "source": ""}
    return {"file": inspect.getsourcefile(plain), "line": line, "source": "".join(lines)}


def _unreachable(function: Callable[..., Any]) -> str | None:
    """Why a run process would not find it by its name."""
    name = getattr(function, "__qualname__", None)
    if name is None or not hasattr(function, "__module__"):
        return f"{function!r} is not a function"
    if "<locals>" in name:
        return f"{name} stands inside of another function; define it at the top of a module"
    found: Any = sys.modules.get(function.__module__)
    for part in name.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        return f"{target_of(function)} can't be found by that name; was it deleted or replaced?"
    return None


def schema_of(model: type[Any] | None) -> tuple[dict[str, Any], str | None]:
    """The JSON Schema of a configuration model, and what was wrong with it, if anything."""
    if model is None:
        return {"type": "object"}, None
    from pydantic import TypeAdapter  # noqa: PLC0415 - slow to import, rarely needed
    from pydantic.errors import PydanticUserError  # noqa: PLC0415

    try:
        return TypeAdapter(model).json_schema(), None
    except (PydanticUserError, TypeError, NameError) as error:
        return {
            "type": "object"
        }, f"its config model has no JSON Schema, so nothing checks: {error}"


def describe_failure(error: BaseException) -> tuple[str, str | None, int | None]:
    """A message with the traceback's tail, without our frames; and the last place in user code."""
    trace = error.__traceback__
    while trace is not None and _is_machinery(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    shown = error.with_traceback(trace)
    text = "".join(traceback.format_exception(shown)).strip()
    tail = text.encode("utf-8", "replace")[-TRACEBACK_BYTES:].decode("utf-8", "ignore")
    first = traceback.format_exception_only(shown)[-1].strip()
    if isinstance(error, SyntaxError):
        return f"{first}\n{tail}", error.filename, error.lineno
    places = [frame for frame in traceback.extract_tb(trace) if not _is_machinery(frame.filename)]
    last = places[-1] if places else None
    return f"{first}\n{tail}", last and last.filename, last and last.lineno


def _is_machinery(file: str) -> bool:
    return file.startswith((_OURS, "<frozen importlib"))


def _source_files(known: set[str], app: App | None) -> list[str]:
    """The user's own files that are loaded by now: not the standard library, not packages."""
    installed = {str(Path(path).resolve()) for path in sysconfig.get_paths().values()}
    outside = tuple(folder + os.sep for folder in installed)
    files = set()
    for name in set(sys.modules) - known:
        file = getattr(sys.modules[name], "__file__", None)
        if file and (path := str(Path(file).resolve())).endswith(".py"):
            files.add(path)
    mine = {file for file in files if not file.startswith((*outside, _OURS + os.sep))}
    if app is not None:
        mine |= _files_of(app)
    return sorted(mine)


def _files_of(app: App) -> set[str]:
    """Where the app should be, also when it could not be loaded."""
    if app.path is not None:
        return {str(app.path)}
    try:
        spec = importlib.util.find_spec(app.module)
    except (ImportError, ValueError):
        return set()
    return {str(Path(spec.origin).resolve())} if spec and spec.origin else set()


def _keep_output_for_us() -> TextIO:
    """The real standard output; what the app prints goes to standard error from here on."""
    kept = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return kept


def _write(document: str, output: Path | None, printed: TextIO | None) -> None:
    if output is not None:
        output.write_text(document, encoding="utf-8")
    elif printed is not None:
        print(document, file=printed, flush=True)
