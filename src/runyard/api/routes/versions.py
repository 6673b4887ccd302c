"""Versions of a task: history, difference, restore."""

from typing import Annotated, Any

from starlette.requests import Request
from starlette.responses import Response

from runyard.api.answers import DiffAnswer, TaskAnswer, VersionAnswer, VersionsAnswer
from runyard.api.calls import caller_of, service_of
from runyard.api.encoding import version_dict
from runyard.api.marks import Query
from runyard.api.models import DiffQuery
from runyard.api.operations import Operations
from runyard.api.responses import json_answer, text_answer
from runyard.api.routes.tasks import task_answer

versions = Operations("tasks")

_AS_TEXT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A unified diff, as JSON or (`format=text`) as text",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }
}


@versions.on("GET", "/tasks/{task_id}/versions", answers=VersionsAnswer, errors=(404,))
async def list_versions(request: Request, task_id: str) -> Response:
    """All saved versions, newest first, without their contents."""
    found = await service_of(request).catalog.versions(task_id)
    return json_answer({"items": [version_dict(version, whole=False) for version in found]})


@versions.on("GET", "/tasks/{task_id}/versions/{version}", answers=VersionAnswer, errors=(404,))
async def read_version(request: Request, task_id: str, version: int) -> Response:
    """One version with its content and the settings it had."""
    found = await service_of(request).catalog.version(task_id, version)
    return json_answer(version_dict(found, whole=True))


@versions.on(
    "GET",
    "/tasks/{task_id}/versions/{version}/diff",
    answers=DiffAnswer,
    errors=(404,),
    others=_AS_TEXT,
)
async def diff_versions(
    request: Request, task_id: str, version: int, query: Annotated[DiffQuery, Query()]
) -> Response:
    """What changed from this version to the version `to`."""
    diff = await service_of(request).catalog.diff(task_id, version, query.to)
    if query.format == "text" or _prefers_text(request):
        return text_answer(diff)
    return json_answer({"diff": diff})


def _prefers_text(request: Request) -> bool:
    return request.headers.get("accept", "").strip().lower().startswith("text/plain")


@versions.on(
    "POST", "/tasks/{task_id}/versions/{version}/restore", answers=TaskAnswer, errors=(404, 409)
)
async def restore_version(request: Request, task_id: str, version: int) -> Response:
    """Make an old content the newest version; of a deleted task, bring it back."""
    task = await service_of(request).catalog.restore(task_id, version, author=caller_of(request))
    return await task_answer(request, task)
