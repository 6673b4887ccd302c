"""How PixivTailor's clients see a task: its status words, times and the fields of its record."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, assert_never

from runyard.domain.runs import Run
from runyard.domain.states import RunStatus

NAME = "pixivtailor"
WELCOME = "Connected to PixivTailor WebSocket server"
INCONSISTENT = "任务状态不一致，已自动清理"
NOT_YET = frozenset({"train", "classify"})
_SHOWN = {
    "pending": "等待中",
    "running": "运行中",
    "completed": "已完成",
    "failed": "失败",
    "cancelled": "已取消",
}
_OVER = frozenset({"completed", "failed", "cancelled"})
_LABEL = f"{NAME}:"
_TASK_ID = re.compile(r"[0-9a-f]{8}")
_LOST = frozenset({"supervisor_lost", "zygote_lost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord:
    """What is kept of a task beside its newest run. `error`: why there is no run at all."""

    id: str
    type: str
    config: dict[str, Any]
    created_at: datetime
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """A task with its newest run, as one moment had them."""

    record: TaskRecord
    run: Run | None
    updated_at: datetime

    @property
    def status(self) -> str:
        return "failed" if self.run is None else status_word(self.run.status)


def status_word(status: RunStatus) -> str:
    match status:
        case RunStatus.SCHEDULED | RunStatus.QUEUED | RunStatus.RETRYING:
            return "pending"
        case RunStatus.RUNNING:
            return "running"
        case RunStatus.SUCCEEDED:
            return "completed"
        case RunStatus.FAILED | RunStatus.TIMED_OUT | RunStatus.CRASHED:
            return "failed"
        case RunStatus.CANCELLED:
            return "cancelled"
        case _:
            assert_never(status)


def statuses_of(word: str) -> tuple[RunStatus, ...]:
    """The states that a status word stands for; none for a word that is unknown."""
    return tuple(status for status in RunStatus if status_word(status) == word)


def label_of(task_id: str) -> str:
    """The label by which a run says whose run it is."""
    return f"{_LABEL}{task_id}"


def task_id_of(run: Run) -> str | None:
    """The task that a run belongs to; None: it is no run of ours."""
    for label in run.labels:
        if label.startswith(_LABEL):
            return label[len(_LABEL) :]
    return None


def is_task_id(text: str) -> bool:
    return _TASK_ID.fullmatch(text) is not None


def folder_name(record: TaskRecord) -> str:
    """`<YYYY-MM-DD_HH-MM>_<type>_<id>`, the local time of creation."""
    safe = re.sub(r"[^\w-]", "_", record.type)
    return f"{record.created_at.astimezone():%Y-%m-%d_%H-%M}_{safe}_{record.id}"


def progress_of(run: Run | None) -> int:
    return 0 if run is None or run.progress is None else int(run.progress)


def counters_of(run: Run | None) -> tuple[int, int]:
    """Images found and downloaded, as the executor reported them: in its result or on the way."""
    if run is None:
        return 0, 0
    result = run.result if isinstance(run.result, dict) else {}
    told = {**(run.detail or {}), **result}
    return _count(told.get("images_found")), _count(told.get("images_downloaded"))


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def error_text(run: Run) -> str:
    if status_word(run.status) != "failed":
        return ""
    if run.error is None:
        return "任务失败"
    return INCONSISTENT if run.error.type in _LOST else run.error.message or run.error.type


def record_fields(view: TaskView) -> dict[str, Any]:
    """The task record of lists and creations."""
    run, record = view.run, view.record
    found, downloaded = counters_of(run)
    has_result = run is not None and run.result is not None
    return {
        "id": record.id,
        "type": record.type,
        "status": view.status,
        "config": json_text(record.config),
        "progress": progress_of(run),
        "error_message": (record.error or INCONSISTENT) if run is None else error_text(run),
        "result": json_text(run.result) if run is not None and has_result else "",
        "images_found": found,
        "images_downloaded": downloaded,
        "created_at": rfc3339(record.created_at),
        "updated_at": rfc3339(view.updated_at),
    }


def status_fields(view: TaskView) -> dict[str, Any]:
    """The body of one task's status: the record, what it says, and null for what is not there.

    `result` is a list here (of images), and only there when there is one.
    """
    fields = record_fields(view)
    del fields["result"]
    over = view.status in _OVER
    listed = _result_list(view.run)
    return {
        "task_id": view.record.id,
        **fields,
        "message": (view.run and view.run.message) or _SHOWN[view.status],
        "error_message": fields["error_message"] or None,
        "completed_at": fields["updated_at"] if over else None,
        **({} if listed is None else {"result": listed}),
    }


def _result_list(run: Run | None) -> list[Any] | None:
    result = None if run is None else run.result
    if isinstance(result, dict):
        result = result.get("images")
    return result if isinstance(result, list) else None


def result_object(run: Run) -> dict[str, Any]:
    """The result as live updates carry it: always an object."""
    if run.result is None:
        return {}
    return run.result if isinstance(run.result, dict) else {"value": run.result}


def json_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def rfc3339(moment: datetime) -> str:
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def clock_text(moment: datetime) -> str:
    """The time of a live message: local, to the second."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")
