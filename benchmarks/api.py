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

from benchmarks.measuring import Spent, cpu_of, in_turns, measured, tell
from runyard.api.app import create_app
from runyard.domain.runs import Attempt, Run
from runyard.domain.states import AttemptStatus, RunStatus
from runyard.domain.tasks import TaskSpec
from runyard.runtime.feed import Feed
from runyard.store import Change

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SOCKETS = 200
ROUNDS = 3
_COMMIT = 20
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

    def use_real_feed(self) -> None:
        """Of the product; the one for tests looks through all changes for each reader."""
        nowhere: Any = None  # nothing is ever missed, so no store is asked
        self.feed: Any = Feed(nowhere, newest=0)

    async def publish_many(self, count: int) -> None:
        """In commits of 20 changes."""
        runs = list(self.all.values())
        for start in range(0, count, _COMMIT):
            numbers = range(start + 1, min(start + _COMMIT, count) + 1)
            changes = [Change(seq=n, kind="run", object=runs[n % len(runs)]) for n in numbers]
            self.feed.publish(changes)
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
        service.use_real_feed()
        app = _publishing(app, service, frames)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        ws="runyard.api.ready_frames:ReadyFramesProtocol",
        lifespan="off",
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


class Running:
    """A server in a process of its own, for as long as it is measured."""

    def __init__(self, kind: str, frames: int = 0) -> None:
        self._process, self.port = _started(kind, frames)
        asyncio.run(_until_up(self.port))

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()

    def cpu(self) -> float:
        return cpu_of(self._process.pid or 0)

    def requests(self, path: str, *, seconds: float, body: bytes = b"") -> Spent:
        """Over 8 connections with 16 requests in flight each."""
        return measured(
            lambda: asyncio.run(_hammer(self.port, path, seconds=seconds, body=body)),
            cpu=self.cpu,
        )


async def _hammer(port: int, path: str, *, seconds: float, body: bytes) -> int:
    method = "POST" if body else "GET"
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    request = head.encode() + b"\r\n" + body
    deadline = time.perf_counter() + seconds
    counts = await asyncio.gather(*(_connection(port, request, deadline) for _ in range(8)))
    return sum(counts)


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


def fan_out(changes: int) -> Spent:
    """Changes sent to 200 sockets, counted by raw readers."""
    with Running("fanout", changes) as server:
        return asyncio.run(_fan_out(server, changes))


async def _fan_out(server: Running, changes: int) -> Spent:
    last = f'{{"seq":{changes},'.encode()
    readers = [await _socket(server.port) for _ in range(SOCKETS)]
    before, start = server.cpu(), time.perf_counter()
    publish = asyncio.create_task(_publish(server.port))
    await asyncio.gather(*(_read_until(reader, last) for reader in readers))
    took, cpu_s = time.perf_counter() - start, server.cpu() - before
    await publish
    return Spent(units=SOCKETS * changes, wall_s=took, cpu_s=cpu_s)


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
    submission = b'{"executor":"shell","params":{"n":1}}'
    seconds = asked.seconds / ROUNDS
    with Running("bare") as bare_server, Running("face") as face:
        for name, path, body, budget in (
            ("read one run", "/api/v1/runs/0000000000000007", b"", 8000),
            ("list 50", "/api/v1/runs", b"", 3000),
            ("submit", "/api/v1/runs", submission, 0),
        ):
            limit, own = in_turns(
                ROUNDS,
                lambda: bare_server.requests("/", seconds=seconds),
                lambda path=path, body=body: face.requests(  # type: ignore[misc]
                    path, seconds=seconds, body=body
                ),
            )
            beside = f"{own.rate / limit.rate:.0%} of bare ASGI ({limit.rate:,.0f}/s, "
            beside += f"{limit.cpu_us:.0f} us)" + (f", budget {budget}" if budget else "")
            tell(name, f"{own.rate:,.0f}/s", cpu_us=own.cpu_us, beside=beside)
    spent = fan_out(asked.changes)
    figure = f"{spent.rate:,.0f} frames/s"
    tell("fan-out to 200 sockets", figure, cpu_us=spent.cpu_us, beside="budget 80000")


if __name__ == "__main__":
    main()
