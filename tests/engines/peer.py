"""A supervisor that is only a socket: says what a test tells it to, notes what it hears."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any


class FakeSupervisor:
    """Answers hello and stats as the real one does; keeps events until they are acknowledged."""

    def __init__(self, data_dir: Path, *, incarnation: str = "one") -> None:
        self.socket = data_dir / "supervisor.sock"
        self.incarnation = incarnation
        self.live: list[dict[str, Any]] = []
        self.heard: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []  # not acknowledged
        self.seq = 0
        self.connections = 0
        self._writer: asyncio.StreamWriter | None = None
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        self._server = await asyncio.start_unix_server(self._serve, str(self.socket))

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        self.drop()
        self.socket.unlink(missing_ok=True)

    def drop(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def ops(self, op: str) -> list[dict[str, Any]]:
        return [message for message in self.heard if message["op"] == op]

    def say(self, key: str, event: str, **data: Any) -> None:
        self.seq += 1
        message = {"seq": self.seq, "key": key, "event": event, "at_us": self.seq, **data}
        self.events.append(message)
        self.send(message)

    def send(self, *messages: dict[str, Any]) -> None:
        if self._writer is not None:
            self._writer.write(b"".join(json.dumps(m).encode() + b"\n" for m in messages))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writer = writer
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                self._hear(json.loads(line))
        writer.close()

    def _hear(self, message: dict[str, Any]) -> None:
        self.heard.append(message)
        match message["op"]:
            case "hello":
                hello = {
                    "event": "hello",
                    "protocol": 1,
                    "incarnation": self.incarnation,
                    "pid": 1,
                    "version": "0",
                    "live": self.live,
                    "seq": self.seq,
                }
                self.send(hello, *self.events)
            case "stats":
                self.send({"event": "stats", "live": len(self.live)})
            case "ack":
                self.events = [e for e in self.events if e["seq"] > message["seq"]]
