"""`ProcessLock`: one holder of a name at a time, also among different processes."""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
import time
from pathlib import Path
from urllib.parse import quote

from runyard.compat.server import data_folder

_POLL_S = 0.1
_LONGEST_NAME = 200


class ProcessLock:
    """Locks by name, as files of a folder (`locks` in the data folder).

    A lock belongs to the process that took it and is free when that process is gone, however it
    ended. Not re-entrant; anyone may release it, also another process.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self._folder = Path(folder) if folder is not None else data_folder() / "locks"
        self._held: dict[str, int] = {}  # descriptors
        self._guard = threading.Lock()

    def acquire_lock(self, task_id: str, timeout: float = 5) -> bool:
        """True once the lock is ours, False after trying for `timeout` seconds."""
        self._folder.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + timeout
        while True:
            descriptor = _try(self._path(task_id))
            if descriptor is not None:
                with self._guard:
                    stale = self._held.pop(task_id, None)  # released by someone else meanwhile
                    self._held[task_id] = descriptor
                if stale is not None:
                    os.close(stale)
                return True
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return False
            time.sleep(min(_POLL_S, remaining))

    def release_lock(self, task_id: str) -> None:
        """Free it, whoever holds it; harmless when nobody does."""
        self._path(task_id).unlink(missing_ok=True)
        with self._guard:
            descriptor = self._held.pop(task_id, None)
        if descriptor is not None:
            os.close(descriptor)

    def is_task_running(self, task_id: str) -> bool:
        """Whether a living process holds the lock."""
        path = self._path(task_id)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return _is_still(path, descriptor)
        else:
            return False
        finally:
            os.close(descriptor)

    def _path(self, task_id: str) -> Path:
        name = quote(task_id, safe="")
        if len(name) > _LONGEST_NAME or name.startswith("."):
            name = hashlib.sha256(task_id.encode()).hexdigest()
        return self._folder / f"{name}.lock"


def _try(path: Path) -> int | None:
    """The descriptor of the locked file; None while someone else has it."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        if _is_still(path, descriptor):
            return descriptor
        os.close(descriptor)  # released, and so removed, between the two calls


def _is_still(path: Path, descriptor: int) -> bool:
    """Whether the file that was opened is the one that has the name now."""
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False
