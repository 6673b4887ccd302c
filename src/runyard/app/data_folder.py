"""The data folder: one server at a time, and where that server can be found."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from runyard.domain.errors import AlreadyServed, Invalid

_LOCK = "server.lock"
_ADDRESS = "server.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningServer:
    """What a server says of itself in its data folder, for `runyard restart` and `stop`."""

    pid: int
    url: str
    started_at: str


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
        facts = {"pid": server.pid, "url": server.url, "started_at": server.started_at}
        temporary = self.path / f"{_ADDRESS}.new"
        temporary.write_bytes(orjson.dumps(facts))
        temporary.replace(self.path / _ADDRESS)

    def close(self) -> None:
        if self._lock is not None:
            (self.path / _ADDRESS).unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def _held(self) -> AlreadyServed:
        server = running_server(self.path)
        who = f"by process {server.pid} on {server.url}" if server else "by another server"
        return AlreadyServed(
            f"the data folder {self.path} is served already, {who}",
            hint="stop that one (runyard stop), or give this one its own folder with --data",
        )


def running_server(data_dir: Path) -> RunningServer | None:
    """The server that announced itself in `data_dir`; it may have died since."""
    try:
        facts: dict[str, Any] = orjson.loads((data_dir / _ADDRESS).read_bytes())
        return RunningServer(pid=facts["pid"], url=facts["url"], started_at=facts["started_at"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
