"""uvicorn's WebSocket that also sends frames which are ready, many of them as one piece."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from runyard.api.frames import READY

if TYPE_CHECKING:
    from websockets.http11 import Request


class ReadyFramesProtocol(WebSocketsSansIOProtocol):
    """Adds the ASGI extension `READY` to the scope and to `websocket.send`.

    A frame of a server is the same bytes for every client, so it is made once for all of them;
    uvicorn would make it, and compress it where the client offers that, once for each.
    """

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.close_sent:
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[READY] = {}

    async def send(self, message: Any) -> None:
        ready = message.get(READY)
        if ready is None:
            await super().send(message)
            return
        await self.writable.wait()
        if self.disconnected or self.close_sent or self.transport.is_closing():
            raise ClientDisconnected
        self.transport.write(ready)
