"""How MiroFish's clients see a task: its four states, its eleven keys, local times."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, assert_never

from runyard.dialects.answers import local_text
from runyard.domain.runs import Run
from runyard.domain.states import RunStatus

NAME = "mirofish"
DONE = "任务完成"
KEPT = timedelta(hours=24)
EXTERNAL = "external"
_LABEL = f"{NAME}:"
_UNSAID = "任务失败"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord:
    """What is kept of a task beside its run. `prefix` goes before the reason of a failure."""

    id: str
    type: str
    metadata: dict[str, Any] = field(default_factory=dict)
    created_at: datetime
    prefix: str = ""


def label_of(task_id: str) -> str:
    return f"{_LABEL}{task_id}"


def status_word(run: Run) -> str:
    """A task that is done elsewhere is pending until whoever does it has said something."""
    match run.status:
        case RunStatus.SCHEDULED | RunStatus.QUEUED:
            return "pending"
        case RunStatus.RUNNING:
            return "pending" if run.executor == EXTERNAL and _is_silent(run) else "processing"
        case RunStatus.RETRYING:
            return "processing"
        case RunStatus.SUCCEEDED:
            return "completed"
        case RunStatus.FAILED | RunStatus.TIMED_OUT | RunStatus.CRASHED | RunStatus.CANCELLED:
            return "failed"
        case _:
            assert_never(run.status)


def _is_silent(run: Run) -> bool:
    return run.progress is None and run.message is None and run.detail is None


def task_fields(record: TaskRecord, run: Run, *, updated_at: datetime) -> dict[str, Any]:
    """The wire form; all eleven keys are always there."""
    status = status_word(run)
    progress = 0 if run.progress is None else int(run.progress)
    error = error_text(run) if status == "failed" else None
    return {
        "task_id": record.id,
        "task_type": record.type,
        "status": status,
        "created_at": local_text(record.created_at),
        "updated_at": local_text(updated_at),
        "progress": 100 if status == "completed" else progress,
        "message": _message(record, run, error),
        "progress_detail": run.detail or {},
        "result": _result(run) if status == "completed" else None,
        "error": error,
        "metadata": record.metadata,
    }


def error_text(run: Run) -> str:
    if run.error is None:
        return run.cancel_reason or _UNSAID
    return run.error.message or run.error.type


def _message(record: TaskRecord, run: Run, error: str | None) -> str:
    if error is not None:
        return f"{record.prefix}{error}"
    return DONE if run.status is RunStatus.SUCCEEDED else run.message or ""


def _result(run: Run) -> dict[str, Any] | None:
    if run.result is None or isinstance(run.result, dict):
        return run.result
    return {"value": run.result}
