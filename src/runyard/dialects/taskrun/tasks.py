"""Script tasks: list, read, create, change, delete."""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.responses import Response

from runyard.dialects.answers import local_text
from runyard.dialects.bodies import read_object
from runyard.dialects.frame import service_of
from runyard.dialects.taskrun import envelope
from runyard.dialects.taskrun.envelope import DIALECT, NAME, ok, refused, said, text_of
from runyard.dialects.taskrun.views import find_task, is_script, task_view
from runyard.domain.errors import Conflict, NotFound

log = logging.getLogger("runyard.taskrun")


@DIALECT.on("GET", "/api/tasks")
async def list_tasks(request: Request) -> Response:
    service = service_of(request)
    await service.catalog.refresh()
    return ok([task_view(task) for task in await service.catalog.list() if is_script(task)])


@DIALECT.on("POST", "/api/tasks")
async def create_task(request: Request) -> Response:
    body = await read_object(request)
    if not body.get("task_id"):
        return refused(envelope.ID_MISSING)
    task_id = text_of(body, "task_id")
    content = text_of(body, "content", "")
    try:
        await service_of(request).catalog.create_script(task_id, content, author=NAME)
    except Conflict:
        return refused(envelope.EXISTS)
    log.info("task %s created", task_id)
    return said(envelope.CREATED, status=201)


@DIALECT.on("GET", "/api/tasks/{task_id}")
async def read_task(request: Request) -> Response:
    service = service_of(request)
    task = await find_task(service, request.path_params["task_id"])
    if task is None:
        return refused(envelope.NO_SUCH_TASK, status=404)
    newest = await service.catalog.version(task.id, task.version)
    return ok(
        {
            **task_view(task),
            "task_id": task.id,
            "content": newest.content,
            "modified_at": local_text(newest.created_at),
        }
    )


@DIALECT.on("PUT", "/api/tasks/{task_id}")
async def update_task(request: Request) -> Response:
    service = service_of(request)
    body = await read_object(request)
    task = await find_task(service, request.path_params["task_id"])
    if task is None:
        return refused(envelope.NO_SUCH_TASK)
    if body.get("content") is None:
        return refused(envelope.CONTENT_MISSING)
    await service.catalog.update(task.id, text_of(body, "content"), author=NAME)
    log.info("task %s updated", task.id)
    return said(envelope.UPDATED)


@DIALECT.on("DELETE", "/api/tasks/{task_id}")
async def delete_task(request: Request) -> Response:
    """What runs goes on and finishes; logs stay."""
    service = service_of(request)
    task = await find_task(service, request.path_params["task_id"])
    if task is None:
        return refused(envelope.NO_SUCH_TASK)
    try:
        await service.catalog.delete(task.id, author=NAME)
    except NotFound:
        return refused(envelope.NO_SUCH_TASK)
    return said(envelope.DELETED)
