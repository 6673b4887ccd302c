"""One WebSocket client over a made-up transport: idle drop, slow readers, the server's end."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.types import Message
from starlette.websockets import WebSocket

from runyard.dialects.pixivtailor import messages
from runyard.dialects.pixivtailor.hub import Listener
from runyard.dialects.pixivtailor.socket import Client
from runyard.process.logs import LogLine, Stream
from tests.support.waiting import eventually_async


class FakeHub:
    def __init__(self) -> None:
        self.listeners: list[Listener] = []

    async def join(self, listener: Listener) -> None:
        self.listeners.append(listener)

    async def leave(self, listener: Listener) -> None:
        self.listeners.remove(listener)


class Wire:
    """What goes over an ASGI WebSocket; `stuck` keeps every frame from being taken."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.coming: asyncio.Queue[Message] = asyncio.Queue()
        self.coming.put_nowait({"type": "websocket.connect"})
        self.stuck = asyncio.Event()
        self.stuck.set()

    async def send(self, message: Message) -> None:
        if message["type"] == "websocket.send":
            await self.stuck.wait()
        self.sent.append(message)

    def client(self, hub: FakeHub) -> Client:
        scope = {"type": "websocket", "path": "/ws", "headers": [], "query_string": b""}
        socket = WebSocket(scope, self.coming.get, self.send)
        return Client(socket, hub=hub, tasks=None, questions={})  # type: ignore[arg-type]

    def texts(self) -> list[dict[str, Any]]:
        return [json.loads(one["text"]) for one in self.sent if one["type"] == "websocket.send"]

    def close(self) -> Message | None:
        return next((one for one in self.sent if one["type"] == "websocket.close"), None)


@pytest.fixture
def wire() -> Wire:
    return Wire()


async def test_who_says_nothing_is_dropped(wire: Wire) -> None:
    hub = FakeHub()
    await wire.client(hub).serve(closing=asyncio.Event(), idle_s=0.05)
    closed = wire.close()
    assert closed is not None
    assert (closed["code"], closed["reason"]) == (1001, "no message for too long")
    assert wire.texts()[0]["type"] == "welcome"
    assert hub.listeners == []


async def test_a_ping_is_a_sign_of_life(wire: Wire) -> None:
    serving = asyncio.create_task(
        wire.client(FakeHub()).serve(closing=asyncio.Event(), idle_s=3600)
    )
    wire.coming.put_nowait({"type": "websocket.receive", "text": '{"type": "ping"}'})

    async def answered() -> bool:
        return {"type": "pong"} in wire.texts()

    await eventually_async(answered)
    wire.coming.put_nowait({"type": "websocket.disconnect", "code": 1000})
    await serving
    assert wire.close() is None


async def test_the_end_of_the_server_closes_the_socket(wire: Wire) -> None:
    closing = asyncio.Event()
    serving = asyncio.create_task(wire.client(FakeHub()).serve(closing=closing))
    closing.set()
    await serving
    closed = wire.close()
    assert closed is not None
    assert closed["code"] == 1001


async def test_lines_for_a_slow_client_are_left_out_and_counted(wire: Wire) -> None:
    hub = FakeHub()
    wire.stuck.clear()
    serving = asyncio.create_task(wire.client(hub).serve(closing=asyncio.Event(), idle_s=3600))

    async def joined() -> bool:
        return bool(hub.listeners)

    await eventually_async(joined)
    line = LogLine(offset=0, at=datetime.now(UTC), stream=Stream.STDOUT, text="x")
    for _ in range(5_000):
        hub.listeners[0].tell_line("00000001", messages.log_texts("00000001", line))
    hub.listeners[0].tell("00000001", ["{}"])  # news still get through
    wire.stuck.set()

    async def emptied() -> bool:
        return {} in wire.texts()

    await eventually_async(emptied)
    sent = wire.texts()
    assert len([one for one in sent if one.get("type") == "task_log"]) <= 1_001
    hub.listeners[0].tell_line("00000001", messages.log_texts("00000001", line))

    async def counted() -> bool:
        return any("行日志未发送" in json.dumps(one, ensure_ascii=False) for one in wire.texts())

    await eventually_async(counted)
    wire.coming.put_nowait({"type": "websocket.disconnect", "code": 1000})
    await serving


async def test_a_client_that_is_too_far_behind_is_let_go(wire: Wire) -> None:
    hub = FakeHub()
    wire.stuck.clear()
    serving = asyncio.create_task(wire.client(hub).serve(closing=asyncio.Event(), idle_s=3600))

    async def joined() -> bool:
        return bool(hub.listeners)

    await eventually_async(joined)
    for _ in range(11_000):
        hub.listeners[0].tell(None, ["{}"])
    wire.stuck.set()
    await serving
    closed = wire.close()
    assert closed is not None
    assert closed["code"] == 1013


@pytest.mark.parametrize(
    ("stream", "text", "level", "shown"),
    [
        (Stream.STDOUT, "ERROR in stdout is a text", "info", "ERROR in stdout is a text"),
        (Stream.PLATFORM, "[critical] it burns why=heat", "error", "it burns why=heat"),
        (Stream.PLATFORM, "[debug] fine", "info", "fine"),
        (Stream.PLATFORM, "ended after its time", "info", "ended after its time"),
        (Stream.STDERR, "2026-01-01 10:00:00 INFO x", "info", "2026-01-01 10:00:00 INFO x"),
        (Stream.STDERR, "ERROR:root:x", "error", "ERROR:root:x"),
        (Stream.STDERR, "something", "warning", "something"),
    ],
)
def test_levels_of_lines(stream: Stream, text: str, level: str, shown: str) -> None:
    line = LogLine(offset=0, at=datetime.now(UTC), stream=stream, text=text)
    flat = json.loads(messages.log_texts("00000001", line)[0])
    assert (flat["level"], flat["message"]) == (level, shown)
