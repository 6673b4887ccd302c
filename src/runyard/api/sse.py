"""Server-sent events: a response that stays, pings, and ends when the client or the server goes."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.types import Receive, Scope, Send

PING_S = 15.0
STALLED_S = 60.0
_PING = b": ping\n\n"


def event(data: bytes | str, *, id: int | None = None, name: str = "") -> bytes:  # noqa: A002
    """One event; `data` is JSON, so it holds no line breaks."""
    body = data if isinstance(data, bytes) else data.encode()
    head = b"" if id is None else b"id: %d\n" % id
    if name:
        head += b"event: %s\n" % name.encode()
    return head + b"data: " + body + b"\n\n"


class EventStream(Response):
    """Sends chunks of ready events as they come.

    A client that takes nothing for a minute is let go; it can resume with `Last-Event-ID`.
    `closing` ends the stream when the server wants to stop.
    """

    media_type = "text/event-stream"

    def __init__(self, chunks: AsyncGenerator[bytes, None], *, closing: asyncio.Event) -> None:
        self.status_code = 200
        self.background = None
        self._chunks = chunks
        self._closing = closing
        self.init_headers({"cache-control": "no-store", "x-accel-buffering": "no"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        headers = [pair for pair in self.raw_headers if pair[0] != b"content-length"]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        send_all = asyncio.ensure_future(self._send_all(send))
        others = [
            asyncio.ensure_future(_gone(receive)),
            asyncio.ensure_future(self._closing.wait()),
            asyncio.ensure_future(_ping(send)),
        ]
        try:
            await asyncio.wait([send_all, *others], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (send_all, *others):
                task.cancel()
            ended = await asyncio.gather(send_all, *others, return_exceptions=True)
        if not others[0].done() or others[0].cancelled():
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        if isinstance(ended[0], Exception) and not isinstance(ended[0], (TimeoutError, OSError)):
            raise ended[0]

    async def _send_all(self, send: Send) -> None:
        async with aclosing(self._chunks) as chunks:
            async for chunk in chunks:
                async with asyncio.timeout(STALLED_S):
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _ping(send: Send) -> None:
    while True:
        await asyncio.sleep(PING_S)
        await send({"type": "http.response.body", "body": _PING, "more_body": True})
