"""The installation: health, facts, reload."""

from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from runyard import __version__
from runyard.api.answers import HealthAnswer, SystemAnswer
from runyard.api.calls import service_of
from runyard.api.operations import Operations
from runyard.api.responses import json_answer

health = Operations("system", prefix="/api")
system = Operations("system")


@health.on("GET", "/system/health", answers=HealthAnswer)
async def read_health(request: Request) -> Response:
    """Whether the service answers."""
    service_of(request)
    return json_answer(
        {
            "success": True,
            "message": "Service is running",
            "status": "ok",
            "version": __version__,
        }
    )


@system.on("GET", "/system", answers=SystemAnswer)
async def read_system(request: Request) -> Response:
    """What runs here: version, folders' names, store, supervisor, counts, and what is wrong."""
    view = await service_of(request).system()
    return json_answer(
        {
            "version": view.version,
            "started_at": view.started_at,
            "uptime_s": max(0.0, (datetime.now(UTC) - view.started_at).total_seconds()),
            "store": view.store,
            "tasks_dir": PurePath(view.tasks_dir).name,
            "data_dir": PurePath(view.data_dir).name,
            "max_workers": view.max_workers,
            "supervisor": view.engine,
            "runs": view.runs,
            "tasks": view.tasks,
            "problems": view.problems,
        }
    )


@system.on("POST", "/reload", answers=dict[str, Any], errors=(409,))
async def reload(request: Request) -> Response:
    """Read the app module and the tasks folder again."""
    return json_answer(await service_of(request).reload())
