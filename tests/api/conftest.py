"""The HTTP face over a Service in memory, served by uvicorn on a free port."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx2
import pytest
import pytest_asyncio
import uvicorn

from runyard.api.app import close_streams, create_app
from tests.api.fake import FakeService
from tests.support.waiting import eventually_async

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.applications import Starlette

    from runyard.api.ports import ServicePort


@dataclass(kw_only=True)
class Served:
    service: FakeService
    app: Starlette
    port: int
    client: httpx2.AsyncClient

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"


@pytest.fixture
def service(tmp_path: Path) -> FakeService:
    return FakeService(tmp_path)


@pytest_asyncio.fixture
async def served(service: FakeService) -> AsyncIterator[Served]:
    port_like: ServicePort = service  # the fake keeps to what the face asks for
    app = create_app(lambda: port_like)
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            ws="runyard.api.ready_frames:ReadyFramesProtocol",
            timeout_graceful_shutdown=5,
            lifespan="off",
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listening]))

    async def started() -> bool:
        return server.started

    await eventually_async(started)
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
        yield Served(service=service, app=app, port=port, client=client)
    close_streams(app)
    server.should_exit = True
    await serving
    listening.close()
