"""The frame of a dialect: its operations at their original paths, and its own way to refuse."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from runyard.domain.errors import (
    Conflict,
    EngineError,
    Forbidden,
    NotFound,
    RunyardError,
    StaleAttempt,
    StoreUnavailable,
    TooLarge,
)
from runyard.runtime.service import Service

log = logging.getLogger("runyard.dialects")

Endpoint = Callable[[Request], Awaitable[Response]]
SocketEndpoint = Callable[[WebSocket], Awaitable[None]]
E = TypeVar("E", bound=Endpoint)
S = TypeVar("S", bound=SocketEndpoint)

_SCOPE = "runyard.dialects"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a request is not served; `status` is what most dialects answer, `cause` what was raised.

    `message` is fit for the client: it names no path of the server.
    """

    status: int
    message: str
    cause: RunyardError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    method: str
    path: str  # the original one, as Starlette writes it: "/api/tasks/{task_id}"
    endpoint: Endpoint


@dataclass(slots=True, kw_only=True)
class Dialect:
    """One foreign contract. Its modules register their endpoints with `on` and `socket`.

    `refuse` makes the error body of this dialect; it may choose another status.
    """

    name: str  # also its prefix
    refuse: Callable[[Refusal], Response]
    operations: list[Operation] = field(default_factory=list)
    sockets: dict[str, SocketEndpoint] = field(default_factory=dict)

    def on(self, method: str, path: str) -> Callable[[E], E]:
        """Serve `method` on `path`; what is registered first wins where two paths match."""

        def register(endpoint: E) -> E:
            self.operations.append(Operation(method=method, path=path, endpoint=endpoint))
            return endpoint

        return register

    def socket(self, path: str) -> Callable[[S], S]:
        def register(endpoint: S) -> S:
            self.sockets[path] = endpoint
            return endpoint

        return register

    async def answer(self, endpoint: Endpoint, request: Request) -> Response:
        """What the endpoint answers, or this dialect's body for what it raised."""
        try:
            return await endpoint(request)
        except RunyardError as error:
            return self.refuse(refusal_of(error))
        except Exception:
            incident = secrets.token_hex(6)
            log.exception("incident %s in %s", incident, self.name)
            return self.refuse(
                Refusal(status=500, message=f"internal error; the server's log has {incident}")
            )


def refusal_of(error: RunyardError) -> Refusal:
    match error:
        case NotFound():
            status = 404
        case Conflict() | StaleAttempt():
            status = 409
        case Forbidden():
            status = 403
        case TooLarge():
            status = 413
        case StoreUnavailable() | EngineError():
            status = 503
        case _:
            status = 400
    return Refusal(status=status, message=error.message, cause=error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What endpoints find around them."""

    service: Callable[[], Service]
    closing: asyncio.Event  # set when the server ends: sockets have to close


def surround(scope: Any, surroundings: Surroundings) -> None:
    scope[_SCOPE] = surroundings


def service_of(connection: HTTPConnection) -> Service:
    """The Service behind a request or a socket. Raises `StoreUnavailable` until it is there."""
    around: Surroundings = connection.scope[_SCOPE]
    return around.service()


def closing_of(connection: HTTPConnection) -> asyncio.Event:
    around: Surroundings = connection.scope[_SCOPE]
    return around.closing
