"""The eight endpoints of the Task Control Service."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from runyard.dialects.answers import json_answer
from runyard.dialects.frame import service_of
from runyard.dialects.taskcontrol.definitions import Definitions
from runyard.dialects.taskcontrol.envelope import DIALECT, read_model
from runyard.dialects.taskcontrol.instances import instances_of
from runyard.dialects.taskcontrol.triggers import TriggerType
from runyard.domain.errors import NotFound

LONGEST_CONTENT = 30_000


class TaskCreate(BaseModel):
    """A definition as its user asks for it."""

    user_id: str = Field(max_length=500)
    content: str = Field(max_length=LONGEST_CONTENT)
    trigger_type: TriggerType
    trigger_args: dict[str, Any] | None = None


@DIALECT.on("POST", "/tasks")
async def create_task(request: Request) -> Response:
    """The id of the new definition, as bare text in JSON."""
    asked: TaskCreate = await read_model(request, TaskCreate)
    definition_id = await Definitions(service_of(request)).create(
        user_id=asked.user_id,
        content=asked.content,
        trigger=asked.trigger_type,
        arguments=asked.trigger_args,
    )
    return json_answer(definition_id)


@DIALECT.on("POST", "/tasks/{task_def_id}/pause")
async def pause_task(request: Request) -> Response:
    definition_id = request.path_params["task_def_id"]
    await Definitions(service_of(request)).pause(definition_id)
    return json_answer({"message": f"Task {definition_id} paused"})


@DIALECT.on("POST", "/tasks/{task_def_id}/resume")
async def resume_task(request: Request) -> Response:
    definition_id = request.path_params["task_def_id"]
    await Definitions(service_of(request)).resume(definition_id)
    return json_answer({"message": f"Task {definition_id} resumed"})


@DIALECT.on("POST", "/tasks/{task_def_id}/cancel")
async def cancel_task(request: Request) -> Response:
    definition_id = request.path_params["task_def_id"]
    await Definitions(service_of(request)).cancel(definition_id)
    return json_answer({"message": f"Task {definition_id} cancelled"})


@DIALECT.on("POST", "/tasks/{task_def_id}/trigger")
async def trigger_task(request: Request) -> Response:
    definition_id = request.path_params["task_def_id"]
    await Definitions(service_of(request)).trigger(definition_id)
    return json_answer({"message": f"Task {definition_id} triggered immediately"})


@DIALECT.on("GET", "/tasks/{task_def_id}")
async def read_task(request: Request) -> Response:
    definitions = Definitions(service_of(request))
    definition = await definitions.find(request.path_params["task_def_id"])
    (view,) = await definitions.views([definition])
    return json_answer(view)


@DIALECT.on("GET", "/tasks/{task_def_id}/instances")
async def list_instances(request: Request) -> Response:
    """Of a definition that is not there: none."""
    service = service_of(request)
    definition_id = request.path_params["task_def_id"]
    try:
        definition = await Definitions(service).find(definition_id)
    except NotFound:
        return json_answer([])
    return json_answer(await instances_of(service, definition_id, definition.value["content"]))


@DIALECT.on("GET", "/users/{user_id}/tasks")
@DIALECT.on("GET", "/users/{user_id:path}/tasks")  # a user id is free text
async def list_tasks(request: Request) -> Response:
    definitions = Definitions(service_of(request))
    found = await definitions.of_user(request.path_params["user_id"])
    return json_answer(await definitions.views(found))
