"""The supervisor's side of the Unix socket: one server at a time, the newest wins."""

from __future__ import annotations

import os
import socket
import struct

from runyard.process.loop import READ, WRITE
from runyard.process.wire import LineBuffer, decode_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from runyard.process.loop import Loop

_BUFFER = memoryview(bytearray(1 << 18))
_PATIENCE_S = 0.01
_HINT_LIMIT_BYTES = 1 << 20


class ServerLink:
    """Calls `on_message` for each object; one that is not understood closes the connection."""

    def __init__(
        self,
        loop: Loop,
        path: str,
        *,
        on_message: Callable[[dict[str, Any]], None],
        on_gone: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._on_message = on_message
        self._on_gone = on_gone
        self._connection: socket.socket | None = None
        self._lines = LineBuffer()
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._blocked = False
        self._hurry = False  # something that is pending must go at the end of this turn
        self._patient = False  # something is pending that has some time
        self._listener = _listen(path)
        loop.watch(self._listener.fileno(), self._accept)

    @property
    def connected(self) -> bool:
        return self._connection is not None

    @property
    def backlogged(self) -> bool:
        """Whether the server is slow; what is only a hint is better left out then."""
        return self._pending_bytes > _HINT_LIMIT_BYTES

    def send(self, line: bytes) -> None:
        """Gathered, and written at the end of the turn."""
        self._hurry = True
        self._pending.append(line)
        self._pending_bytes += len(line)

    def send_with_next(self, line: bytes) -> None:
        """Written, in order, with the next line that is sent, or a moment later on its own.

        Most runs are short: their start and first output reach the server with their end, which
        wakes it once instead of three times.
        """
        self._pending.append(line)
        self._pending_bytes += len(line)
        if not self._hurry and not self._patient:
            self._patient = True
            self._loop.call_later(_PATIENCE_S, self._be_impatient)

    def _be_impatient(self) -> None:
        self._patient = False
        self._hurry = True

    def flush(self) -> None:
        connection = self._connection
        if not self._hurry or not self._pending or connection is None or self._blocked:
            return
        self._hurry = False
        data, self._pending = b"".join(self._pending), []
        try:
            sent = connection.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.drop()
            return
        self._pending_bytes = len(data) - sent
        if sent < len(data):
            self._pending.append(data[sent:])
            self._blocked = True
            self._loop.change(connection.fileno(), READ | WRITE)

    def drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        self._loop.forget(connection.fileno())
        connection.close()
        self._pending, self._pending_bytes, self._blocked = [], 0, False
        self._hurry = False
        self._lines = LineBuffer()
        self._on_gone()

    def _accept(self, _mask: int) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return  # it went away again
        if not _may_command(connection):
            connection.close()
            return
        self.drop()
        connection.setblocking(False)
        self._connection = connection
        self._loop.watch(connection.fileno(), self._ready)

    def _ready(self, mask: int) -> None:
        connection = self._connection
        if connection is None:
            return
        if mask & WRITE:
            self._blocked = False
            self._hurry = True
            self._loop.change(connection.fileno(), READ)
            self.flush()
        if mask & READ and self._connection is connection:
            self._read(connection)

    def _read(self, connection: socket.socket) -> None:
        try:
            count = connection.recv_into(_BUFFER)
        except BlockingIOError:
            return
        except OSError:
            count = 0
        if not count:
            self.drop()
            return
        for line in self._lines.feed(bytes(_BUFFER[:count])):
            try:
                self._on_message(decode_line(line))
            except (ValueError, KeyError, TypeError) as error:
                print(f"a message was not understood: {error!r}", flush=True)  # noqa: T201 - our log
                self.drop()
                return
            if self._connection is not connection:
                return


def _listen(path: str) -> socket.socket:
    """The caller holds the folder's lock, so a socket file that is there is a dead one's."""
    if os.path.exists(path):  # noqa: PTH110
        os.unlink(path)  # noqa: PTH108
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        listener.bind(path)
    finally:
        os.umask(mask)
    listener.listen(8)
    listener.setblocking(False)
    return listener


def _may_command(connection: socket.socket) -> bool:
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    _, uid, _ = struct.unpack("3i", credentials)
    return uid in (0, os.geteuid())
