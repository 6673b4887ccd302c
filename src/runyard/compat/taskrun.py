"""TaskRunService's Python API: `TaskManager`, `ProcessLock`, `ProcessManager`, `setup_logger`.

```python
from runyard.compat.taskrun import TaskManager

manager = TaskManager()
manager.create_task("hello", 'print("hello")')
run_id, message = manager.execute_task("hello")
```
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from runyard.compat.locks import ProcessLock
from runyard.compat.server import Wire

__all__ = ["ProcessLock", "ProcessManager", "TaskManager", "setup_logger"]

_DIALECT = "taskrun"
_FORMAT = "%(asctime)s - %(name)s - %(levelname)s - %(message)s"


class TaskManager:
    """The tasks of a server: that at `url`, else `RUNYARD_URL`, else an own one on `data`.

    Raises `runyard.ClientError` when no server answers.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        tasks_dir: str | Path | None = None,
        data: str | Path | None = None,
    ) -> None:
        self._wire = Wire(_DIALECT, url=url, data=data, tasks=tasks_dir)

    def list_tasks(self) -> list[dict[str, Any]]:
        tasks: list[dict[str, Any]] = self._read("/api/tasks") or []
        return tasks

    def get_task_info(self, task_id: str) -> dict[str, Any] | None:
        """With its content; None when there is no such task."""
        found: dict[str, Any] | None = self._read(f"/api/tasks/{_part(task_id)}")
        return found

    def create_task(self, task_id: str, content: str) -> tuple[bool, str]:
        return self._act("POST", "/api/tasks", {"task_id": task_id, "content": content})

    def update_task(self, task_id: str, content: str) -> tuple[bool, str]:
        return self._act("PUT", f"/api/tasks/{_part(task_id)}", {"content": content})

    def delete_task(self, task_id: str) -> tuple[bool, str]:
        return self._act("DELETE", f"/api/tasks/{_part(task_id)}", None)

    def execute_task(
        self, task_id: str, params: Sequence[Any] | None = None
    ) -> tuple[str | None, str]:
        """The run's id, or None and the reason why it is refused; never waits for the script."""
        body = {} if params is None else {"params": list(params)}
        _, answer = self._wire.ask("POST", f"/api/tasks/{_part(task_id)}/execute", body)
        return answer.get("run_id"), answer["message"]

    def get_task_status(self, run_id: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self._read(f"/api/tasks/runs/{_part(run_id)}")
        return found

    def get_active_tasks(self) -> list[dict[str, Any]]:
        runs: list[dict[str, Any]] = self._read("/api/tasks/runs") or []
        return runs

    def cleanup_finished_tasks(self) -> None:
        """There is nothing to do: finished runs are kept in the store, not in memory."""

    def _read(self, path: str) -> Any:
        status, answer = self._wire.ask("GET", path)
        return answer["data"] if status == 200 else None

    def _act(self, method: str, path: str, body: Any) -> tuple[bool, str]:
        _, answer = self._wire.ask(method, path, body)
        return bool(answer["success"]), answer["message"]


class ProcessManager:
    """The figures of the server's machine."""

    def __init__(self, url: str | None = None, *, data: str | Path | None = None) -> None:
        self._wire = Wire(_DIALECT, url=url, data=data)

    def get_system_info(self) -> dict[str, Any]:
        return dict(self._data("/api/system/info"))

    def get_process_info(self) -> dict[str, Any]:
        return dict(self._data("/api/system/process"))

    def get_all_processes(self) -> list[dict[str, Any]]:
        return list(self._data("/api/system/processes"))

    def _data(self, path: str) -> Any:
        _, answer = self._wire.ask("GET", path)
        return answer.get("data") or {}


def setup_logger(name: str) -> logging.Logger:
    """A logger that writes to the console and to `app.log`; calling it again adds nothing.

    `LOGS_DIR` (`./logs`) is the folder, `LOG_LEVEL` (`INFO`) the level.
    """
    logger = logging.getLogger(name)
    if logger.handlers:
        return logger
    folder = Path(os.environ.get("LOGS_DIR") or "logs")
    folder.mkdir(parents=True, exist_ok=True)
    logger.setLevel(os.environ.get("LOG_LEVEL", "INFO").upper())
    formatter = logging.Formatter(_FORMAT)
    file = logging.FileHandler(folder / "app.log", encoding="utf-8")
    for handler in (logging.StreamHandler(), file):
        handler.setFormatter(formatter)
        logger.addHandler(handler)
    return logger


def _part(text: str) -> str:
    return quote(text, safe="")
