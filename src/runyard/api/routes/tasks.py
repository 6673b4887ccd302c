"""Tasks: create, read, change, rename, pause, delete."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from runyard.api.answers import DeletedAnswer, TaskAnswer, TaskPageAnswer, TaskWithContent
from runyard.api.calls import caller_of, service_of
from runyard.api.draft_answers import StaleTaskProblem
from runyard.api.encoding import dumps, page_bytes, task_dict, version_dict
from runyard.api.etags import etag, expected_hash, is_known
from runyard.api.marks import Header, Query
from runyard.api.models import (
    CreateTaskBody,
    DeleteTaskQuery,
    PauseBody,
    RenameBody,
    TaskContentBody,
    TaskSettingsBody,
    TasksQuery,
)
from runyard.api.operations import PREFIX, Operations
from runyard.api.problems import MEDIA_TYPE
from runyard.api.responses import JsonBytes, json_answer, nothing
from runyard.api.statistics_encoding import brief_dict
from runyard.api.task_listing import page_of_tasks
from runyard.domain.errors import StaleEdit
from runyard.domain.states import LIVE
from runyard.domain.tasks import Task
from runyard.store.filters import RunFilter

tasks = Operations("tasks")

IfMatch = Annotated[str | None, Header(alias="If-Match")]
IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match")]

_STALE: dict[int | str, dict[str, Any]] = {
    412: {
        "model": StaleTaskProblem,
        "content": {
            MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{StaleTaskProblem.__name__}"}}
        },
        "description": "`If-Match` names an older content; the newest version is told",
    }
}


async def task_answer(
    request: Request, task: Task, *, status: int = 200, located: bool = False
) -> Response:
    """A task with its ETag; `located` tells its address."""
    headers = {"etag": etag(task.content_hash)}
    if located:
        headers["location"] = f"{PREFIX}/tasks/{quote(task.id)}"
    (document,) = await _documents(request, [task])
    return json_answer(document, status=status, headers=headers)


async def _documents(request: Request, tasks: Sequence[Task]) -> list[dict[str, Any]]:
    """Tasks with their schedules."""
    schedules = await service_of(request).schedules.of_tasks([task.id for task in tasks])
    return [
        {
            **task_dict(task),
            "schedules": [
                {"id": one.id, "next_at": one.next_at, "paused": one.paused}
                for one in schedules.get(task.id, ())
            ],
        }
        for task in tasks
    ]


@tasks.on("GET", "/tasks", answers=TaskPageAnswer)
async def list_tasks(request: Request, query: Annotated[TasksQuery, Query()]) -> Response:
    """Tasks, a page at a time."""
    service = service_of(request)
    page, next_cursor = await page_of_tasks(service, query)
    documents = await _documents(request, page)
    runs = await service.statistics.newest_runs(
        [task.id for task in page] if query.recent else (), most=query.recent
    )
    for document in documents:
        document["recent_runs"] = [brief_dict(run) for run in runs.get(document["id"], ())]
    return JsonBytes(page_bytes(map(dumps, documents), next_cursor))


@tasks.on("POST", "/tasks", answers=TaskAnswer, status=201, errors=(404, 409))
async def create_task(request: Request, body: CreateTaskBody) -> Response:
    """Create a script (a file in the tasks folder), or a task of a registered type."""
    catalog, author = service_of(request).catalog, caller_of(request)
    if body.executor is not None:
        task = await catalog.create_typed(
            body.id,
            executor=body.executor,
            config=body.config,
            settings=body.settings,
            author=author,
            message=body.message,
        )
    else:
        task = await catalog.create_script(
            body.id, body.content or "", author=author, message=body.message
        )
    return await task_answer(request, task, status=201, located=True)


@tasks.on(
    "GET",
    "/tasks/{task_id}",
    answers=TaskWithContent,
    errors=(404,),
    others={304: {"description": "`If-None-Match` names this content"}},
)
async def read_task(request: Request, task_id: str, if_none_match: IfNoneMatch = None) -> Response:
    """A task with its newest content; the ETag is the content's hash."""
    catalog = service_of(request).catalog
    task = await catalog.get(task_id)
    tag = etag(task.content_hash)
    if is_known(if_none_match, current=task.content_hash):
        return nothing(status=304, headers={"etag": tag})
    version = await catalog.version(task.id, task.version)
    (document,) = await _documents(request, [task])
    document["content"] = version.content
    return json_answer(document, headers={"etag": tag})


@tasks.on("PUT", "/tasks/{task_id}", answers=TaskAnswer, errors=(404, 409), others=_STALE)
async def replace_task(
    request: Request, task_id: str, body: TaskContentBody, if_match: IfMatch = None
) -> Response:
    """Save a new content as a new version.

    For a script the text of the file; for a typed task its settings as JSON text. With `If-Match`
    an edit that is based on an older content is refused.
    """
    async with _told_of_the_newest(request, task_id):
        task = await service_of(request).catalog.update(
            task_id,
            body.content,
            expected_hash=await _expected(request, task_id, if_match),
            author=caller_of(request),
            message=body.message,
        )
    return await task_answer(request, task)


@tasks.on("PATCH", "/tasks/{task_id}", answers=TaskAnswer, errors=(404, 409), others=_STALE)
async def edit_task_settings(
    request: Request, task_id: str, body: TaskSettingsBody, if_match: IfMatch = None
) -> Response:
    """Change settings; of a script's block, comments and order stay as they are."""
    async with _told_of_the_newest(request, task_id):
        task = await service_of(request).catalog.edit_settings(
            task_id,
            body.settings,
            expected_hash=await _expected(request, task_id, if_match),
            author=caller_of(request),
        )
    return await task_answer(request, task)


@contextlib.asynccontextmanager
async def _told_of_the_newest(request: Request, task_id: str) -> AsyncIterator[None]:
    """An edit that is based on an older content is told which one is the newest."""
    try:
        yield
    except StaleEdit as error:
        catalog = service_of(request).catalog
        task = await catalog.get(task_id)
        newest = await catalog.version(task.id, task.version)
        raise StaleEdit(
            error.message,
            hint=error.hint,
            task_id=task.id,
            etag=etag(newest.content_hash),
            content_hash=newest.content_hash,
            version=newest.version,
            newest=version_dict(newest, whole=False),
        ) from None


async def _expected(request: Request, task_id: str, if_match: str | None) -> str | None:
    if if_match is None:
        return None
    task = await service_of(request).catalog.get(task_id)
    return expected_hash(if_match, current=task.content_hash)


@tasks.on("DELETE", "/tasks/{task_id}", answers=DeletedAnswer, errors=(404, 409))
async def delete_task(
    request: Request, task_id: str, query: Annotated[DeleteTaskQuery, Query()]
) -> Response:
    """Delete a task; its runs and versions stay readable."""
    service = service_of(request)
    await service.catalog.get(task_id)
    cancelled: list[str] = []
    await service.catalog.delete(task_id, author=caller_of(request))
    if query.cancel_runs:
        cancelled += await service.cancel_matching(
            RunFilter(task_ids=(task_id,), statuses=tuple(sorted(LIVE))),
            reason=f"task {task_id} was deleted",
            by=caller_of(request),
        )
    return json_answer({"id": task_id, "cancelled": cancelled})


@tasks.on("POST", "/tasks/{task_id}/rename", answers=TaskAnswer, errors=(404, 409))
async def rename_task(request: Request, task_id: str, body: RenameBody) -> Response:
    """Give a task another id; its versions go with it."""
    task = await service_of(request).catalog.rename(task_id, body.new_id, author=caller_of(request))
    return await task_answer(request, task, located=True)


@tasks.on("POST", "/tasks/{task_id}/pause", answers=TaskAnswer, errors=(404,))
async def pause_task(request: Request, task_id: str, body: PauseBody | None = None) -> Response:
    """Hold back new runs of a task; what runs goes on."""
    reason = body.reason if body else ""
    task = await service_of(request).pause_task(task_id, reason=reason, by=caller_of(request))
    return await task_answer(request, task)


@tasks.on("POST", "/tasks/{task_id}/resume", answers=TaskAnswer, errors=(404,))
async def resume_task(request: Request, task_id: str) -> Response:
    """Let runs of a paused task start again."""
    task = await service_of(request).resume_task(task_id, by=caller_of(request))
    return await task_answer(request, task)
