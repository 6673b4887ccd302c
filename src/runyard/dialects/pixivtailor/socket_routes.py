"""PixivTailor's WebSocket, and the preflight requests of browsers."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from runyard.dialects.frame import closing_of
from runyard.dialects.pixivtailor import webui
from runyard.dialects.pixivtailor.envelope import DIALECT
from runyard.dialects.pixivtailor.socket import Client
from runyard.dialects.pixivtailor.system_routes import system_facts
from runyard.dialects.pixivtailor.yard import tailor_of
from runyard.domain.errors import RunyardError

_NOT_READY = 1013


@DIALECT.socket("/ws")
async def live(socket: WebSocket) -> None:
    try:
        tailor = tailor_of(socket)
    except RunyardError as error:
        await socket.close(_NOT_READY, error.message[:100])
        return

    async def system() -> dict[str, Any]:
        return await system_facts(tailor)

    client = Client(
        socket,
        hub=tailor.hub,
        tasks=tailor.tasks,
        questions={"get_system_status": system, "get_webui_status": webui.status},
    )
    await client.serve(closing=closing_of(socket))


async def _preflight(request: Request) -> Response:
    """Says what may be sent; whose pages may send it is decided where writes are checked."""
    del request
    return Response(
        status_code=200,
        headers={
            "access-control-allow-methods": "GET, POST, PUT, DELETE, OPTIONS",
            "access-control-allow-headers": "Content-Type, Authorization",
        },
    )


def serve_preflights() -> None:
    """Call once, when all other endpoints are registered."""
    for path in dict.fromkeys(operation.path for operation in DIALECT.operations):
        DIALECT.on("OPTIONS", path)(_preflight)
