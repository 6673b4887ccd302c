"""Two small dialects behind the real HTTP face, called in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest_asyncio
from starlette.requests import Request
from starlette.responses import Response

from runyard.api.app import create_app
from runyard.api.page import Page
from runyard.dialects.answers import json_answer
from runyard.dialects.bodies import read_object
from runyard.dialects.frame import Dialect, Refusal
from runyard.dialects.mounting import Dialects
from runyard.domain.errors import Busy, Invalid, NotFound, StoreUnavailable, TooLarge

Client = httpx2.AsyncClient


def small(name: str) -> Dialect:
    """Says its own name in every answer."""

    def refuse(refusal: Refusal) -> Response:
        return json_answer({name: refusal.message}, status=refusal.status)

    return Dialect(name=name, refuse=refuse)


def taskrun() -> Dialect:
    dialect = small("taskrun")

    @dialect.on("POST", "/api/tasks")
    async def create(request: Request) -> Response:
        return json_answer({"taskrun": await read_object(request)})

    @dialect.on("GET", "/api/tasks/{task_id}")
    async def read(request: Request) -> Response:
        return json_answer({"task": request.path_params["task_id"]})

    @dialect.on("GET", "/api/tasks/runs")
    async def runs(request: Request) -> Response:
        del request
        return json_answer({"runs": True})

    @dialect.on("GET", "/api/broken/{how}")
    async def broken(request: Request) -> Response:
        errors: dict[str, Callable[[], Exception]] = {
            "missing": lambda: NotFound("it is not there"),
            "invalid": lambda: Invalid("it is wrong"),
            "busy": lambda: Busy("it is busy", run_id="1"),
            "large": lambda: TooLarge("it is large"),
            "away": lambda: StoreUnavailable("it is away"),
            "bug": lambda: RuntimeError("/secret/path"),
        }
        error = errors[request.path_params["how"]]()
        raise error

    return dialect


def pixivtailor() -> Dialect:
    dialect = small("pixivtailor")

    @dialect.on("POST", "/api/tasks")
    async def listed(request: Request) -> Response:
        return json_answer({"pixivtailor": await read_object(request)})

    return dialect


def taskcontrol() -> Dialect:
    dialect = small("taskcontrol")

    @dialect.on("GET", "/tasks/{task_def_id}")
    async def definition(request: Request) -> Response:
        if request.path_params["task_def_id"] != "known":
            raise NotFound("no such definition")
        return json_answer({"definition": "known"})

    return dialect


def face(
    dialects: Sequence[Dialect], *, ports: Mapping[int, str] | None = None, **options: Any
) -> Client:
    """A client of an application with these dialects; there is no service behind them."""

    def no_service() -> Any:
        raise StoreUnavailable("there is no service in this test")

    names = [dialect.name for dialect in dialects]
    foreign = Dialects(lambda: dialects, names=names, service=no_service, ports=ports)
    app = create_app(no_service, foreign=foreign, bound_host="0.0.0.0", **options)
    transport = httpx2.ASGITransport(app=cast("Any", app))
    return Client(transport=transport, base_url="http://server:5000")


@pytest_asyncio.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    """Its web page says "the page"."""
    (tmp_path / "index.html").write_text("the page")
    dialects = [taskrun(), pixivtailor(), taskcontrol()]
    ports = {50052: "pixivtailor"}
    async with face(dialects, ports=ports, page=Page(tmp_path)) as opened:
        yield opened
