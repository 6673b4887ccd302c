"""PixivTailor's system endpoints, and the image server's state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from runyard.dialects.pixivtailor import webui
from runyard.dialects.pixivtailor.envelope import DIALECT, failure, success
from runyard.dialects.pixivtailor.words import rfc3339
from runyard.dialects.pixivtailor.yard import PixivTailor, tailor_of


@DIALECT.on("POST", "/api/system/info")
async def info(request: Request) -> Response:
    return success(await system_facts(tailor_of(request)))


async def system_facts(tailor: PixivTailor) -> dict[str, Any]:
    load = await tailor.machine.load()
    up = datetime.now(UTC) - tailor.installation.started_at
    return {
        "version": tailor.installation.version,
        "status": "healthy",
        "uptime": _as_go(up),
        "uptime_seconds": int(up.total_seconds()),
        "active_connections": tailor.hub.connections,
        "memory": {
            "used": load.memory_used,
            "total": load.memory_total,
            "available": load.memory_available,
        },
        "cpu_usage": load.cpu_percent,
        "memory_usage": load.memory_percent,
        "disk_usage": load.disk_percent,
    }


@DIALECT.on("GET", "/health")
async def health(request: Request) -> Response:
    tailor_of(request)
    now = rfc3339(datetime.now(UTC))
    return success({"status": "healthy", "message": "Service is running", "time": now})


@DIALECT.on("GET", "/api/webui/status")
async def webui_status(request: Request) -> Response:
    del request
    return success(await webui.status())


@DIALECT.on("POST", "/api/webui/start")
@DIALECT.on("POST", "/api/webui/start-external")
async def webui_start(request: Request) -> Response:
    """The image server is a program of its own; here it is only found, or not."""
    del request
    found = await webui.status()
    if found["port_open"]:
        return failure(409, "WebUI is already running")
    return failure(
        501, "WebUI is not managed here", f"start it yourself; {webui.SETTING} says where it is"
    )


@DIALECT.on("POST", "/api/webui/stop")
async def webui_stop(request: Request) -> Response:
    del request
    return failure(501, "WebUI is not managed here", "stop it where it was started")


def _as_go(duration: timedelta) -> str:
    """`1h2m3s`, as Go prints a duration."""
    seconds = int(duration.total_seconds())
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    if hours:
        return f"{hours}h{minutes}m{seconds}s"
    return f"{minutes}m{seconds}s" if minutes else f"{seconds}s"
