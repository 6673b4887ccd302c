"""PixivTailor's Python API: executors for any type of task, and its task service.

In the module that the server is started with (`--app`):

```python
from runyard.compat.pixivtailor import register_executor

def my_handler(ctx, task_id, config):
    ctx.update_progress(50, "half")
    return {"count": 1}

register_executor("my_new_type", my_handler)
```

Anywhere:

```python
from runyard.compat.pixivtailor import TaskService

service = TaskService()
task = service.create_task("my_new_type", {"any": "config"})
```
"""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, overload

import runyard
from runyard.compat.server import Wire
from runyard.sdk.context import Context
from runyard.sdk.errors import ClientError

__all__ = ["TaskContext", "TaskService", "register_executor"]

_DIALECT = "pixivtailor"
_LABEL = f"{_DIALECT}:"

Handler = Callable[["TaskContext", str, dict[str, Any]], Any]
H = TypeVar("H", bound=Handler)


class TaskContext:
    """What a handler may say and ask while it works."""

    def __init__(self, context: Context) -> None:
        self._found = 0
        self._downloaded = 0
        self._progress: float | None = None
        named = (label[len(_LABEL) :] for label in context.labels if label.startswith(_LABEL))
        self.task_id = next(named, context.run_id or "")
        folder = context.params.get("output_dir")
        self.output_dir = None if folder is None else Path(folder)

    def cancelled(self) -> bool:
        """Whether the task shall end; soon after that its process is ended."""
        return runyard.cancelled()

    def update_progress(self, progress: float, message: str | None = None) -> None:
        """From 0 to 100; raises `ValueError` for anything else."""
        if not 0 <= progress <= 100:
            raise ValueError(f"progress is from 0 to 100, not {progress}")
        self._progress = progress
        self._report(message)

    def update_images_found(self, count: int) -> None:
        self._found = count
        self._report()

    def update_images_downloaded(self, count: int) -> None:
        self._downloaded = count
        self._report()

    def log(self, level: str, message: str) -> None:
        """`info`, `warning` or `error`: a line of the task's log, also on the WebSocket."""
        {"warning": runyard.log.warning, "error": runyard.log.error}.get(level, runyard.log.info)(
            message
        )

    def _report(self, message: str | None = None) -> None:
        runyard.progress(
            self._progress,
            message,
            images_found=self._found,
            images_downloaded=self._downloaded,
        )


@overload
def register_executor(type_: str, handler: H) -> H: ...


@overload
def register_executor(type_: str) -> Callable[[H], H]: ...


def register_executor(type_: str, handler: H | None = None) -> H | Callable[[H], H]:
    """Let `handler(ctx, task_id, config)` carry out the tasks of a type; also a decorator.

    What it answers is the task's result, what it raises its error. Call it while the module that
    the server is started with is imported.
    """
    if handler is None:
        return functools.partial(register_executor, type_)
    chosen = handler

    def execute(config: dict[str, Any], context: Context) -> Any:
        """Carry out one task."""
        task = TaskContext(context)
        return chosen(task, task.task_id, config)

    # A run process finds its function by name, and a handler may be a method or a lambda.
    home = sys.modules[getattr(chosen, "__module__", None) or __name__]
    name = f"_pixivtailor_{''.join(c if c.isalnum() else '_' for c in type_)}"
    execute.__module__, execute.__qualname__, execute.__name__ = home.__name__, name, name
    setattr(home, name, execute)
    described = (chosen.__doc__ or "").strip().partition("\n")[0]
    runyard.executor(type_, description=described or f"PixivTailor's {type_}")(execute)
    return chosen


class TaskService:
    """The tasks of a server: that at `url`, else `RUNYARD_URL`, else an own one on `data`.

    An unknown task raises `KeyError`, what does not fit `ValueError`, and a server that does not
    answer `runyard.ClientError`.
    """

    def __init__(self, url: str | None = None, *, data: str | Path | None = None) -> None:
        self._wire = Wire(_DIALECT, url=url, data=data)

    def close(self) -> None:
        """Let go of the connection; the next call opens another."""
        self._wire.close()

    def create_task(self, type_: str, config: Mapping[str, Any] | str) -> dict[str, Any]:
        """The record of a new task; `config` may be JSON text. It starts when its turn comes."""
        given = json.loads(config) if isinstance(config, str) else dict(config)
        return dict(self._done("task/create", {"type": type_, "config": given}))

    def get_task(self, task_id: str) -> dict[str, Any]:
        status, answer = self._wire.ask("POST", "/api/status", {"task_id": task_id})
        if status >= 400:
            raise _error(status, answer)
        return dict(answer["data"])

    def list_tasks(
        self, page: int = 1, page_size: int = 20, *, status: str = "", type_: str = ""
    ) -> tuple[list[dict[str, Any]], int]:
        """A page of tasks, newest first, and how many there are in all."""
        found = self._done(
            "tasks",
            {
                "pagination": {"page": page, "page_size": page_size},
                "status": status,
                "type": type_,
            },
        )
        return list(found["tasks"]), int(found["pagination"]["total"])

    def start_task(self, task_id: str) -> None:
        """Once more, in place."""
        self._done("task/start", {"task_id": task_id})

    def stop_task(self, task_id: str) -> None:
        self._done("task/stop", {"task_id": task_id})

    def cancel_task(self, task_id: str) -> None:
        self._done("cancel", {"task_id": task_id})

    def delete_task(self, task_id: str) -> None:
        self._done("delete", {"task_id": task_id})

    def cleanup_tasks(self, cleanup_type: str) -> int:
        """`completed`, `failed` or `all`; how many were removed."""
        return int(self._done("task/cleanup", {"cleanup_type": cleanup_type})["cleaned_count"])

    def _done(self, path: str, body: Any) -> Any:
        status, answer = self._wire.ask("POST", f"/api/{path}", body)
        if status >= 400:
            raise _error(status, answer)
        return answer["data"]


def _error(status: int, answer: Any) -> Exception:
    reason = str(answer.get("message", answer))
    if status == 404:
        return KeyError(reason)
    if status < 500:
        return ValueError(reason)
    return ClientError(reason, code="server_error", status=status)
