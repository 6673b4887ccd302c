"""Runs and script tasks in TaskRunService's words: states, ids, local times."""

from __future__ import annotations

import re
import secrets
from typing import Any, assert_never

from runyard.dialects.answers import local_text
from runyard.dialects.taskrun.envelope import NAME
from runyard.domain.errors import NotFound
from runyard.domain.ids import is_run_id
from runyard.domain.runs import Run
from runyard.domain.states import RunStatus
from runyard.domain.tasks import Task, TaskSource
from runyard.runtime.service import Service

SCRIPT = "script"
_KEY = f"{NAME}:"
_SHORT_ID = re.compile(r"[0-9a-f]{8}")


def new_key() -> str:
    """The idempotency key under which a run is submitted; its end is the run's id here."""
    return _KEY + secrets.token_hex(4)


def run_id_of(run: Run) -> str:
    """8 hex characters for a run that was executed here, the run's own id for all others."""
    key = run.idempotency_key
    return key.removeprefix(_KEY) if key is not None and key.startswith(_KEY) else run.id


async def find_run(service: Service, run_id: str) -> Run | None:
    """A script's run by its id here or its own id; None when there is none."""
    run: Run | None = None
    if _SHORT_ID.fullmatch(run_id):
        run = await service.run_of_key(_KEY + run_id)
    elif is_run_id(run_id):
        try:
            run = await service.run(run_id)
        except NotFound:
            run = None
    return run if run is not None and run.executor == SCRIPT else None


async def find_task(service: Service, task_id: str) -> Task | None:
    """A script by its id, also one whose file was put there a moment ago."""
    task = _known(service, task_id)
    if task is None:
        await service.catalog.refresh()
        task = _known(service, task_id)
    return task


def _known(service: Service, task_id: str) -> Task | None:
    try:
        task = service.catalog.find(task_id)
    except NotFound:
        return None
    return task if is_script(task) else None


def is_script(task: Task) -> bool:
    return task.source is TaskSource.FILE


def task_view(task: Task) -> dict[str, Any]:
    return {
        "id": task.id,
        "name": task.id,
        "path": task.path or f"{task.id}.py",
        "created_at": local_text(task.created_at),
    }


def run_view(run: Run) -> dict[str, Any]:
    started = run.started_at or run.submitted_at
    return {
        "run_id": run_id_of(run),
        "task_id": run.task_id,
        "status": status_of(run.status),
        "start_time": local_text(started),
        "end_time": local_text(run.finished_at) if run.finished_at else None,
    }


def status_of(status: RunStatus) -> str:
    match status:
        case RunStatus.SCHEDULED | RunStatus.QUEUED | RunStatus.RUNNING | RunStatus.RETRYING:
            return "running"
        case RunStatus.SUCCEEDED:
            return "success"
        case RunStatus.FAILED | RunStatus.CANCELLED:
            return "failed"
        case RunStatus.TIMED_OUT:
            return "timeout"
        case RunStatus.CRASHED:
            return "error"
        case _:
            assert_never(status)


def log_name(run: Run) -> str:
    return f"{run.task_id}_{run_id_of(run)}.log"
