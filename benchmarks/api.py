"""The HTTP face alone, in one process, over a Service in memory: requests and frames per second.

Run `python benchmarks/api.py`. The client is a raw socket with pipelining, so that it costs little
beside the server; a bare ASGI application answering the same bytes is the limit, and every figure
is also given as a share of it.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import socket
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.api.fake import FakeService

from runyard.api.app import create_app
from runyard.domain.runs import Attempt, Run
from runyard.domain.states import AttemptStatus, RunStatus
from runyard.domain.tasks import TaskSpec
from runyard.store import Change

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SOCKETS = 200
Message = MutableMapping[str, Any]


def _run(number: int, spec: TaskSpec) -> Run:
    return Run(
        id=f"{number:016d}",
        task_id="hello",
        task_version=3,
        spec=spec,
        executor="script",
        queue="script",
        concurrency_key="hello",
        params={"count": number, "name": "world"},
        status=RunStatus.SUCCEEDED,
        attempt=1,
        progress=100.0,
        message="done",
        result={"rows": number},
        submitted_at=NOW,
        submitted_by="api",
        started_at=NOW,
        finished_at=NOW,
        seq=number,
    )


class Memory(FakeService):
    """Answers at once, as a cache would, so that only the face is measured."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        spec = TaskSpec(title="Hello")
        self.all = {run.id: run for run in (_run(number, spec) for number in range(50))}
        self._page = tuple(self.all.values())
        self._attempts = [
            Attempt(run_id="0", number=1, status=AttemptStatus.SUCCEEDED, started_at=NOW)
        ]

    async def run(self, ref: str) -> Run:
        return self.all[ref]

    async def attempts(self, run_id: str) -> list[Attempt]:  # noqa: ARG002
        return self._attempts

    async def runs(self, *_: Any, **__: Any) -> Any:
        return _Page(self._page)

    async def publish_many(self, count: int) -> None:
        runs = list(self.all.values())
        for _ in range(count):
            self.seq += 1
            await self.feed.publish(
                Change(seq=self.seq, kind="run", object=runs[self.seq % len(runs)])
            )
            if self.seq % 20 == 0:
                await asyncio.sleep(0)


class _Page:
    def __init__(self, items: tuple[Run, ...]) -> None:
        self.items = items
        self.next_cursor = None


async def bare(
    scope: Message,
    _receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """The limit: ASGI and nothing else."""
    if scope["type"] != "http":
        return
    body = b"x" * 1800
    headers = [(b"content-type", b"application/json"), (b"content-length", b"1800")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _serve(kind: str, listening: socket.socket, frames: int) -> None:
    import uvloop

    service = Memory(Path(tempfile.gettempdir()))
    app: Any = bare if kind == "bare" else create_app(lambda: service)
    if kind == "fanout":
        app = _publishing(app, service, frames)
    config = uvicorn.Config(
        app, log_config=None, access_log=False, ws="websockets-sansio", lifespan="off"
    )
    uvloop.run(uvicorn.Server(config).serve(sockets=[listening]))


def _publishing(app: Any, service: Memory, frames: int) -> Any:
    """`GET /publish` makes so many changes."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        if scope.get("path") == "/publish":
            await service.publish_many(frames)
            await bare(scope, receive, send)
        else:
            await app(scope, receive, send)

    return wrapped


def _started(kind: str, frames: int = 0) -> tuple[multiprocessing.Process, int]:
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    process = multiprocessing.get_context("fork").Process(
        target=_serve, args=(kind, listening, frames), daemon=True
    )
    process.start()
    port = int(listening.getsockname()[1])
    listening.close()
    return process, port


def requests_per_second(kind: str, path: str, *, seconds: float, body: bytes = b"") -> float:
    """Over 8 connections with 16 requests in flight each."""
    process, port = _started(kind)
    try:
        return asyncio.run(_hammer(port, path, seconds=seconds, body=body))
    finally:
        process.terminate()
        process.join()


async def _hammer(port: int, path: str, *, seconds: float, body: bytes) -> float:
    method = "POST" if body else "GET"
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    request = head.encode() + b"\r\n" + body
    await _until_up(port)
    deadline = time.perf_counter() + seconds
    start = time.perf_counter()
    counts = await asyncio.gather(*(_connection(port, request, deadline) for _ in range(8)))
    return sum(counts) / (time.perf_counter() - start)


async def _until_up(port: int) -> None:
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return


async def _connection(port: int, request: bytes, deadline: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    count, depth = 0, 16
    while time.perf_counter() < deadline:
        writer.write(request * depth)
        seen = 0
        while seen < depth:
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")):
                raise RuntimeError(head.decode())
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            seen += 1
        count += depth
    writer.close()
    return count


def frames_per_second(changes: int) -> float:
    """Changes sent to 200 sockets, counted by raw readers."""
    process, port = _started("fanout", changes)
    try:
        return asyncio.run(_fan_out(port, changes))
    finally:
        process.terminate()
        process.join()


async def _fan_out(port: int, changes: int) -> float:
    await _until_up(port)
    last = f'{{"seq":{changes},'.encode()
    readers = [await _socket(port) for _ in range(SOCKETS)]
    start = time.perf_counter()
    publish = asyncio.create_task(_publish(port))
    await asyncio.gather(*(_read_until(reader, last) for reader in readers))
    took = time.perf_counter() - start
    await publish
    return SOCKETS * changes / took


async def _publish(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /publish HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    writer.close()


async def _socket(port: int) -> asyncio.StreamReader:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
    writer.write(
        b"GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
        b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    await reader.readuntil(b"}}")  # hello
    reader.keep = writer  # type: ignore[attr-defined]  # a collected writer closes the socket
    return reader


async def _read_until(reader: asyncio.StreamReader, mark: bytes) -> None:
    tail = b""
    while mark not in tail:
        chunk = await reader.read(1 << 20)
        if not chunk:
            raise RuntimeError("the server let go")
        tail = tail[-40:] + chunk


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--changes", type=int, default=2000)
    asked = parser.parse_args()
    limit = requests_per_second("bare", "/", seconds=asked.seconds)
    rows = [
        ("bare ASGI, 1.8 KB", limit, 0),
        (
            "read one run",
            requests_per_second("face", "/api/v1/runs/0000000000000007", seconds=asked.seconds),
            8000,
        ),
        ("list 50", requests_per_second("face", "/api/v1/runs", seconds=asked.seconds), 3000),
        (
            "submit",
            requests_per_second(
                "face",
                "/api/v1/runs",
                seconds=asked.seconds,
                body=b'{"executor":"shell","params":{"n":1}}',
            ),
            0,
        ),
    ]
    for name, rate, budget in rows:
        told = f"  budget {budget}" if budget else ""
        print(f"{name:24} {rate:10,.0f} requests/s  {rate / limit:6.0%} of bare{told}")
    rate = frames_per_second(asked.changes)
    print(f"{'fan-out to 200 sockets':24} {rate:10,.0f} frames/s  budget 80000")


if __name__ == "__main__":
    main()
