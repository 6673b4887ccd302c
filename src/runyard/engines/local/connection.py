"""One connection to the supervisor: JSON lines both ways, in the batches in which they arrive."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

import orjson

PROTOCOL = 1

_logger = logging.getLogger(__name__)


class Connection(asyncio.Protocol):
    """Calls `on_messages` with each batch; `lost` is done when the peer or the socket is gone."""

    def __init__(self, on_messages: Callable[[list[dict[str, Any]]], None]) -> None:
        self._on_messages = on_messages
        self._transport: asyncio.Transport | None = None
        self._rest = bytearray()
        self._writable = asyncio.Event()
        self._writable.set()
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @classmethod
    async def open(
        cls, path: Path, on_messages: Callable[[list[dict[str, Any]]], None]
    ) -> Connection:
        """Raises OSError when nobody listens at `path`."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_unix_connection(lambda: cls(on_messages), str(path))
        return connection

    def send(self, messages: Iterable[dict[str, Any]]) -> None:
        self.send_lines([line(message) for message in messages])

    def send_lines(self, lines: list[bytes]) -> None:
        """Written as one piece; silently nothing once the connection is lost."""
        if lines and self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(lines))

    async def flushed(self) -> None:
        """Wait while more is waiting to be written than is good."""
        await self._writable.wait()

    def pause(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def close(self) -> None:
        """What was sent is still written out."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        newline = data.rfind(b"\n")
        if newline < 0:
            self._rest += data
            return
        whole = bytes(self._rest) + data[:newline] if self._rest else data[:newline]
        self._rest = bytearray(data[newline + 1 :])
        try:
            messages = [orjson.loads(text) for text in whole.split(b"\n")]
        except orjson.JSONDecodeError:
            # Nothing that follows can be trusted: begin again with a hello.
            _logger.exception("the supervisor sent a line that is not JSON; reconnecting")
            self.abort()
            return
        self._on_messages(messages)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._transport = None
        self._writable.set()
        if not self.lost.done():
            self.lost.set_result(None)

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()


def line(message: dict[str, Any]) -> bytes:
    return orjson.dumps(message, option=orjson.OPT_APPEND_NEWLINE)
