"""Projects: look, pause and resume all tasks of one."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from runyard.api.calls import caller_of, service_of
from runyard.api.models import PauseBody
from runyard.api.operations import Operations
from runyard.api.responses import json_answer
from runyard.api.statistics_answers import ChangedTasksAnswer, ProjectAnswer, ProjectsAnswer
from runyard.api.statistics_encoding import project_dict

projects = Operations("projects")


@projects.on("GET", "/projects", answers=ProjectsAnswer)
async def list_projects(request: Request) -> Response:
    """All projects that tasks name, with what their tasks and runs do."""
    found = await service_of(request).projects.all()
    return json_answer({"items": [project_dict(project) for project in found]})


@projects.on("GET", "/projects/{project}", answers=ProjectAnswer, errors=(404,))
async def read_project(request: Request, project: str) -> Response:
    """One project with the ids of its tasks."""
    found = await service_of(request).projects.get(project)
    return json_answer(project_dict(found, whole=True))


@projects.on("POST", "/projects/{project}/pause", answers=ChangedTasksAnswer, errors=(404,))
async def pause_project(request: Request, project: str, body: PauseBody | None = None) -> Response:
    """Pause every task of a project; what runs goes on."""
    reason = body.reason if body else ""
    changed = await service_of(request).projects.pause(
        project, reason=reason, by=caller_of(request)
    )
    return _changed(changed)


@projects.on("POST", "/projects/{project}/resume", answers=ChangedTasksAnswer, errors=(404,))
async def resume_project(request: Request, project: str) -> Response:
    """Resume every task of a project, also those that were paused one by one."""
    changed = await service_of(request).projects.resume(project, by=caller_of(request))
    return _changed(changed)


def _changed(task_ids: Sequence[str]) -> Response:
    return json_answer({"count": len(task_ids), "ids": task_ids})
