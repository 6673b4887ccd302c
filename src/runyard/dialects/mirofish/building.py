"""Starts the build of a project's graph: a run of the type `graph_build`, as a MiroFish task."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from runyard.dialects.mirofish.projects import Project, Projects
from runyard.dialects.mirofish.tasks import Tasks
from runyard.dialects.mirofish.words import NAME
from runyard.domain.errors import Invalid, NotFound
from runyard.domain.runs import IfBusy
from runyard.domain.tasks import RetryPolicy, TaskSpec
from runyard.executors.contract import BUILT_IN
from runyard.runtime.requests import SubmitRequest
from runyard.runtime.service import Service

GRAPH_BUILD = "graph_build"
FAILED = "构建失败: "
_RETRY = RetryPolicy(
    retries=3, backoff=timedelta(seconds=1), factor=2.0, cap=timedelta(seconds=30), jitter=0.0
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """Who carries out a type: its registered executor, or a Runyard task of its name."""

    type: str
    is_task: bool
    spec: TaskSpec

    def request(self, config: dict[str, Any], params: dict[str, Any]) -> SubmitRequest:
        """A run of it. Failures are retried after 1, 2 and 4 s, or as its definition says."""
        retry = None if self.spec.retry.retries else _RETRY
        if self.is_task:
            given = {**config, **params}
            return SubmitRequest(task_id=self.type, params=given, queue=NAME, retry=retry)
        params = params if self.spec.extra_parameters else {}
        return SubmitRequest(
            executor=self.type, config=config, params=params, queue=NAME, retry=retry
        )


async def carrier_of(service: Service, type_: str) -> Carrier | None:
    if type_ in service.executors:
        executor = service.executors.get(type_)
        if executor.source != BUILT_IN:
            return Carrier(type=type_, is_task=False, spec=executor.one_off_spec({}))
    try:
        task = await service.catalog.get(type_)
    except NotFound:
        return None
    return Carrier(type=type_, is_task=True, spec=task.spec)


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    graph_name: str
    chunk_size: int
    chunk_overlap: int
    force: bool  # rather than refuse, end a build that goes on, and start when it has ended


async def start(
    project: Project, build: Build, *, carrier: Carrier, projects: Projects, tasks: Tasks
) -> str:
    """Answers the task's id at once.

    Raises `Invalid` when there is nothing to build from, and `Busy` when a build goes on.
    """
    text_file = projects.text_file(project.id)
    if not project.facts["total_text_length"] or not await asyncio.to_thread(text_file.is_file):
        raise Invalid("未找到提取的文本内容")
    config = {
        "project_id": project.id,
        "graph_name": build.graph_name,
        "chunk_size": build.chunk_size,
        "chunk_overlap": build.chunk_overlap,
        "ontology": project.facts["ontology"],
        "text_length": project.facts["total_text_length"],
    }
    request = replace(
        carrier.request(config, {"text_file": str(text_file)}),
        concurrency_key=f"{NAME}:{project.id}",
        if_busy=IfBusy.QUEUE if build.force else IfBusy.REJECT,
    )
    metadata = {name: config[name] for name in ("project_id", "graph_name", "chunk_size")}
    return await tasks.submit(
        request,
        task_type=f"构建图谱: {build.graph_name}",
        metadata={**metadata, "text_length": config["text_length"]},
        prefix=FAILED,
        owner=projects.built_by(
            project, chunk_size=build.chunk_size, chunk_overlap=build.chunk_overlap
        ),
    )
