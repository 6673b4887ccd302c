"""MiroFish's projects: what a graph is built from, and how its newest build stands.

A project is a mapping; the run of its newest build stands behind it, so its state follows the
run's and can't be left behind by a restart.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runyard.dialects.answers import local_text
from runyard.dialects.mirofish.words import NAME, error_text
from runyard.domain.errors import Conflict, NotFound
from runyard.domain.runs import Run
from runyard.domain.states import RunStatus
from runyard.runtime.mappings import Mapped, Mapping
from runyard.runtime.service import Service

KIND = "project"
_ID = re.compile(r"proj_[0-9a-f]{12}")
_TEXT = "text.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    mapping: Mapping
    run: Run | None  # of the newest build
    updated_at: datetime

    @property
    def id(self) -> str:
        return self.mapping.key

    @property
    def facts(self) -> dict[str, Any]:
        return self.mapping.value

    @property
    def status(self) -> str:
        if self.run is None:
            return "ontology_generated" if self.facts.get("ontology") else "created"
        if self.run.status is RunStatus.SUCCEEDED:
            return "graph_completed"
        return "failed" if self.run.status.is_final else "graph_building"

    def fields(self) -> dict[str, Any]:
        facts, run = self.facts, self.run
        failed = run is not None and self.status == "failed"
        result = run.result if run is not None and isinstance(run.result, dict) else {}
        return {
            "project_id": self.id,
            "name": facts["name"],
            "status": self.status,
            "created_at": local_text(self.mapping.created_at),
            "updated_at": local_text(self.updated_at),
            "files": facts["files"],
            "total_text_length": facts["total_text_length"],
            "ontology": facts["ontology"],
            "analysis_summary": facts["analysis_summary"],
            "graph_id": result.get("graph_id"),
            "graph_build_task_id": facts.get("graph_build_task_id"),
            "simulation_requirement": facts["simulation_requirement"],
            "chunk_size": facts["chunk_size"],
            "chunk_overlap": facts["chunk_overlap"],
            "error": error_text(run) if failed and run is not None else None,
        }


class Projects:
    """Raises `NotFound` with the contract's words for an unknown id."""

    def __init__(self, service: Service, folder: Path) -> None:
        self._service = service
        self._folder = folder

    async def get(self, project_id: str) -> Project:
        known = _ID.fullmatch(project_id) is not None
        mapped = await self._service.mappings.find(NAME, KIND, project_id) if known else None
        if mapped is None:
            raise NotFound(f"项目不存在: {project_id[:80]}")
        return self._project(mapped)

    async def listed(self, limit: int) -> list[Project]:
        """Newest first."""
        found, _ = await self._service.mappings.page(NAME, KIND, limit=limit)
        return [self._project(one) for one in found]

    async def create(
        self,
        *,
        name: str,
        text: str,
        files: list[dict[str, Any]] | None = None,
        ontology: dict[str, Any] | None = None,
        requirement: str = "",
        summary: str = "",
    ) -> Project:
        project_id = f"proj_{secrets.token_hex(6)}"
        await asyncio.to_thread(_write, self.text_file(project_id), text)
        mapping = Mapping(
            dialect=NAME,
            kind=KIND,
            key=project_id,
            value={
                "name": name,
                "files": files or [],
                "total_text_length": len(text),
                "ontology": ontology,
                "analysis_summary": summary,
                "simulation_requirement": requirement,
                "chunk_size": 500,
                "chunk_overlap": 50,
            },
            created_at=datetime.now(UTC),
        )
        await self._service.mappings.put(mapping)
        return self._project(Mapped(mapping=mapping, run=None))

    async def save(self, project: Project, **facts: Any) -> Project:
        mapping = _changed(project.mapping, **facts)
        await self._service.mappings.put(mapping)
        return self._project(Mapped(mapping=mapping, run=project.run))

    def built_by(self, project: Project, **facts: Any) -> Callable[[str], Mapping]:
        """The project's mapping once a build of the task with a given id stands behind it."""
        return lambda task_id: _changed(project.mapping, graph_build_task_id=task_id, **facts)

    async def reset(self, project: Project) -> Project:
        """As it was before its first build; a build that goes on is ended."""
        await self.end_build(project, reason="项目已重置")
        facts = {k: v for k, v in project.facts.items() if k != "graph_build_task_id"}
        mapping = replace(_changed(project.mapping), run_id=None, value=facts)
        await self._service.mappings.put(mapping)
        return self._project(Mapped(mapping=mapping, run=None))

    async def delete(self, project: Project) -> None:
        """Remove it and its files; a build that goes on is ended."""
        await self.end_build(project, reason="项目已删除")
        await self._service.mappings.remove(NAME, KIND, [project.id])
        await asyncio.to_thread(shutil.rmtree, self._folder / project.id, ignore_errors=True)

    async def end_build(self, project: Project, *, reason: str) -> None:
        if project.run is not None and not project.run.status.is_final:
            with suppress(Conflict):  # it came to its own end meanwhile
                await self._service.cancel(project.run.id, reason=reason, by=NAME)

    def text_file(self, project_id: str) -> Path:
        """What the graph is built from, as one text."""
        return self._folder / project_id / _TEXT

    def files_folder(self, project_id: str) -> Path:
        return self._folder / project_id / "files"

    def _project(self, mapped: Mapped) -> Project:
        mapping, run = mapped.mapping, mapped.run
        told = mapping.value.get("updated_at")
        updated = datetime.fromisoformat(told) if told else mapping.created_at
        if run is not None:
            updated = max(updated, self._service.changed_at(run))
        return Project(mapping=mapping, run=run, updated_at=updated)


def _changed(mapping: Mapping, **facts: Any) -> Mapping:
    value = {**mapping.value, **facts, "updated_at": datetime.now(UTC).isoformat()}
    return replace(mapping, value=value)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
