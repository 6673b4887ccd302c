"""Many at once, and some that behave badly: nobody is refused, and nobody waits for the others."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from contextlib import ExitStack, suppress
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import connect

from tests.support.server import FINAL, Server

CLIENTS = 50
SOCKETS = 20
RUNS = 200


async def watch(url: str, wanted: set[str], ready: asyncio.Event) -> dict[str, str]:
    """The final status of each wanted run, as one socket hears of it."""
    ended: dict[str, str] = {}
    last = 0
    async with connect(url, max_size=None) as stream:
        hello = json.loads(await stream.recv())
        assert "hello" in hello
        ready.set()
        while not wanted or wanted - ended.keys():
            frame: dict[str, Any] = json.loads(await stream.recv())
            assert frame["seq"] > last
            last = frame["seq"]
            if frame["kind"] == "run" and frame["object"]["status"] in FINAL:
                ended[frame["object"]["id"]] = frame["object"]["status"]
    return ended


async def poll(client: httpx2.AsyncClient, over: asyncio.Event) -> int:
    answers = 0
    while not over.is_set():
        answer = await client.get("/api/v1/runs", params={"limit": 5})
        assert answer.status_code == 200, answer.text
        answers += 1
        with suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), 0.05)
    return answers


@pytest.mark.timeout(900)
async def test_a_flood_of_clients_sees_every_run_end(stopped_server: Server) -> None:
    server = await asyncio.to_thread(stopped_server.start, "--max-workers", "8")
    block = "# /// script\n# [tool.runyard]\n# concurrency = 0\n# ///\n"
    await asyncio.to_thread(server.write_task, "quick", f"{block}print('quick')\n")
    address = server.url.replace("http", "ws") + "/api/v1/stream?kinds=run"
    limits = httpx2.Limits(max_connections=CLIENTS + 10)
    over = asyncio.Event()
    wanted: set[str] = set()
    ready = [asyncio.Event() for _ in range(SOCKETS)]
    async with httpx2.AsyncClient(base_url=server.url, timeout=60, limits=limits) as client:
        watching = [asyncio.create_task(watch(address, wanted, one)) for one in ready]
        await asyncio.wait_for(asyncio.gather(*(one.wait() for one in ready)), 60)
        polling = [asyncio.create_task(poll(client, over)) for _ in range(CLIENTS)]
        body = {"runs": [{"task_id": "quick"}] * RUNS}
        submitted = await client.post("/api/v1/runs/bulk", json=body)
        assert submitted.status_code in (200, 201), submitted.text
        wanted.update(submitted.json()["ids"])
        assert len(wanted) == RUNS
        heard = await asyncio.wait_for(asyncio.gather(*watching), 180)
        over.set()
        assert all(await asyncio.gather(*polling))
    for ended in heard:
        assert {ended[run_id] for run_id in wanted} == {"succeeded"}
    assert "Traceback" not in server.log()


def test_half_sent_requests_hold_nobody_up(module_server: Server) -> None:
    host, port = module_server.url.removeprefix("http://").split(":")
    with ExitStack() as stack:
        for n in range(100):
            sock = stack.enter_context(socket.create_connection((host, int(port)), timeout=10))
            if n % 2:
                sock.sendall(b"GET /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
            else:
                sock.sendall(
                    b"POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\n"
                    b"Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n{"
                )
        began = time.monotonic()
        assert module_server.http.get("/api/v1/system").status_code == 200
        assert module_server.http.get("/api/v1/runs").status_code == 200
        assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "head",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
    ],
    ids=["TLS", "version", "long path", "negative length", "many headers"],
)
def test_what_is_no_request_is_refused(module_server: Server, head: bytes) -> None:
    host, port = module_server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as sock:
        try:
            sock.sendall(head)
            answer = sock.recv(4096)
        except ConnectionError:
            answer = b""
    assert answer == b"" or b" 4" in answer.splitlines()[0], answer
    assert module_server.http.get("/api/system/health").status_code == 200


def test_a_body_that_is_too_large(module_server: Server) -> None:
    begins = b'{"argv": ["'
    refused = module_server.http.post(
        "/api/v1/runs",
        content=begins + b"x" * (17 * 1024 * 1024) + b'"]}',
        headers={"Content-Type": "application/json"},
    )
    assert refused.status_code == 413
    assert refused.json()["code"]
    host, port = module_server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as sock:
        sock.sendall(
            b"POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 1000000000000\r\n\r\n{"
        )
        assert b" 413 " in sock.recv(4096).splitlines()[0]
