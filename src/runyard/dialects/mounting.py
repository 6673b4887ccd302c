"""Mounts the dialects: all at their original paths on one port, each under its own prefix too.

A listener of its own or the header `X-Runyard-Dialect` chooses a dialect: its requests are then
served as if they had come under its prefix. The dialects are loaded with the first request that is
not for the native API: a server that nobody asks in a dialect does not pay for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from starlette.routing import Router

if TYPE_CHECKING:
    from starlette.exceptions import HTTPException
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from runyard.dialects.frame import Dialect, Endpoint
    from runyard.runtime.service import Service

HEADER = b"x-runyard-dialect"
_NATIVE = "/api/v1"
_OWN_GROUND = ("/api", "/tasks", "/users", "/ws", "/health")


class Dialects:
    """What the HTTP face needs of the dialects: the rest of the paths, refusals, and a choice.

    `load` answers the dialects, of which `names` is known before. `ports` names the dialect that a
    listener of its own serves alone, by the listener's port.
    """

    def __init__(
        self,
        load: Callable[[], Sequence[Dialect]],
        *,
        names: Collection[str],
        service: Callable[[], Service],
        ports: Mapping[int, str] | None = None,
    ) -> None:
        self._load = load
        self._names = frozenset(names)
        self._service = service
        self._ports = ports or {}
        self._dialects: dict[str, Dialect] = {}

    def rest(self, *, page: Endpoint, closing: asyncio.Event) -> ASGIApp:
        """Serves every path that the native API does not have; `page` is what browsers see."""
        loading = asyncio.Lock()
        router: Router | None = None

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            nonlocal router
            if router is None:
                async with loading:
                    if router is None:
                        router = await asyncio.to_thread(self._router, page, closing)
            await router(scope, receive, send)

        return serve

    def _router(self, page: Endpoint, closing: asyncio.Event) -> Router:
        from runyard.dialects.frame import Surroundings  # noqa: PLC0415 - see the module's text
        from runyard.dialects.routing import all_routes  # noqa: PLC0415

        dialects = self._load()
        around = Surroundings(service=self._service, closing=closing)
        router = Router(all_routes(dialects, around, page=page), redirect_slashes=False)
        self._dialects = {dialect.name: dialect for dialect in dialects}
        return router

    def refuse(self, request: Request, error: HTTPException) -> Response | None:
        """The answer to an unknown path or method; None where no dialect is concerned."""
        from runyard.dialects.answers import superset  # noqa: PLC0415 - see the module's text
        from runyard.dialects.frame import Refusal  # noqa: PLC0415

        path = request.scope["path"]
        allow = (error.headers or {}).get("Allow", "")
        headers = {"allow": allow} if allow else {}
        name = _first_segment(path)
        if name in self._dialects:
            message = _reason(request, error, path.removeprefix(f"/{name}") or "/")
            answer = self._dialects[name].refuse(Refusal(status=error.status_code, message=message))
            answer.headers.update(headers)
            return answer
        if not _is_below(path, _OWN_GROUND) or _is_below(path, (_NATIVE,)):
            return None
        return superset(error.status_code, _reason(request, error, path), headers=headers)

    def choose(self, app: ASGIApp) -> ASGIApp:
        """Middleware: moves the requests of a chosen dialect under its prefix."""

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] in {"http", "websocket"}:
                scope = self._under_prefix(scope)
            await app(scope, receive, send)

        return serve

    def _under_prefix(self, scope: Scope) -> Scope:
        path: str = scope["path"]
        name = self._ports.get((scope.get("server") or ("", 0))[1] or 0)
        if name is None:
            name = next((v.decode("latin-1") for n, v in scope["headers"] if n == HEADER), None)
            taken = (_NATIVE, *(f"/{known}" for known in self._names))
            if name not in self._names or _is_below(path, taken):
                return scope
        prefix = f"/{name}"
        raw = prefix.encode() + (scope.get("raw_path") or path.encode())
        return {**scope, "path": prefix + path, "raw_path": raw}


def _first_segment(path: str) -> str:
    return path.lstrip("/").partition("/")[0]


def _is_below(path: str, grounds: Sequence[str]) -> bool:
    return any(path == ground or path.startswith(f"{ground}/") for ground in grounds)


def _reason(request: Request, error: HTTPException, path: str) -> str:
    shown = path[:200]
    if error.status_code == 404:
        return f"there is nothing at {shown}"
    if error.status_code == 405:
        return f"{shown} does not know {request.method}"
    return str(error.detail)
