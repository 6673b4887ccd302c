"""Task Control's Python API: the service object, trigger types, definitions and instances.

```python
from runyard.compat.taskcontrol import TaskTriggerType, task_control_service

task_def_id = task_control_service.create_task(
    user_id="user1",
    content="echo every half minute",
    trigger_type=TaskTriggerType.LOOP,
    trigger_args={"interval": 30},
)
```
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import quote

from runyard.compat.server import Wire, stop_own_servers
from runyard.sdk.errors import ClientError

__all__ = [
    "TaskControlService",
    "TaskDefinition",
    "TaskInstance",
    "TaskStatus",
    "TaskTriggerType",
    "task_control_service",
]

_DIALECT = "taskcontrol"


class TaskTriggerType(StrEnum):
    IMMEDIATE = "IMMEDIATE"
    SCHEDULED = "SCHEDULED"
    LOOP = "LOOP"


class TaskStatus(StrEnum):
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDefinition:
    """Times are local, without a zone."""

    task_def_id: str
    user_id: str
    content: str
    trigger_type: TaskTriggerType
    trigger_args: dict[str, Any] | None
    status: TaskStatus
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskInstance:
    instance_id: str
    task_def_id: str
    content: str
    status: TaskStatus
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    result: dict[str, Any] | None
    error: str | None


class TaskControlService:
    """One object a process, however often it is constructed; may be used by several threads.

    It uses the server at `RUNYARD_URL`, or an own one on the data folder, unless `connect` names
    another. Wrong arguments raise `ValueError`, an unknown id in an action `KeyError`, and a
    server that does not answer `runyard.ClientError`.
    """

    _only: ClassVar[TaskControlService | None] = None
    _making: ClassVar[threading.Lock] = threading.Lock()

    def __new__(cls) -> Self:
        with cls._making:
            if cls._only is None:
                cls._only = super().__new__(cls)
            return cls._only  # type: ignore[return-value]

    def __init__(self) -> None:
        if not hasattr(self, "_wire"):
            self._wire = Wire(_DIALECT)

    def connect(
        self,
        url: str | None = None,
        *,
        data: str | Path | None = None,
        tasks_dir: str | Path | None = None,
    ) -> None:
        """Use this server from now on."""
        self._wire.close()
        self._wire = Wire(_DIALECT, url=url, data=data, tasks=tasks_dir)

    def create_task(
        self,
        user_id: str,
        content: str,
        trigger_type: TaskTriggerType | str = TaskTriggerType.IMMEDIATE,
        trigger_args: Mapping[str, Any] | None = None,
    ) -> str:
        """The definition's id. `run_date` may be a `datetime`."""
        body = {
            "user_id": user_id,
            "content": content,
            "trigger_type": str(trigger_type),
            "trigger_args": None if trigger_args is None else _plain(trigger_args),
        }
        created: str = self._done("POST", "/tasks", body)
        return created

    def pause_schedule(self, task_def_id: str) -> None:
        """No new instances; those that run go on."""
        self._act(task_def_id, "pause")

    def resume_schedule(self, task_def_id: str) -> None:
        self._act(task_def_id, "resume")

    def trigger_immediately(self, task_def_id: str) -> None:
        """One more instance now, also while it is paused."""
        self._act(task_def_id, "trigger")

    def cancel_task(self, task_def_id: str) -> None:
        """For good, with the instances that run."""
        self._act(task_def_id, "cancel")

    def get_task_definition(self, task_def_id: str) -> TaskDefinition | None:
        status, answer = self._wire.ask("GET", f"/tasks/{_part(task_def_id)}")
        return _definition(answer) if status == 200 else None

    def get_task_instances(self, task_def_id: str) -> list[TaskInstance]:
        """Newest first."""
        found = self._done("GET", f"/tasks/{_part(task_def_id)}/instances")
        return [_instance(one) for one in found]

    def get_user_tasks(self, user_id: str) -> list[TaskDefinition]:
        return [_definition(one) for one in self._done("GET", f"/users/{_part(user_id)}/tasks")]

    def shutdown(self) -> None:
        """Let go of the server; one that was started here is stopped, its schedules are kept."""
        self._wire.close()
        stop_own_servers()

    def _act(self, task_def_id: str, verb: str) -> None:
        self._done("POST", f"/tasks/{_part(task_def_id)}/{verb}")

    def _done(self, method: str, path: str, body: Any = None) -> Any:
        status, answer = self._wire.ask(method, path, body)
        if status < 400:
            return answer
        detail = answer["detail"] if isinstance(answer, dict) else answer
        if status == 404:
            raise KeyError(detail)
        if status < 500:
            raise ValueError(detail if isinstance(detail, str) else _words(detail))
        raise ClientError(str(detail), code="server_error", status=status)


task_control_service = TaskControlService()


def _plain(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON: instants in ISO 8601."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in arguments.items()
    }


def _definition(answer: dict[str, Any]) -> TaskDefinition:
    return TaskDefinition(
        task_def_id=answer["task_def_id"],
        user_id=answer["user_id"],
        content=answer["content"],
        trigger_type=TaskTriggerType(answer["trigger_type"]),
        trigger_args=answer["trigger_args"],
        status=TaskStatus(answer["status"]),
        created_at=datetime.fromisoformat(answer["created_at"]),
        updated_at=datetime.fromisoformat(answer["updated_at"]),
    )


def _instance(answer: dict[str, Any]) -> TaskInstance:
    started, completed = answer["started_at"], answer["completed_at"]
    return TaskInstance(
        instance_id=answer["instance_id"],
        task_def_id=answer["task_def_id"],
        content=answer["content"],
        status=TaskStatus(answer["status"]),
        created_at=datetime.fromisoformat(answer["created_at"]),
        started_at=datetime.fromisoformat(started) if started else None,
        completed_at=datetime.fromisoformat(completed) if completed else None,
        result=answer["result"],
        error=answer["error"],
    )


def _words(findings: list[dict[str, Any]]) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in findings
    )


def _part(text: str) -> str:
    return quote(text, safe="")
