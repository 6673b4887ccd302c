"""MiroFish's first step: documents become a project with an ontology, made by an executor."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from runyard.dialects.mirofish import building, uploads
from runyard.dialects.mirofish.envelope import DIALECT, failure, success
from runyard.dialects.mirofish.words import NAME, error_text
from runyard.dialects.mirofish.yard import fish_of
from runyard.domain.errors import Invalid
from runyard.domain.states import RunStatus

ONTOLOGY = "ontology_generate"
_WITHIN = timedelta(minutes=5)  # as long as the client waits
_NO_SERVICE = "配置错误: 未配置本体生成服务 (ontology_generate)"


@DIALECT.on("POST", "/api/graph/ontology/generate")
async def generate(request: Request) -> Response:
    """Waits for the executor. A project comes to be only together with its ontology."""
    fish = fish_of(request)
    carrier = await building.carrier_of(fish.service, ONTOLOGY)
    if carrier is None:
        return failure(500, _NO_SERVICE)
    form = await uploads.read_form(request)
    requirement = form.fields.get("simulation_requirement", "").strip()
    if not requirement:
        raise Invalid("请提供模拟需求描述 (simulation_requirement)")
    if not form.documents:
        raise Invalid("请至少上传一个文档文件")
    text = "\n\n".join(filter(None, (document.text() for document in form.documents)))
    if not text:
        raise Invalid("没有成功处理任何文档，请检查文件格式")
    project = await fish.projects.create(
        name=form.fields.get("project_name", "").strip() or "Unnamed Project",
        text=text,
        files=[{"filename": one.filename, "size": one.size} for one in form.documents],
        requirement=requirement,
    )
    kept = fish.projects.files_folder(project.id)
    await asyncio.to_thread(uploads.keep, form.documents, kept)
    config = {
        "project_id": project.id,
        "simulation_requirement": requirement,
        "additional_context": form.fields.get("additional_context", ""),
    }
    text_file = str(fish.projects.text_file(project.id))
    submitted = await fish.service.submit(
        carrier.request(config, {"text_file": text_file}), by=NAME
    )
    run = await fish.service.wait(submitted.run.id, timeout=_WITHIN)
    made = _made(run.result) if run.status is RunStatus.SUCCEEDED else None
    if made is None:
        await fish.projects.delete(project)
        return failure(500, error_text(run) if run.status.is_final else "本体生成超时")
    project = await fish.projects.save(project, **made)
    fields = project.fields()
    wanted = ("project_id", "ontology", "analysis_summary", "files", "total_text_length")
    return success({"project_name": fields["name"], **{name: fields[name] for name in wanted}})


def _made(result: Any) -> dict[str, Any] | None:
    """The ontology and its summary, out of what the executor answered."""
    if not isinstance(result, dict):
        return None
    inner = result.get("ontology", result)
    if not isinstance(inner, dict):
        return None
    ontology = {
        "entity_types": inner.get("entity_types", []),
        "edge_types": inner.get("edge_types", []),
    }
    summary = result.get("analysis_summary", "")
    return {"ontology": ontology, "analysis_summary": str(summary)}
