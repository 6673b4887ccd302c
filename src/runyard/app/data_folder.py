"""The data folder: locked, so that one server at a time has it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from runyard.domain.errors import AlreadyServed, Invalid
from runyard.runtime import address
from runyard.runtime.address import RunningServer

_LOCK = "server.lock"


class DataFolder:
    """Locked from `open` to `close` or to the end of the process, however it ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None

    def open(self) -> None:
        """Create and lock the folder. Raises `AlreadyServed` naming the server that has it."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Invalid(
                f"the data folder {self.path} can't be used: {error.strerror}",
                hint="name another one with --data",
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            raise self._held() from None
        self._lock = lock

    def announce(self, server: RunningServer) -> None:
        """Write where the server is; replaces what an earlier one left."""
        address.write(self.path, server)

    def close(self) -> None:
        if self._lock is not None:
            address.remove(self.path)
            os.close(self._lock)
            self._lock = None

    def _held(self) -> AlreadyServed:
        server = address.read(self.path)
        who = f"by process {server.pid} on {server.url}" if server else "by another server"
        return AlreadyServed(
            f"the data folder {self.path} is served already, {who}",
            hint="stop that one (runyard stop), or give this one its own folder with --data",
        )
