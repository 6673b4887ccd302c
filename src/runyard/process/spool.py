"""What must survive the death of the supervisor itself: unacknowledged events and live keys.

An append-only file of JSON lines, not synced: it outlives the process, not the machine (a machine
that went down has ended the runs as well, and their attempts are then simply unknown). Only a
supervisor that leaves in order syncs it, for then the next one can vouch for it: what neither of
them knows was never started.
"""

from __future__ import annotations

import os

from runyard.process.wire import decode_line, encode_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_REWRITE_BYTES = 4 << 20
_MOST_BEFORE = 100
_FINAL = frozenset({"exited", "refused"})


class Remains:
    """What a supervisor that is gone left behind."""

    def __init__(self) -> None:
        self.incarnation: str | None = None
        self.left = False  # in order: nothing of what was started under its name is missing here
        self.before: tuple[str, ...] = ()  # incarnations that left like that, one after the other
        self.acked = 0
        self.newest = 0
        self.live: dict[str, str] = {}  # key -> log path
        self.events: list[tuple[int, bytes]] = []

    def take(self, line: bytes) -> None:
        try:
            record = decode_line(line)
        except ValueError:
            return  # the line that was being written when it died
        if "seq" in record:
            self._take_event(record, line)
        elif "live" in record:
            self.live[record["live"]] = record["log_path"]
        elif "acked" in record:
            self.acked = record["acked"]
        elif "incarnation" in record:
            self.incarnation = record["incarnation"]
            self.left = bool(record.get("left"))
            self.before = tuple(record.get("before", ()))
            self.newest = max(self.newest, record["newest"])

    def _take_event(self, record: dict[str, Any], line: bytes) -> None:
        self.newest = max(self.newest, record["seq"])
        self.events.append((record["seq"], line + b"\n"))
        if record["event"] in _FINAL:
            self.live.pop(record["key"], None)

    def accounted_for(self) -> tuple[str, ...]:
        """The incarnations of which nothing can have been started that is not known here."""
        if not self.left or self.incarnation is None:
            return ()
        return (*self.before, self.incarnation)[-_MOST_BEFORE:]

    def finish(self) -> None:
        self.events = [event for event in self.events if event[0] > self.acked]


def read_remains(path: str) -> Remains:
    remains = Remains()
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib is slow to import
            for line in file:
                remains.take(line.rstrip(b"\n"))
    except FileNotFoundError:
        return remains
    remains.finish()
    return remains


class Spool:
    """The file of the living supervisor. Records gather and are written once per loop turn."""

    def __init__(self, path: str, *, incarnation: str, before: tuple[str, ...] = ()) -> None:
        self._path = path
        self._incarnation = incarnation
        self._before = before
        self._pending: list[bytes] = []
        self._size = 0
        self._fd = -1
        self.trouble: str | None = None

    def add(self, line: bytes) -> None:
        self._pending.append(line)

    def add_live(self, key: str, log_path: str) -> None:
        self._pending.append(_live_line(key, log_path))

    def add_acked(self, seq: int) -> None:
        self._pending.append(encode_line({"acked": seq}))

    def flush(self) -> None:
        if not self._pending:
            return
        data, self._pending = b"".join(self._pending), []
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(self._fd, view) :]
            self.trouble = None
        except OSError as error:
            # A full disk must not end runs. The events are still in memory and on their way.
            self.trouble = os.strerror(error.errno or 0)
        self._size += len(data)

    @property
    def wants_rewrite(self) -> bool:
        return self._size > _REWRITE_BYTES

    def rewrite(
        self,
        *,
        newest: int,
        live: Iterable[tuple[str, str]],
        events: Iterable[bytes],
        left: bool = False,
    ) -> None:
        """Replace the file by what still matters. On a full disk the old one stays in use.

        `left`: this is the last word of a supervisor that leaves in order.
        """
        self._pending = []
        head: dict[str, object] = {"incarnation": self._incarnation, "newest": newest}
        if self._before:
            head["before"] = self._before
        if left:
            head["left"] = True
        lines = [encode_line(head)]
        lines += [_live_line(key, log_path) for key, log_path in live]
        lines += events
        data = b"".join(lines)
        fresh = self._path + ".new"
        try:
            fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(fd, "wb", closefd=False) as file:
                file.write(data)
                if left:
                    file.flush()
                    os.fsync(fd)
            os.replace(fresh, self._path)  # noqa: PTH105
        except OSError as error:
            self.trouble = os.strerror(error.errno or 0)
            if self._fd < 0:
                raise
            self._pending = lines[1:]
            self._size = 0
            return
        if self._fd >= 0:
            os.close(self._fd)
        self._fd, self._size = fd, 0


def _live_line(key: str, log_path: str) -> bytes:
    return encode_line({"live": key, "log_path": log_path})
