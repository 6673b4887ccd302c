"""A small blocking client of the supervisor, by which the tests talk to a real one."""

from __future__ import annotations

import os
import secrets
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from runyard.process.wire import LineBuffer, decode_line, encode_line
from tests.support.waiting import eventually

Event = dict[str, Any]


class Supervised:
    """A supervisor process with a data folder, and a connection to it that collects its events."""

    def __init__(self, data: Path, *, idle_exit_s: float = 60.0) -> None:
        self.data = data
        self.idle_exit_s = idle_exit_s
        self.events: list[Event] = []
        self.hello: Event = {}
        self._lines = LineBuffer()
        self._socket: socket.socket | None = None
        self.process = self.spawn()

    def spawn(self) -> subprocess.Popen[bytes]:
        argv = [sys.executable, "-m", "runyard.process.supervisor", "--data", str(self.data)]
        argv += ["--idle-exit-s", str(self.idle_exit_s)]
        self.process = subprocess.Popen(argv, start_new_session=True)
        return self.process

    def connect(self, *, incarnation: str | None = None, acked: int = 0) -> Event:
        """Connect anew and say hello; what arrives from now on is collected in a fresh list."""
        self.disconnect()
        self.events, self._lines = [], LineBuffer()

        def try_connect() -> socket.socket | None:
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.connect(str(self.data / "supervisor.sock"))
            except OSError:
                connection.close()
                return None
            return connection

        self._socket = eventually(try_connect, what="the supervisor listens")
        self.send({"op": "hello", "protocol": 1, "incarnation": incarnation, "acked": acked})
        self.hello = self.wait(lambda event: event["event"] == "hello")
        return self.hello

    def disconnect(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def send(self, *messages: Event) -> None:
        assert self._socket is not None
        self._socket.sendall(b"".join(encode_line(message) for message in messages))

    def wait(self, check: Callable[[Event], bool], *, timeout_s: float = 120.0) -> Event:
        """The first event, among those already here and those to come, that `check` accepts."""
        deadline = time.monotonic() + timeout_s
        seen = 0
        while True:
            for event in self.events[seen:]:
                seen += 1
                if check(event):
                    return event
            self.receive(deadline - time.monotonic())

    def receive(self, timeout_s: float) -> None:
        assert self._socket is not None
        ready, _, _ = select.select([self._socket], [], [], max(timeout_s, 0))
        assert ready, f"nothing more came; so far {self.events[-20:]}"
        data = self._socket.recv(1 << 20)
        if not data:
            raise ConnectionError("the supervisor closed the connection")
        self.events += [decode_line(line) for line in self._lines.feed(data)]

    def wait_for(self, key: str, event: str, *, timeout_s: float = 120.0) -> Event:
        return self.wait(lambda e: e.get("key") == key and e["event"] == event, timeout_s=timeout_s)

    def of(self, key: str, event: str | None = None) -> list[Event]:
        return [
            e
            for e in self.events
            if e.get("key") == key and e["event"] != "output" and event in (None, e["event"])
        ]

    def launch(self, **fields: Any) -> Event:
        """A launch with everything that is not given made up; `key` is new each time."""
        key = fields.pop("key", None) or f"{secrets.token_hex(8)}.1"
        base: Event = {
            "key": key,
            "kind": "script",
            "task_id": "t",
            "params": {},
            "log_path": str(self.data / "logs" / f"{key}.log"),
            "cwd": str(self.data),
            "env": {"PATH": os.environ["PATH"], "HOME": "/tmp"},
            "grace_s": 5.0,
            "timeout_s": 60.0,
        }
        return base | fields

    def start(self, **fields: Any) -> str:
        launch = self.launch(**fields)
        self.send({"op": "start", "launch": launch})
        return str(launch["key"])

    def script(self, source: str, *, name: str = "script.py", **fields: Any) -> str:
        """Write a script and start it; its key."""
        path = self.data / name
        path.write_text(source)
        return self.start(path=str(path), code_path=str(path), **fields)

    def command(self, *argv: str, **fields: Any) -> str:
        return self.start(kind="command", argv=list(argv), **fields)

    def finish(self, key: str, *, timeout_s: float = 180.0) -> Event:
        return self.wait_for(key, "exited", timeout_s=timeout_s)

    def log(self, key: str) -> bytes:
        return (self.data / "logs" / f"{key}.log").read_bytes()

    def close(self) -> None:
        self.disconnect()
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()


def alive(pid: int) -> bool:
    """Whether a process is there and not a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"
