"""Reports the progress of work that is done in this process, and that it is alive, in order.

A task may have to wait for a place on the server. What is said of it meanwhile is held, merged,
and sent as soon as it has begun.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import quote

from runyard.compat.server import Wire
from runyard.sdk.errors import ClientError

log = logging.getLogger("runyard.reporting")

_ALIVE_EVERY_S = 60.0  # the server waits 5 minutes for a sign of life
_AGAIN_AFTER_S = 0.5
_FINAL = frozenset({"completed", "failed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskUpdate:
    """None: as it was."""

    status: str | None = None
    progress: int | None = None
    message: str | None = None
    result: dict[str, Any] | None = None
    error: str | None = None
    progress_detail: dict[str, Any] | None = None

    def fields(self) -> dict[str, Any]:
        return asdict(self)

    def then(self, later: TaskUpdate) -> TaskUpdate:
        """Both as one; nothing comes after an end."""
        if self.status in _FINAL:
            return self
        news = {name: value for name, value in later.fields().items() if value is not None}
        return replace(self, **news)


class Reporter:
    """Keeps the order of what is said of one task, whichever threads say it."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._lock = threading.RLock()
        self._held: dict[str, TaskUpdate] = {}
        self._alive: dict[str, float] = {}  # our tasks, and when the server last heard of them
        self._stopped = threading.Event()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def adopt(self, task_id: str) -> None:
        """The work of this task is done here from now on, until it is over."""
        with self._lock:
            self._alive[task_id] = time.monotonic()
        self._ensure_thread()

    def held(self, task_id: str) -> TaskUpdate | None:
        with self._lock:
            return self._held.get(task_id)

    def report(self, task_id: str, update: TaskUpdate) -> None:
        """Raises `ValueError` for what the server refuses, `ClientError` when there is none."""
        with self._lock:
            before = self._held.get(task_id)
            if before is not None:
                self._held[task_id] = before.then(update)
            elif not self._send(task_id, update):
                self._held[task_id] = update
            else:
                return
        self._ensure_thread()
        self._wake.set()

    def stop(self) -> None:
        """Send nothing more."""
        self._stopped.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def _send(self, task_id: str, update: TaskUpdate) -> bool:
        """False: it has to wait, because the task does."""
        path = f"/api/graph/task/{quote(task_id, safe='')}/update"
        body = {name: value for name, value in update.fields().items() if value is not None}
        status, answer = self._wire.ask("POST", path, body)
        if status == 409 and answer.get("state") == "waiting":
            return False
        if status in {404, 409} or update.status in _FINAL:
            self._alive.pop(task_id, None)
        elif task_id in self._alive:
            self._alive[task_id] = time.monotonic()
        if status in {404, 409} or status < 400:
            return True
        if status < 500:
            raise ValueError(answer["error"])
        raise ClientError(str(answer["error"]), code="server_error", status=status)

    # The thread

    def _ensure_thread(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="runyard-reporting", daemon=True
                )
                self._thread.start()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wake.wait(_AGAIN_AFTER_S if self._held else _ALIVE_EVERY_S / 4)
            self._wake.clear()
            if self._held:
                self._stopped.wait(_AGAIN_AFTER_S)
            for task_id in list(self._held):
                self._try(task_id)
            due = time.monotonic() - _ALIVE_EVERY_S
            for task_id in [one for one, at in list(self._alive.items()) if at < due]:
                self._try(task_id)

    def _try(self, task_id: str) -> None:
        with self._lock:
            update = self._held.pop(task_id, None)
            try:
                sent = self._send(task_id, update or TaskUpdate())
            except ClientError as error:  # the server is away; it is told when it is back
                log.warning("task %s can't be reported now: %s", task_id, error)
                sent = update is None
            except ValueError as error:
                log.warning("what was said of task %s is refused: %s", task_id, error)
                sent = True
            if not sent and update is not None:
                self._held[task_id] = update
