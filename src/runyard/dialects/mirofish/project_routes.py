"""MiroFish's projects, and the build of their graphs."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from runyard.dialects.answers import json_answer
from runyard.dialects.bodies import read_object
from runyard.dialects.mirofish import building
from runyard.dialects.mirofish.envelope import (
    DIALECT,
    failure,
    number_of,
    object_of,
    success,
    text_of,
)
from runyard.dialects.mirofish.projects import Project
from runyard.dialects.mirofish.yard import MiroFish, fish_of
from runyard.domain.errors import Busy, Invalid

_STARTED = "图谱构建任务已启动，请通过 /task/{task_id} 查询进度"
_BUILDING = "图谱正在构建中，请勿重复提交。如需强制重建，请添加 force: true"
_NO_SERVICE = "配置错误: 未配置图谱构建服务 (graph_build)"
_NO_ONTOLOGY = "项目尚未生成本体，请先调用 /ontology/generate"
_DEFAULT_NAME = "MiroFish Graph"
_MOST_LISTED = 1_000


@DIALECT.on("POST", "/api/graph/build")
async def build(request: Request) -> Response:
    """Answers at once; the task's id is also on the project."""
    body = await read_object(request)
    fish = fish_of(request)
    carrier = await building.carrier_of(fish.service, building.GRAPH_BUILD)
    if carrier is None:
        return failure(500, _NO_SERVICE)
    force = body.get("force", False)
    if not isinstance(force, bool):
        raise Invalid("force must be true or false")
    project = await _project_for(fish, body)
    if project.status == "created" and body.get("project_id"):
        raise Invalid(_NO_ONTOLOGY)
    wanted = building.Build(
        graph_name=text_of(body, "graph_name") or project.facts["name"] or _DEFAULT_NAME,
        chunk_size=number_of(body, "chunk_size", project.facts["chunk_size"], least=1),
        chunk_overlap=number_of(body, "chunk_overlap", project.facts["chunk_overlap"]),
        force=force,
    )
    if force:
        await fish.projects.end_build(project, reason="强制重建")
    try:
        task_id = await building.start(
            project, wanted, carrier=carrier, projects=fish.projects, tasks=fish.tasks
        )
    except Busy as busy:
        return failure(400, _BUILDING, task_id=await fish.tasks.id_of(busy.run_id))
    return success({"project_id": project.id, "task_id": task_id, "message": _STARTED})


async def _project_for(fish: MiroFish, body: dict[str, Any]) -> Project:
    """The project that is named, or a new one of the text that is given."""
    project_id, text = text_of(body, "project_id"), text_of(body, "text")
    if project_id:
        return await fish.projects.get(project_id)
    if not text.strip():
        raise Invalid("请提供 project_id")
    return await fish.projects.create(
        name=text_of(body, "project_name") or text_of(body, "graph_name") or _DEFAULT_NAME,
        text=text,
        ontology=object_of(body, "ontology"),
        requirement=text_of(body, "simulation_requirement"),
    )


@DIALECT.on("GET", "/api/graph/project/list")
async def projects(request: Request) -> Response:
    asked = {"limit": request.query_params.get("limit")}
    limit = min(number_of(asked, "limit", 50, least=1), _MOST_LISTED)
    found = [project.fields() for project in await fish_of(request).projects.listed(limit)]
    return success(found, count=len(found))


@DIALECT.on("GET", "/api/graph/project/{project_id}")
async def project(request: Request) -> Response:
    return success((await _named(request)).fields())


@DIALECT.on("DELETE", "/api/graph/project/{project_id}")
async def delete(request: Request) -> Response:
    found = await _named(request)
    await fish_of(request).projects.delete(found)
    return json_answer({"success": True, "message": f"项目已删除: {found.id}"})


@DIALECT.on("POST", "/api/graph/project/{project_id}/reset")
async def reset(request: Request) -> Response:
    found = await fish_of(request).projects.reset(await _named(request))
    return success(found.fields(), message=f"项目已重置: {found.id}")


async def _named(request: Request) -> Project:
    return await fish_of(request).projects.get(request.path_params["project_id"])
