"""The routes of dialects: one for each path, whoever claims its methods; clashes are errors."""

from __future__ import annotations

import re
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket

from runyard.dialects.frame import Dialect, Endpoint, SocketEndpoint, Surroundings, surround
from runyard.dialects.shared import PAGE_OR_JSON, PAGES, SHARED, prefers_page


def all_routes(
    dialects: Sequence[Dialect], around: Surroundings, *, page: Endpoint
) -> list[BaseRoute]:
    """The prefixes, then the original paths. `page` is what browsers get to see.

    Raises ValueError when two dialects claim one operation and no rule says whom it is for.
    """
    prefixes: list[BaseRoute] = [
        _Mount(f"/{dialect.name}", routes=_routes([dialect], around, page=None))
        for dialect in dialects
    ]
    return prefixes + _routes(dialects, around, page=page)


class _Mount(Mount):
    """Takes every path below it, also one with a line break, which is a name like others."""

    def __init__(self, path: str, *, routes: Sequence[BaseRoute]) -> None:
        super().__init__(path, routes=routes)
        self.path_regex = re.compile(self.path_regex.pattern, re.DOTALL)


def _routes(
    dialects: Sequence[Dialect], around: Surroundings, *, page: Endpoint | None
) -> list[BaseRoute]:
    """Literal segments come before names."""
    claims: dict[str, dict[str, dict[str, Endpoint]]] = {}
    sockets: dict[str, SocketEndpoint] = {}
    for dialect in dialects:
        for operation in dialect.operations:
            methods = claims.setdefault(operation.path, {}).setdefault(operation.method, {})
            if dialect.name in methods:
                raise ValueError(f"{dialect.name} serves {operation.method} {operation.path} twice")
            methods[dialect.name] = _served(dialect, operation.endpoint, around)
        for path, socket in dialect.sockets.items():
            if path in sockets:
                raise ValueError(f"two dialects serve the socket {path}")
            sockets[path] = _served_socket(socket, around)
    by_path = {
        path: {method: _one(method, path, owners, around) for method, owners in methods.items()}
        for path, methods in claims.items()
    }
    if page is not None:
        _add_pages(by_path, page)
    routes: list[BaseRoute] = [
        Route(path, _by_method(by_path[path]), methods=list(by_path[path]))
        for path in sorted(by_path, key=_literal_first)
    ]
    return routes + [WebSocketRoute(path, socket) for path, socket in sockets.items()]


def _one(method: str, path: str, owners: dict[str, Endpoint], around: Surroundings) -> Endpoint:
    if len(owners) == 1:
        return next(iter(owners.values()))
    shared = SHARED.get((method, path))
    if shared is None:
        raise ValueError(f"{method} {path} is claimed by {', '.join(owners)}")

    async def serve(request: Request) -> Response:
        surround(request.scope, around)
        return await shared(request, owners)

    return serve


def _add_pages(by_path: dict[str, dict[str, Endpoint]], page: Endpoint) -> None:
    for path in PAGES:
        by_path.setdefault(path, {}).setdefault("GET", page)
    definition = by_path.get(PAGE_OR_JSON, {}).get("GET")
    if definition is None:
        return

    async def page_or_json(request: Request) -> Response:
        answer = await definition(request)
        if answer.status_code == 404 and prefers_page(request):
            return await page(request)
        return answer

    by_path[PAGE_OR_JSON]["GET"] = page_or_json


def _served(dialect: Dialect, endpoint: Endpoint, around: Surroundings) -> Endpoint:
    async def serve(request: Request) -> Response:
        surround(request.scope, around)
        return await dialect.answer(endpoint, request)

    return serve


def _served_socket(endpoint: SocketEndpoint, around: Surroundings) -> SocketEndpoint:
    async def serve(socket: WebSocket) -> None:
        surround(socket.scope, around)
        await endpoint(socket)

    return serve


def _by_method(methods: dict[str, Endpoint]) -> Endpoint:
    if len(methods) == 1:
        return next(iter(methods.values()))

    async def endpoint(request: Request) -> Response:
        return await methods[request.method](request)

    return endpoint


def _literal_first(path: str) -> list[int]:
    return [("{" in segment) + (":path}" in segment) for segment in path.split("/")]
