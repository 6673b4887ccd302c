"""Moves the output of one run from its pipes into its log file and the index beside it."""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import time

PLATFORM, STDOUT, STDERR = 0, 1, 2
"""The streams of a log: lines that Runyard itself writes, and the two of the run."""

INDEX_RECORD = struct.Struct("<QQ")
_INDEX_EVERY_US = 10_000
_INDEX_EVERY_BYTES = 1 << 20
_BUFFER_BYTES = 1 << 20
_PIPE_BYTES = 1 << 20
_FIRST_PIPE_BYTES = 1 << 16
_BUFFER = memoryview(bytearray(_BUFFER_BYTES))  # one is enough: the supervisor has one thread


class LogFile:
    """One run's log, opened for append, and its index, made with the first byte.

    A write that the disk refuses never raises: the bytes are counted in `dropped` and, as soon as
    writing works again, a platform line tells how many are missing.
    """

    def __init__(self, path: str, *, limit_bytes: int | None, lazy: bool = False) -> None:
        """Raises OSError if the file cannot be opened; a `lazy` one is made with its first byte."""
        self._path = path
        self._index_fd = -1
        if lazy:
            self._fd = -1
            self.size = _size_of(path)
        else:
            self._fd = _open_append(path)
            self.size = os.fstat(self._fd).st_size
        self.start = self.size
        self._room = limit_bytes
        self.dropped = 0  # over the output limit
        self.lost = 0  # refused by the disk
        self._untold = 0
        self.trouble: str | None = None
        self._last_stream = -1
        self._last_us = 0
        self._last_offset = 0
        self._ends_line = True

    def write(self, data: memoryview | bytes, stream: int) -> None:
        if self._room is not None and stream != PLATFORM:
            data = self._within_limit(data, self._room)
        if self._untold and not self._tell_loss():
            self._lose(len(data))
            return
        if len(data):
            self._append(data, stream)

    def platform_line(self, text: str) -> None:
        """Write one line of Runyard's own, on a line of its own."""
        start = "" if self._ends_line else "\n"
        self.write(f"{start}runyard: {text}\n".encode(), PLATFORM)

    def said(self, text: str) -> None:
        """Keep what the run said on its event channel, a line of its own; the limit counts it."""
        line = ("" if self._ends_line else "\n") + text + "\n"
        data = line.encode(errors="replace")
        if self._room is not None:
            if len(data) > self._room:
                self.dropped += len(data)
                return
            self._room -= len(data)
        self.write(data, PLATFORM)

    def close(self) -> None:
        if self.dropped:
            self.platform_line(f"{self.dropped} bytes over the output limit were dropped")
        elif self._untold:
            self._tell_loss()
        self.abandon()

    def abandon(self) -> None:
        """Close without another word."""
        for fd in (self._fd, self._index_fd):
            if fd >= 0:
                os.close(fd)
        self._fd = self._index_fd = -1

    def _within_limit(self, data: memoryview | bytes, room: int) -> memoryview | bytes:
        if len(data) <= room:
            self._room = room - len(data)
            return data
        kept = data[:room]
        if room or not self.dropped:
            self.dropped += len(data) - len(kept)
            self._room = 0
            if len(kept):
                self._append(kept, STDOUT)
            self.platform_line("the output limit is reached; what follows is dropped")
            return b""
        self.dropped += len(data)
        return b""

    def _append(self, data: memoryview | bytes, stream: int) -> None:
        self._index(stream)
        start = self.size
        view = data
        while len(view):
            try:
                if self._fd < 0:
                    self._fd = _open_append(self._path)
                written = os.write(self._fd, view)
            except OSError as error:
                if error.errno == errno.EINTR:
                    continue
                self.trouble = os.strerror(error.errno or 0)
                self._lose(len(view))
                break
            self.size += written
            view = view[written:]
        if self.size > start:
            self._ends_line = data[self.size - start - 1] == 10

    def _index(self, stream: int) -> None:
        """Say whose bytes come next, before they do: who reads along never takes them for others'.

        A record that no bytes follow, because the disk refused them, describes nothing.
        """
        offset = self.size
        now_us = time.time_ns() // 1000
        if (
            stream == self._last_stream
            and now_us - self._last_us < _INDEX_EVERY_US
            and offset - self._last_offset < _INDEX_EVERY_BYTES
        ):
            return
        try:
            if self._index_fd < 0:
                self._index_fd = _open_append(self._path + ".idx")
            os.write(self._index_fd, INDEX_RECORD.pack(offset, now_us << 2 | stream))
        except OSError as error:
            self.trouble = os.strerror(error.errno or 0)
            return  # times are missing then, never bytes
        self._last_stream, self._last_us, self._last_offset = stream, now_us, offset

    def _lose(self, count: int) -> None:
        self.lost += count
        self._untold += count

    def _tell_loss(self) -> bool:
        untold, self._untold = self._untold, 0
        start = "" if self._ends_line else "\n"
        line = f"{start}runyard: {untold} bytes were lost here: {self.trouble}\n".encode()
        self._append(line, PLATFORM)
        if self._untold:  # not even that line could be written
            self.lost -= self._untold
            self._untold = untold
            return False
        return True


class Stream:
    """The reading end of one of a run's pipes."""

    def __init__(self, fd: int, number: int) -> None:
        self.fd = fd
        self.number = number
        self.pumped_at = 0.0
        self._may_grow = True

    def pump(self, log: LogFile) -> int:
        """Move what is there, at most 1 MiB; how much that was, or -1 when the writers are gone."""
        try:
            count = os.readv(self.fd, [_BUFFER])
        except BlockingIOError:
            return 0
        if count == 0:
            return -1
        if count >= _FIRST_PIPE_BYTES:
            self.grow()
        log.write(_BUFFER[:count], self.number)
        return count

    def take_rest(self, log: LogFile) -> None:
        """Move everything, when nobody can write any more; one read, for no pipe holds more."""
        self.pump(log)

    def drain(self, log: LogFile) -> None:
        """Move everything that is there now, without waiting for writers that live on."""
        while self.pump(log) > 0:
            continue

    def discard(self) -> None:
        """Throw away what is there now."""
        try:
            os.readv(self.fd, [_BUFFER])
        except BlockingIOError:
            return

    def grow(self) -> None:
        """Give a chatty run a bigger pipe (quiet runs keep the small one)."""
        if self._may_grow:
            self._may_grow = False
            self._grow()

    def _grow(self) -> None:
        try:
            fcntl.fcntl(self.fd, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        except OSError:
            return  # over the user's quota: the small one works, only slower


def _size_of(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116
    except OSError:
        return 0


def _open_append(path: str) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    try:
        return os.open(path, flags, 0o666)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
        return os.open(path, flags, 0o666)
