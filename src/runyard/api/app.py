"""Puts the HTTP face together: routes, guard, errors, live streams, documentation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Protocol, cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route, WebSocketRoute

from runyard.api.calls import Face
from runyard.api.guard import Guard, hosts_for
from runyard.api.live import LiveSocket
from runyard.api.operations import PREFIX, Operation, routes_of
from runyard.api.page import Page
from runyard.api.problems import on_http_exception, on_runyard_error
from runyard.api.responses import JsonBytes
from runyard.api.routes.calendars import calendars
from runyard.api.routes.drafts import drafts
from runyard.api.routes.examples import packaged
from runyard.api.routes.executors import executors
from runyard.api.routes.external import external
from runyard.api.routes.interpret import interpreting
from runyard.api.routes.log_files import log_files
from runyard.api.routes.log_search import log_search
from runyard.api.routes.logs import logs
from runyard.api.routes.machine import machine
from runyard.api.routes.occurrences import occurrences
from runyard.api.routes.overview import overview
from runyard.api.routes.projects import projects
from runyard.api.routes.queues import queues
from runyard.api.routes.runs import runs
from runyard.api.routes.schedule_actions import schedule_actions
from runyard.api.routes.schedule_bulk import schedule_bulk
from runyard.api.routes.schedules import schedules
from runyard.api.routes.server_settings import server_settings
from runyard.api.routes.statistics import statistics
from runyard.api.routes.streams import streams
from runyard.api.routes.submission import submission
from runyard.api.routes.system import health, system
from runyard.api.routes.tasks import tasks
from runyard.api.routes.upcoming import upcoming
from runyard.api.routes.versions import versions
from runyard.api.swagger import docs_routes
from runyard.domain.errors import RunyardError

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from runyard.api.ports import ServicePort

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[Any]]


def operations() -> list[Operation]:
    """All operations of the API, the hottest paths first."""
    resources = (
        runs,
        overview,
        submission,
        logs,
        tasks,
        versions,
        drafts,
        packaged,
        statistics,
        projects,
        schedules,
        schedule_bulk,
        schedule_actions,
        occurrences,
        upcoming,
        calendars,
        queues,
        executors,
        external,
        interpreting,
        streams,
        health,
        system,
        log_search,
        log_files,
        machine,
        server_settings,
    )
    return [operation for resource in resources for operation in resource.all]


class Foreign(Protocol):
    """Other contracts that are served on the same port."""

    def rest(
        self, *, page: Callable[[Request], Awaitable[Response]], closing: asyncio.Event
    ) -> ASGIApp:
        """Serves the paths that the native API does not have.

        `page` is for browsers; `closing` is set when live streams have to end.
        """

    def refuse(self, request: Request, error: HTTPException) -> Response | None:
        """The answer to an unknown path or method; None where it is the native API's."""

    def choose(self, app: ASGIApp) -> ASGIApp:
        """Middleware that runs before a route is chosen."""


def create_app(
    service: Callable[[], ServicePort],
    *,
    bound_host: str = "127.0.0.1",
    extra_hosts: Collection[str] = (),
    extra_origins: Collection[str] = (),
    lifespan: Lifespan | None = None,
    foreign: Foreign | None = None,
    page: Page | None = None,
) -> Starlette:
    """The application.

    `service` is asked at each request, so that it may be built in `lifespan`; until it is there it
    should raise `StoreUnavailable`. When `bound_host` is a loopback address, requests under other
    names than its own and `extra_hosts` are refused. `extra_origins` (such as
    `http://localhost:5173`) may read and write from a browser besides the server's own pages.
    `foreign` contracts get the paths that the native API does not have. `page` is the web page, by
    default the one that was built into the package.
    """
    app = Starlette(
        lifespan=lifespan,
        exception_handlers={
            HTTPException: _on_http_exception(foreign),
            RunyardError: on_runyard_error,
        },
    )
    app.router.redirect_slashes = False
    face = Face(service=service)
    app.state.face = face
    app.router.routes.extend(routes_of(operations()))
    socket = LiveSocket(service, face.frames, closing=face.closing)
    app.router.routes.append(WebSocketRoute(f"{PREFIX}/stream", socket))
    app.router.routes.append(Route("/openapi.json", _openapi))
    app.router.routes.extend(docs_routes())
    page = page or Page()
    app.router.routes.extend(page.routes(shared=foreign is None))
    if foreign is not None:
        app.router.default = foreign.rest(page=page.document, closing=face.closing)
        app.add_middleware(foreign.choose)
    if extra_origins:
        _allow_pages_of(app, extra_origins)
    app.add_middleware(Guard, hosts=hosts_for(bound_host, extra=extra_hosts), origins=extra_origins)
    return app


def close_streams(app: Starlette) -> None:
    """End all live streams, which would keep the server from stopping; call it first of all."""
    face: Face = app.state.face
    face.closing.set()


def _allow_pages_of(app: Starlette, origins: Collection[str]) -> None:
    """Let the pages of these origins read the answers; they send no credentials."""
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(origins),
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["*"],
        expose_headers=["ETag", "Location", "Content-Disposition"],
    )


def _on_http_exception(
    foreign: Foreign | None,
) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(request: Request, error: Exception) -> Response:
        if foreign is not None:
            answered = foreign.refuse(request, cast("HTTPException", error))
            if answered is not None:
                return answered
        return await on_http_exception(request, error)

    return answer


async def _openapi(request: Request) -> Response:
    del request
    # FastAPI makes the document; the server starts faster without it.
    from runyard.api.openapi import document_bytes  # noqa: PLC0415

    return JsonBytes(await asyncio.to_thread(document_bytes, tuple(operations())))
