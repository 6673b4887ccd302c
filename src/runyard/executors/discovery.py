"""What the app and the plug-ins register, found out in a process of its own.

`python -m runyard.executors.discovery APP` prints the document that `discover` reads.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

from runyard.domain.errors import Invalid
from runyard.domain.tasks import Problem, TaskSpec
from runyard.executors.app_loading import App
from runyard.executors.contract import ExecutorDescription

_TAIL_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionTask:
    """A decorated function as a task. `source` is its text, the content of its version."""

    id: str
    target: str  # module:qualname; also `spec.config["function"]`
    spec: TaskSpec
    problems: tuple[Problem, ...] = ()
    file: str | None = None
    line: int | None = None
    source: str = ""

    @property
    def source_hash(self) -> str:
        """SHA-256 of the function's text and of all its settings."""
        return hashlib.sha256(f"{self.source}\0{self.spec!r}".encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """`failed`: the app can't be loaded (`problems` say why), so nothing is known of its tasks.

    `files` are the user's own source files, absolute, to be watched for changes; also of an app
    that failed.
    """

    tasks: tuple[FunctionTask, ...] = ()
    executors: tuple[ExecutorDescription, ...] = ()
    problems: tuple[Problem, ...] = ()
    files: tuple[Path, ...] = ()
    failed: bool = False


async def discover(
    app: App | None,
    *,
    timeout: timedelta,  # noqa: ASYNC109
    environ: Mapping[str, str] | None = None,
) -> Discovery:
    """Import plug-ins and the app in a process of its own and answer what they registered.

    Never raises for what the app does: one that raises, exits, hangs, prints or forks is answered
    with `failed`. The process and its group are dead afterwards. `environ` should be what runs
    start with, so that the app finds the same here; else it is ours without Python's variables.
    """
    with tempfile.TemporaryDirectory(prefix="runyard-discovery-") as folder:
        output = Path(folder) / "document.json"
        with (Path(folder) / "printed").open("w+b") as printed:
            ended = await _inspect(
                app, output=output, printed=printed, timeout=timeout, environ=environ
            )
            try:
                document = json.loads(output.read_bytes())
            except (FileNotFoundError, ValueError):
                return _without_document(app, ended, printed)
    return _read(document)


async def _inspect(
    app: App | None,
    *,
    output: Path,
    printed: IO[bytes],
    timeout: timedelta,  # noqa: ASYNC109
    environ: Mapping[str, str] | None,
) -> str:
    """Run the discovery process to its end; answers how it ended, as the rest of a sentence."""
    named = [] if app is None else [app.text, "--folder", str(app.folder)]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "runyard.executors.discovery"),
        *(*named, "--output", str(output)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=printed,
        stderr=printed,
        env=_environment(os.environ) if environ is None else dict(environ),
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(timeout.total_seconds()):
            await process.wait()
    except TimeoutError:
        return f"took longer than {timeout.total_seconds():g} s"
    finally:
        # The whole group: what the app started, and the process itself if it hangs.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    code = process.returncode or 0
    return f"was ended by signal {-code}" if code < 0 else f"ended the process (exit code {code})"


def _environment(own: Mapping[str, str]) -> dict[str, str]:
    """Ours without what would make the import differ from that in a run process."""
    identity = {"RUNYARD_RUN", "RUNYARD_RUN_ID", "RUNYARD_EVENTS", "RUNYARD_CONTEXT"}
    return {
        name: value
        for name, value in own.items()
        if not name.startswith("PYTHON") and name not in identity
    }


def _without_document(app: App | None, ended: str, printed: IO[bytes]) -> Discovery:
    printed.seek(0, os.SEEK_END)
    printed.seek(max(0, printed.tell() - _TAIL_BYTES))
    tail = printed.read().decode("utf-8", "replace").strip()
    message = f"importing it {ended}" + (f"; its output ends with:\n{tail}" if tail else "")
    where = "plug-ins" if app is None else app.text
    files = () if app is None or app.path is None else (app.path,)
    return Discovery(problems=(Problem(message=message, where=where),), files=files, failed=True)


def _read(document: dict[str, Any]) -> Discovery:
    tasks = []
    problems = [Problem(**each) for each in document["problems"]]
    for each in document["tasks"]:
        try:
            tasks.append(_task(each))
        except Invalid as error:
            where = f"task {each['id']}"
            problems.append(Problem(message=error.message, where=where, line=each["line"]))
    return Discovery(
        tasks=tuple(tasks),
        executors=tuple(ExecutorDescription(**each) for each in document["executors"]),
        problems=tuple(problems),
        files=tuple(Path(file) for file in document["files"]),
        failed=document["failed"],
    )


def _task(each: Mapping[str, Any]) -> FunctionTask:
    # Pydantic stands behind them; a server without an app does not need it here.
    from runyard.definitions.settings import parse_settings  # noqa: PLC0415
    from runyard.definitions.task_ids import check_task_id  # noqa: PLC0415

    task_id = check_task_id(each["id"])
    settings = dict(each["settings"])
    settings["parameters"] = _merge(each["parameters"], settings.get("parameters"))
    settings.setdefault("extra_parameters", each["takes_more"])
    spec, faults = parse_settings(settings, executor="function")
    title, _, _ = each["description"].partition("\n")
    return FunctionTask(
        id=task_id,
        target=each["target"],
        spec=replace(
            spec,
            executor="function",
            title=spec.title or title.strip() or task_id,
            description=spec.description or each["description"],
            config={"function": each["target"]},
        ),
        problems=tuple(
            Problem(message=fault.message, where=".".join(map(str, fault.path)), line=each["line"])
            for fault in faults
        ),
        file=each["file"],
        line=each["line"],
        source=each["source"],
    )


def _merge(derived: Mapping[str, dict[str, Any]], given: Any) -> Any:
    """The signature's parameters with what the decorator says about them on top."""
    if given is None:
        return dict(derived)
    if not isinstance(given, Mapping):
        return given
    merged: dict[str, Any] = dict(derived)
    for name, value in given.items():
        table = value if isinstance(value, Mapping) else {"default": value}
        merged[name] = {**derived.get(name, {}), **table}
        if "default" in table:
            merged[name].pop("required", None)
    return merged


if __name__ == "__main__":
    from runyard.executors.inspection import main

    main()
