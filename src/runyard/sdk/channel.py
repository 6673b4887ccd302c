"""The way from a run process to Runyard: JSON lines written to `$RUNYARD_EVENTS`.

`send` never raises because of the channel: where none is, or where it broke, it answers False.
It may be called from any thread, from a signal handler and from forked children. Lines of several
threads and processes are never mixed: up to 4 KiB a pipe keeps them whole by itself, for longer
ones the processes take turns by a lock on the pipe.

Runs inside user scripts: standard library only, syntax of Python 3.8.
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
import threading
from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_LINE_BYTES = 1 << 20
"""Longest line that Runyard accepts, line feed included."""

_ATOMIC_BYTES = 4096  # PIPE_BUF on Linux
_DESCRIPTOR_FOLDERS = ("/dev/fd/", "/proc/self/fd/")


class Channel:
    """One process's own opening of the event pipe, opened again after a fork or for the next run.

    Its own opening (not the inherited descriptor) lets the lock on the pipe tell processes apart.
    A descriptor that no longer is the pipe that was opened (a script may close every descriptor
    and open files of its own) is never written to.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a signal handler may come in while this thread writes
        self._pending: deque[bytes] = deque()
        self._writing = False
        self._fd = -1
        self._identity = (0, 0)
        self._opened_for: tuple[int, str, str] | None = None

    def is_open(self) -> bool:
        """Is there a Runyard that listens?"""
        with self._lock:
            return self._ensure_open()

    def send(self, line: bytes) -> bool:
        """Write one line (without its line feed). False: nobody listens."""
        with self._lock:
            if not self._ensure_open():
                return False
            self._pending.append(line + b"\n")
            # A signal handler that sends while a line is being written only leaves its line in
            # the queue: the interrupted call below writes it when its own line is whole.
            while self._pending and not self._writing:
                self._writing = True
                try:
                    self._drain()
                finally:
                    self._writing = False
            return self._fd >= 0

    def _drain(self) -> None:
        while self._pending:
            line = self._pending.popleft()
            try:
                self._write_whole(line)
            except OSError:
                self._forget()

    def _write_whole(self, line: bytes) -> None:
        if len(line) <= _ATOMIC_BYTES:
            os.write(self._fd, line)
            return
        fcntl.flock(self._fd, fcntl.LOCK_EX)
        try:
            rest = memoryview(line)
            while rest:
                rest = rest[os.write(self._fd, rest) :]
        finally:
            fcntl.flock(self._fd, fcntl.LOCK_UN)

    def _ensure_open(self) -> bool:
        path = os.environ.get("RUNYARD_EVENTS", "")
        wanted = (os.getpid(), path, os.environ.get("RUNYARD_RUN", ""))
        if wanted != self._opened_for:
            self._open(path, wanted)
        elif self._fd >= 0 and _identity(self._fd) != self._identity:
            self._fd = -1  # somebody else's file by now; not ours to close
        return self._fd >= 0

    def _open(self, path: str, wanted: tuple[int, str, str]) -> None:
        before, inherited = self._opened_for, self._fd
        self._opened_for = wanted
        forked = before is not None and before[1:] == wanted[1:]
        fresh = _open_writable(path) if path else -1
        if forked and inherited >= 0 and _identity(inherited) == self._identity:
            if fresh < 0 or _identity(fresh) != self._identity:
                return  # the path leads elsewhere by now; what the parent opened is still right
            os.close(inherited)
        elif inherited >= 0 and _identity(inherited) == self._identity:
            os.close(inherited)
        self._fd = fresh
        self._identity = _identity(fresh)

    def _forget(self) -> None:
        if self._fd >= 0 and _identity(self._fd) == self._identity:
            os.close(self._fd)
        self._fd = -1

    def _after_fork(self) -> None:
        self._lock = threading.RLock()  # another thread of the parent may have held it
        self._pending.clear()  # the parent's lines are the parent's to write
        self._writing = False


def encode(event: dict[str, Any]) -> bytes:
    """One event as a JSON line without line feed; raises TypeError or ValueError as json does."""
    text = json.dumps(event, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")  # a lone surrogate is not text


def _open_writable(path: str) -> int:
    """-1 where it can't be opened, or where a descriptor's number belongs to another file now."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_APPEND)
    except OSError:
        return -1
    if path.startswith(_DESCRIPTOR_FOLDERS) and not stat.S_ISFIFO(os.fstat(fd).st_mode):
        os.close(fd)
        return -1
    return fd


def _identity(fd: int) -> tuple[int, int]:
    try:
        status = os.fstat(fd)
    except OSError:
        return (-1, -1)
    return (status.st_dev, status.st_ino)


CHANNEL = Channel()
os.register_at_fork(after_in_child=CHANNEL._after_fork)  # noqa: SLF001
