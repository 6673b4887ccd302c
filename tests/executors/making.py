"""Runs, places and launches for the tests of executors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from runyard.domain.runs import Run
from runyard.domain.states import RunStatus
from runyard.domain.tasks import TaskSpec
from runyard.engines.contract import Launch, LaunchKind
from runyard.executors.app_loading import App
from runyard.executors.contract import Places

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


def run_of(spec: TaskSpec | None = None, **changes: Any) -> Run:
    """A claimed first attempt of the task `report`."""
    spec = spec or TaskSpec()
    given: dict[str, Any] = {
        "id": "0abcdefghjkmnpqr",
        "task_id": "report",
        "task_version": 3,
        "spec": spec,
        "executor": spec.executor,
        "queue": spec.effective_queue,
        "concurrency_key": None,
        "status": RunStatus.RUNNING,
        "attempt": 1,
        "submitted_at": NOW,
    }
    return Run(**{**given, **changes})


def places_in(folder: Path, *, app: App | None = None) -> Places:
    return Places(
        tasks_dir=folder / "tasks",
        logs_dir=folder / "logs",
        frozen=lambda task_id, version: folder / "versions" / f"{task_id}-{version}.py",
        default_timeout=timedelta(hours=1),
        app=app,
    )


@dataclass(frozen=True)
class Ended:
    """How a run process ended and what it said."""

    code: int
    out: str
    err: str
    events: list[dict[str, Any]]

    @property
    def result(self) -> Any:
        (event,) = [event for event in self.events if event["type"] == "result"]
        return event["result"]

    @property
    def error(self) -> dict[str, Any]:
        (event,) = [event for event in self.events if event["type"] == "error"]
        return event["error"]  # type: ignore[no-any-return]

    @property
    def has_result(self) -> bool:
        return any(event["type"] == "result" for event in self.events)


_CHILD = """
import json, os, sys
launch = json.load(open(sys.argv[1]))
module, _, name = launch["target"].partition(":")
for entry in launch["preload"]:
    if not entry.startswith("/"):
        continue
    sys.path.insert(0, os.path.dirname(entry) if entry.endswith(".py") else entry)
sys.exit(getattr(__import__(module, fromlist=[name]), name)(launch))
"""


def carry_out(launch: Launch, folder: Path) -> Ended:
    """Run a function launch in a real child process as an engine would, its events by a pipe."""
    folder.mkdir(exist_ok=True)
    file = folder / "launch.json"
    plain = {
        "target": launch.target,
        "params": launch.params,
        "context": launch.context,
        "preload": launch.preload,
    }
    file.write_bytes(orjson.dumps(plain))
    command = [sys.executable, "-P", "-c", _CHILD, str(file)]
    if launch.kind is LaunchKind.COMMAND:
        command = list(launch.argv)
    return execute(command, env=launch.env, cwd=folder)


def execute(command: list[str], *, env: dict[str, str], cwd: Path) -> Ended:
    reading, writing = os.pipe()
    with ThreadPoolExecutor(1) as pool:
        lines = pool.submit(_read_lines, reading)
        try:
            ended = subprocess.run(
                command,
                env={"PATH": os.environ["PATH"], **env, "RUNYARD_EVENTS": f"/dev/fd/{writing}"},
                cwd=cwd,
                pass_fds=[writing],
                capture_output=True,
                text=True,
                timeout=240,
                check=False,
            )
        finally:
            os.close(writing)
        events = [json.loads(line) for line in lines.result()]
    return Ended(ended.returncode, ended.stdout, ended.stderr, events)


def _read_lines(fd: int) -> list[str]:
    with os.fdopen(fd) as stream:
        return list(stream)
