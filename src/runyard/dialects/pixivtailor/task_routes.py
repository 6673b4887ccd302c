"""PixivTailor's task endpoints: list, status, start, stop, cancel, delete, cleanup."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from runyard.dialects.answers import json_answer
from runyard.dialects.pixivtailor.envelope import (
    DIALECT,
    body_of,
    number_of,
    object_of,
    success,
    text_of,
)
from runyard.dialects.pixivtailor.tasks import CLEANUPS
from runyard.dialects.pixivtailor.words import record_fields, status_fields
from runyard.dialects.pixivtailor.yard import tailor_of
from runyard.domain.errors import Invalid

_PAGE, _MOST = 20, 100


@DIALECT.on("POST", "/api/tasks")
async def list_tasks(request: Request) -> Response:
    body = await body_of(request)
    # Some clients send `page` and `page_size` beside the filters.
    pagination = {**body, **object_of(body, "pagination")}
    asked, size = number_of(pagination, "page", 1), number_of(pagination, "page_size", _PAGE)
    limit = _PAGE if size <= 0 else min(size, _MOST)
    page = min(max(asked, 1), 2**40)
    views, total = await tailor_of(request).tasks.page(
        offset=(page - 1) * limit,
        limit=limit,
        status=text_of(body, "status"),
        type_=text_of(body, "type"),
    )
    return success(
        {
            "tasks": [record_fields(view) for view in views],
            "pagination": {"page": asked, "page_size": size, "total": total},
        }
    )


@DIALECT.on("POST", "/api/status")
async def status(request: Request) -> Response:
    """Flat, as documented, and once more under `data`, where the original client looks."""
    task_id = await _task_id(request)
    fields = status_fields(await tailor_of(request).tasks.get(task_id))
    return json_answer({**fields, "data": fields})


@DIALECT.on("POST", "/api/task/start")
async def start(request: Request) -> Response:
    task_id = await _task_id(request)
    await tailor_of(request).tasks.start(task_id)
    return success({"message": "Task started successfully", "task_id": task_id})


@DIALECT.on("POST", "/api/task/stop")
async def stop(request: Request) -> Response:
    task_id = await _task_id(request)
    await tailor_of(request).tasks.stop(task_id)
    return success({"message": "Task stopped successfully", "task_id": task_id})


@DIALECT.on("POST", "/api/cancel")
async def cancel(request: Request) -> Response:
    await tailor_of(request).tasks.cancel(await _task_id(request))
    return success({"message": "Task cancelled successfully"})


@DIALECT.on("POST", "/api/delete")
async def delete(request: Request) -> Response:
    await tailor_of(request).tasks.delete(await _task_id(request))
    return success({"message": "Task deleted successfully"})


@DIALECT.on("POST", "/api/task/cleanup")
async def cleanup(request: Request) -> Response:
    which = text_of(await body_of(request), "cleanup_type")
    if not which:
        raise Invalid("Cleanup type is required")
    if which not in CLEANUPS:
        raise Invalid(
            "Invalid cleanup type", details=f"cleanup_type must be one of {', '.join(CLEANUPS)}"
        )
    count = await tailor_of(request).tasks.cleanup(which)
    return success(
        {
            "message": "Tasks cleaned up successfully",
            "cleaned_count": count,
            "cleanup_type": which,
        }
    )


@DIALECT.on("GET", "/api/tag/status")
async def tag_status(request: Request) -> Response:
    view = await tailor_of(request).tasks.get(_asked_id(request.query_params.get("task_id")))
    return success(record_fields(view))


@DIALECT.on("POST", "/api/tag/stop")
async def tag_stop(request: Request) -> Response:
    """Another way to cancel."""
    await tailor_of(request).tasks.cancel(_asked_id(request.query_params.get("task_id")))
    return success({"message": "Task cancelled successfully"})


async def _task_id(request: Request) -> str:
    return _asked_id((await body_of(request)).get("task_id"))


def _asked_id(given: Any) -> str:
    if given is None or given == "":
        raise Invalid("Task ID is required")
    if not isinstance(given, str):
        raise Invalid("Invalid request body", details="task_id must be a text")
    return given
