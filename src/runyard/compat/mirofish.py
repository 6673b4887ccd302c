"""MiroFish's Python API: the process-wide `TaskManager`, its tasks, and retries with backoff.

```python
from runyard.compat.mirofish import TaskManager, TaskStatus

manager = TaskManager()
task_id = manager.create_task("graph_build", {"graph_name": "demo"})
manager.update_task(task_id, status=TaskStatus.PROCESSING, progress=10, message="reading")
manager.complete_task(task_id, {"nodes": 12})
```

The tasks live in a Runyard server, so every client of it sees them, and they outlive this process.
The work is done here: a task whose process is gone without a word becomes `failed`.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import quote

from runyard.compat.reporting import Reporter, TaskUpdate
from runyard.compat.retrying import (
    RetryableAPIClient,
    retry_with_backoff,
    retry_with_backoff_async,
)
from runyard.compat.server import Wire, stop_own_servers
from runyard.sdk.errors import ClientError

__all__ = [
    "RetryableAPIClient",
    "Task",
    "TaskManager",
    "TaskStatus",
    "retry_with_backoff",
    "retry_with_backoff_async",
]

_DIALECT = "mirofish"
_DONE = "任务完成"


class TaskStatus(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(slots=True, kw_only=True)
class Task:
    """A task as it was when it was asked for. Times are local, without a zone."""

    task_id: str
    task_type: str
    status: TaskStatus
    created_at: datetime
    updated_at: datetime
    progress: int = 0
    message: str = ""
    result: dict[str, Any] | None = None
    error: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    progress_detail: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The wire form: all eleven keys."""
        return {
            "task_id": self.task_id,
            "task_type": self.task_type,
            "status": self.status.value,
            "created_at": self.created_at.isoformat(),
            "updated_at": self.updated_at.isoformat(),
            "progress": self.progress,
            "message": self.message,
            "progress_detail": self.progress_detail,
            "result": self.result,
            "error": self.error,
            "metadata": self.metadata,
        }


class TaskManager:
    """One object a process, however often it is constructed; may be used by several threads.

    It uses the server at `RUNYARD_URL`, or an own one on the data folder, unless `connect` names
    another. Wrong arguments raise `ValueError`; a server that does not answer,
    `runyard.ClientError`.
    """

    _only: ClassVar[TaskManager | None] = None
    _making: ClassVar[threading.Lock] = threading.Lock()

    def __new__(cls) -> Self:
        with cls._making:
            if cls._only is None:
                cls._only = super().__new__(cls)
            return cls._only  # type: ignore[return-value]

    def __init__(self) -> None:
        with self._making:
            if not hasattr(self, "_wire"):
                self._use(Wire(_DIALECT))

    def _use(self, wire: Wire) -> None:
        self._wire = wire
        self._reporter = Reporter(wire)

    def connect(self, url: str | None = None, *, data: str | Path | None = None) -> None:
        """Use this server from now on."""
        self._reporter.stop()
        self._wire.close()
        self._use(Wire(_DIALECT, url=url, data=data))

    def shutdown(self) -> None:
        """Let go of the server; one that was started here is stopped. Tasks under way are left."""
        self._reporter.stop()
        self._wire.close()
        stop_own_servers()
        self._use(Wire(_DIALECT))

    def create_task(self, task_type: str, metadata: dict[str, Any] | None = None) -> str:
        """A task that is pending, with progress 0; answers its id."""
        body = {"task_type": task_type, "metadata": metadata or {}}
        created = self._done("POST", "/api/graph/task", body)
        task_id = str(created["task_id"])
        self._reporter.adopt(task_id)
        return task_id

    def get_task(self, task_id: str) -> Task | None:
        """None: there is no such task (any more)."""
        status, answer = self._wire.ask("GET", f"/api/graph/task/{quote(task_id, safe='')}")
        if status == 404:
            return None
        return _task(self._seen(_data(status, answer)))

    def update_task(
        self,
        task_id: str,
        status: TaskStatus | str | None = None,
        progress: int | None = None,
        message: str | None = None,
        result: dict[str, Any] | None = None,
        error: str | None = None,
        progress_detail: dict[str, Any] | None = None,
    ) -> None:
        """Change what is given. An unknown task, and one that is over, stay as they are."""
        self._reporter.report(
            task_id,
            TaskUpdate(
                status=None if status is None else TaskStatus(status).value,
                progress=progress,
                message=message,
                result=result,
                error=error,
                progress_detail=progress_detail,
            ),
        )

    def complete_task(self, task_id: str, result: dict[str, Any]) -> None:
        """Completed: progress 100, message `任务完成`."""
        self.update_task(task_id, status=TaskStatus.COMPLETED, result=result)

    def fail_task(self, task_id: str, error: str) -> None:
        """Failed, with this error; the progress stays as it was."""
        self.update_task(task_id, status=TaskStatus.FAILED, error=error)

    def list_tasks(self, task_type: str | None = None) -> list[dict[str, Any]]:
        """Newest first; all, or those of exactly this type."""
        wanted = "" if task_type is None else f"?task_type={quote(task_type, safe='')}"
        found = self._done("GET", f"/api/graph/tasks{wanted}")
        return [self._seen(one) for one in found]

    def cleanup_old_tasks(self, max_age_hours: float = 24) -> None:
        """Remove what is completed or failed and was created longer ago than that."""
        self._done("POST", "/api/graph/tasks/cleanup", {"max_age_hours": max_age_hours})

    def _seen(self, fields: dict[str, Any]) -> dict[str, Any]:
        """With what was reported here and is still on its way."""
        held = self._reporter.held(fields["task_id"])
        if held is None:
            return fields
        news = {name: value for name, value in held.fields().items() if value is not None}
        if held.status == TaskStatus.COMPLETED:
            news |= {"progress": 100, "message": _DONE}
        elif held.status == TaskStatus.FAILED:
            news.setdefault("message", held.error)
        return {**fields, **news}

    def _done(self, method: str, path: str, body: Any = None) -> Any:
        return _data(*self._wire.ask(method, path, body))


def _data(status: int, answer: Any) -> Any:
    if status < 400:
        return answer["data"]
    if status < 500:
        raise ValueError(answer["error"])
    raise ClientError(str(answer["error"]), code="server_error", status=status)


def _task(fields: dict[str, Any]) -> Task:
    return Task(
        task_id=fields["task_id"],
        task_type=fields["task_type"],
        status=TaskStatus(fields["status"]),
        created_at=datetime.fromisoformat(fields["created_at"]),
        updated_at=datetime.fromisoformat(fields["updated_at"]),
        progress=fields["progress"],
        message=fields["message"],
        result=fields["result"],
        error=fields["error"],
        metadata=fields["metadata"],
        progress_detail=fields["progress_detail"],
    )
