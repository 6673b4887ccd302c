"""MiroFish's monitoring of tasks, and the reports of programs that do the work themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from runyard import __version__
from runyard.dialects.answers import json_answer
from runyard.dialects.bodies import read_object
from runyard.dialects.frame import service_of
from runyard.dialects.mirofish.envelope import DIALECT, object_of, success, text_of
from runyard.dialects.mirofish.words import KEPT
from runyard.dialects.mirofish.yard import fish_of
from runyard.domain.errors import Invalid

_STATUSES = ("pending", "processing", "completed", "failed")
_LONGEST_TYPE = 500
_MOST_HOURS = 24 * 36_500


@DIALECT.on("GET", "/api/graph/task/{task_id}")
async def task(request: Request) -> Response:
    return success(await fish_of(request).tasks.get(request.path_params["task_id"]))


@DIALECT.on("GET", "/api/graph/tasks")
async def tasks(request: Request) -> Response:
    wanted = request.query_params.get("task_type")
    if wanted is not None and "\0" in wanted:
        raise Invalid("task_type must be a text")
    found = await fish_of(request).tasks.listed(wanted)
    return success(found, count=len(found))


@DIALECT.on("GET", "/health")
async def health(request: Request) -> Response:
    service_of(request)
    return json_answer(
        {"status": "ok", "service": "MiroFish Backend", "version": __version__, "success": True}
    )


# What the Python API of this dialect calls: the original has it in the process of the service.


@DIALECT.on("POST", "/api/graph/task")
async def create(request: Request) -> Response:
    body = await read_object(request)
    task_type = text_of(body, "task_type")
    if not task_type or len(task_type) > _LONGEST_TYPE:
        raise Invalid(f"task_type is a text of 1 to {_LONGEST_TYPE} characters")
    fish = fish_of(request)
    task_id = await fish.tasks.create(task_type, object_of(body, "metadata") or {})
    return success({"task_id": task_id})


@DIALECT.on("POST", "/api/graph/task/{task_id}/update")
async def update(request: Request) -> Response:
    """Only what is given changes; nothing given is a sign of life."""
    task_id, body = request.path_params["task_id"], await read_object(request)
    tasks_ = fish_of(request).tasks
    status = text_of(body, "status")
    if status and status not in _STATUSES:
        raise Invalid(f"status must be one of {', '.join(_STATUSES)}")
    progress = _progress_of(body)
    message = body.get("message")
    if message is not None and not isinstance(message, str):
        raise Invalid("message must be a text")
    if status == "processing" and progress is None:
        known = await tasks_.get(task_id)
        progress = float(known["progress"])  # being at work is told by how far it is
    detail = object_of(body, "progress_detail")
    silent = progress is None and message is None and detail is None
    if not (silent and status in {"completed", "failed"}):
        await tasks_.report(task_id, progress=progress, message=message, detail=detail)
    if status == "completed":
        await tasks_.finish(task_id, result=object_of(body, "result"))
    elif status == "failed":
        await tasks_.finish(task_id, error=text_of(body, "error") or message or "任务失败")
    return success({"task_id": task_id})


@DIALECT.on("POST", "/api/graph/task/{task_id}/complete")
async def complete(request: Request) -> Response:
    task_id, body = request.path_params["task_id"], await read_object(request)
    await fish_of(request).tasks.finish(task_id, result=object_of(body, "result"))
    return success({"task_id": task_id})


@DIALECT.on("POST", "/api/graph/task/{task_id}/fail")
async def fail(request: Request) -> Response:
    task_id, body = request.path_params["task_id"], await read_object(request)
    await fish_of(request).tasks.finish(task_id, error=text_of(body, "error") or "任务失败")
    return success({"task_id": task_id})


@DIALECT.on("POST", "/api/graph/tasks/cleanup")
async def cleanup(request: Request) -> Response:
    hours = (await read_object(request)).get("max_age_hours")
    age = KEPT
    if hours is not None:
        if not _is_number(hours) or not 0 <= hours <= _MOST_HOURS:
            raise Invalid("max_age_hours must be a number, 0 or more")
        age = timedelta(hours=hours)
    return success({"removed": await fish_of(request).tasks.cleanup(age)})


def _progress_of(body: dict[str, Any]) -> float | None:
    progress = body.get("progress")
    if progress is None:
        return None
    if not _is_number(progress) or not 0 <= progress <= 100:
        raise Invalid("progress must be a number from 0 to 100")
    return float(progress)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
