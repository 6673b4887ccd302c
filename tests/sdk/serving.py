"""Fixtures for tests of the clients: a server to talk to, and a client that talks to it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import uvicorn

import tests.sdk.yard_routes  # noqa: F401 (fills the routes)
from runyard.sdk.client import Client
from tests.sdk.yard import Yard, create_app
from tests.support.waiting import eventually

HELLO = "import sys\nprint('hello', *sys.argv[1:])\n"
BAD = "import sys\nprint('on its way')\nprint('oops', file=sys.stderr)\nsys.exit(3)\n"
SLOW = "import time\nprint('started')\ntime.sleep(600)\n"
REPORT = "import runyard\nrunyard.progress(40)\nrunyard.result({'rows': 3})\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """`yard` is the inside of the test server, for tests of what only a fake can do."""

    url: str
    yard: Yard


class YardServer:
    """The test server in a thread of its own, on a port that was free."""

    def __init__(self, yard: Yard, port: int = 0) -> None:
        self.yard = yard
        config = uvicorn.Config(
            create_app(yard),
            port=port,
            log_level="critical",
            lifespan="off",
            timeout_graceful_shutdown=0,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        eventually(lambda: self._server.started, what="the test server is up")
        listener = self._server.servers[0].sockets[0]
        self.port: int = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        await self._server.serve()
        await self.yard.end()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(30)


@pytest.fixture
def served() -> Iterator[Served]:
    server = YardServer(Yard())
    yield Served(url=server.url, yard=server.yard)
    server.stop()


@pytest.fixture
def client(served: Served) -> Iterator[Client]:
    with Client(served.url) as client:
        for name, content in (
            ("hello", HELLO), ("bad", BAD), ("slow", SLOW), ("report", REPORT),
        ):  # fmt: skip
            client.tasks.create(name, content)
        yield client
