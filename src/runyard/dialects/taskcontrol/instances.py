"""Instances: the runs of a definition, in the three states that this service knows."""

from __future__ import annotations

from typing import Any

from runyard.dialects.answers import local_text
from runyard.dialects.taskcontrol.definitions import CANCELLED_BY_USER
from runyard.domain.runs import Run
from runyard.domain.states import RunStatus
from runyard.runtime.service import Service
from runyard.store import RunFilter

MOST = 10_000
_PAGE = 500


async def instances_of(service: Service, definition_id: str, content: str) -> list[dict[str, Any]]:
    """Newest first, at most the newest 10,000."""
    wanted = RunFilter(task_ids=(definition_id,))
    views: list[dict[str, Any]] = []
    cursor: str | None = None
    while len(views) < MOST:
        page = await service.runs(wanted, cursor=cursor, limit=_PAGE)
        views += [_view(run, content) for run in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    return views


def _view(run: Run, content: str) -> dict[str, Any]:
    """`content` stands in where the type takes none of it."""
    return {
        "instance_id": f"{run.task_id}_{run.id}",
        "task_def_id": run.task_id,
        "content": run.spec.config.get("content", content),
        "status": _status(run),
        "created_at": local_text(run.submitted_at),
        "started_at": local_text(run.started_at) if run.started_at else None,
        "completed_at": local_text(run.finished_at) if run.finished_at else None,
        "result": _result(run),
        "error": _error(run),
    }


def _status(run: Run) -> str:
    """A failure has no state of its own: it is CANCELLED, and `error` says why."""
    if not run.status.is_final:
        return "RUNNING"
    return "COMPLETED" if run.status is RunStatus.SUCCEEDED else "CANCELLED"


def _result(run: Run) -> dict[str, Any] | None:
    if run.status is not RunStatus.SUCCEEDED or run.result is None:
        return None
    return run.result if isinstance(run.result, dict) else {"result": run.result}


def _error(run: Run) -> str | None:
    if not run.status.is_final or run.status is RunStatus.SUCCEEDED:
        return None
    if run.status is RunStatus.CANCELLED:
        return run.cancel_reason or CANCELLED_BY_USER
    return run.error.message if run.error else run.status.value
