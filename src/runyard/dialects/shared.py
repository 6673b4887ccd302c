"""Where two dialects use one path on the one port: who is meant, or one answer for both.

A dialect that was chosen (its prefix, its listener, the header) never comes here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from runyard import __version__
from runyard.dialects.answers import json_answer, superset
from runyard.dialects.bodies import read_json
from runyard.dialects.frame import Endpoint, service_of
from runyard.domain.errors import Invalid, RunyardError, TooLarge

SharedEndpoint = Callable[[Request, Mapping[str, Endpoint]], Awaitable[Response]]

TASKRUN, PIXIVTAILOR = "taskrun", "pixivtailor"
_CREATES = frozenset({"task_id", "content"})
_LISTS = frozenset({"pagination", "status", "type", "page", "page_size"})


async def tasks(request: Request, endpoints: Mapping[str, Endpoint]) -> Response:
    """`POST /api/tasks` creates a script in one dialect and lists tasks in the other."""
    try:
        body = await read_json(request)
    except TooLarge as error:
        return superset(413, error.message)
    except Invalid as error:
        return superset(400, error.message)
    name = whose(body)
    if name is None or name not in endpoints:
        return superset(
            400,
            "a JSON object with task_id and content creates a script; one with pagination, status "
            "or type lists tasks",
        )
    return await endpoints[name](request)


def whose(body: Any) -> str | None:
    """The dialect that a body of `POST /api/tasks` belongs to."""
    if not isinstance(body, dict):
        return None
    if body.keys() & _CREATES:
        return TASKRUN
    return PIXIVTAILOR if body.keys() & _LISTS else None


async def health(request: Request, endpoints: Mapping[str, Endpoint]) -> Response:
    """One body with what each dialect's clients look for."""
    del endpoints
    try:
        service_of(request)
    except RunyardError as error:
        return superset(503, error.message)
    return json_answer(
        {
            "status": "ok",
            "service": "Runyard",
            "version": __version__,
            "success": True,
            "message": "Service is running",
            "data": {
                "status": "healthy",
                "message": "Service is running",
                "time": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            },
        }
    )


SHARED: dict[tuple[str, str], SharedEndpoint] = {
    ("POST", "/api/tasks"): tasks,
    ("GET", "/health"): health,
}

PAGES = ("/tasks", "/tasks/new", "/tasks/{task_id}/edit", "/logs", "/monitor")
"""Browser pages of TaskRunService; the same page serves them all."""

PAGE_OR_JSON = "/tasks/{task_def_id}"
"""A definition, or, for a browser that asks for one that is not there, the page."""


def prefers_page(request: Request) -> bool:
    accepted = request.headers.get("accept", "").lower()
    return "text/html" in accepted and "application/json" not in accepted
