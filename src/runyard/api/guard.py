"""The outermost gate: who may ask (Host, Origin), how much, HEAD, and the last catch for errors.

A server without accounts on loopback must not be drivable from a web page, so requests under a
foreign host name (DNS rebinding) and writes that a browser sends for another site are refused.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from runyard.api.problems import BadRequest, answer, unexpected
from runyard.domain.errors import RunyardError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_MAX_HEADERS = 100
_MAX_HEADER_BYTES = 64 * 1024
_MAX_TARGET_BYTES = 16 * 1024
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class HeadAnswered(OSError):
    """The answer to HEAD is complete; whoever still sends a body can stop."""


class Guard:
    """ASGI middleware. `hosts` None: any Host is fine (an address that others may reach)."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: Collection[str] | None = None,
        origins: Collection[str] = (),
    ) -> None:
        self._app = app
        self._hosts = None if hosts is None else frozenset(name.lower() for name in hosts)
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        try:
            self._check(scope)
        except RunyardError as error:
            await _refuse(error, scope, receive, send)
            return
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
        elif scope["method"] == "HEAD":
            await self._serve_head(scope, receive, send)
        else:
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except HeadAnswered:
            return
        except Exception as error:  # noqa: BLE001 - the last catch; logged with its traceback
            failed = unexpected(error)
            if not started:
                await failed(scope, receive, send)

    async def _serve_head(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As GET, without the body."""

        async def headers_only(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b""})
            elif message.get("more_body"):
                raise HeadAnswered

        await self._serve({**scope, "method": "GET"}, receive, headers_only)

    def _check(self, scope: Scope) -> None:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        _check_sizes(scope, headers)
        host = origin = site = ""
        for name, value in headers:
            if name == b"host":
                host = value.decode("latin-1")
            elif name == b"origin":
                origin = value.decode("latin-1")
            elif name == b"sec-fetch-site":
                site = value.decode("latin-1")
        if self._hosts is not None:
            _check_host(host, self._hosts)
        if scope["type"] == "websocket" or scope["method"] not in _SAFE:
            self._check_origin(origin, host=host, site=site)

    def _check_origin(self, origin: str, *, host: str, site: str) -> None:
        if origin in self._origins and origin:
            return
        if site in {"cross-site", "same-site"} or (origin and not _is_same(origin, host)):
            raise BadRequest(
                403,
                "foreign_origin",
                "a page from elsewhere must not steer this server",
                hint="open the page under this server's own address",
            )


def _check_host(host: str, allowed: Collection[str]) -> None:
    name = _host_name(host)
    if name not in allowed:
        raise BadRequest(
            421,
            "foreign_host",
            f"this server does not answer under the name {name or '(none)'}",
            hint="use http://localhost with its port",
        )


def _check_sizes(scope: Scope, headers: list[tuple[bytes, bytes]]) -> None:
    target = len(scope.get("raw_path") or b"") + len(scope["query_string"])
    if target > _MAX_TARGET_BYTES:
        raise BadRequest(414, "address_too_long", f"the address is over {_MAX_TARGET_BYTES} bytes")
    size = 0
    for name, value in headers:
        size += len(name) + len(value)
    if len(headers) > _MAX_HEADERS or size > _MAX_HEADER_BYTES:
        raise BadRequest(
            431,
            "headers_too_large",
            f"more than {_MAX_HEADERS} headers or {_MAX_HEADER_BYTES // 1024} KiB of them",
        )


def _is_same(origin: str, host: str) -> bool:
    try:
        return urlsplit(origin).netloc.lower() == host.lower() != ""
    except ValueError:
        return False


@lru_cache(maxsize=256)
def _host_name(host: str) -> str:
    """`[::1]:5000` -> `::1`; the port says nothing about who asks."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".").lower()
    except ValueError:
        return ""


def hosts_for(bound: str, extra: Iterable[str] = ()) -> frozenset[str] | None:
    """The names under which a server bound to `bound` answers; None: any, it is not on loopback."""
    try:
        loopback = bound == "localhost" or ipaddress.ip_address(bound).is_loopback
    except ValueError:
        loopback = False
    return LOOPBACK_NAMES | {bound, *extra} if loopback else None


async def _refuse(error: RunyardError, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await answer(error)(scope, receive, send)
    else:  # refused before the handshake: the client sees 403
        await send({"type": "websocket.close", "code": 1008, "reason": error.message[:120]})
