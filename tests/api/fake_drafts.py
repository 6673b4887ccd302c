"""Drafts in memory, for tests of the HTTP face alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from runyard.definitions.draft import ReadDraft, read_draft, read_typed_draft
from runyard.definitions.editing import edit
from runyard.domain.errors import NotFound
from runyard.domain.runs import Run
from runyard.runtime.draft_checks import DraftCheck
from runyard.runtime.drafts import Edited
from runyard.runtime.requests import SubmitRequest, Submitted

if TYPE_CHECKING:
    from tests.api.fake import FakeService


class FakeChecks:
    async def script(self, content: str, *, task_id: str | None, new: bool) -> DraftCheck:
        return _checked(read_draft(task_id or "draft", content))

    async def typed(
        self,
        executor: str,
        *,
        config: Mapping[str, Any],
        settings: Mapping[str, Any],
        task_id: str | None,
        new: bool,
    ) -> DraftCheck:
        return _checked(read_typed_draft(executor, settings))


class FakeDrafts:
    def __init__(self, service: FakeService) -> None:
        self._service = service
        self.checks = FakeChecks()
        self._contents: dict[str, str] = {}

    async def edit(self, content: str, changes: Mapping[str, Any]) -> Edited:
        return Edited(content=edit(content, changes), problems=())

    async def run(self, content: str, request: SubmitRequest, *, by: str) -> Submitted:
        submitted = await self._service.submit(request, by=by)
        self._contents[submitted.run.id] = content
        return submitted

    async def content(self, run: Run) -> str:
        if run.id in self._contents:
            return self._contents[run.id]
        raise NotFound(f"run {run.id} is not a run of a draft", run_id=run.id)


def _checked(read: ReadDraft) -> DraftCheck:
    return DraftCheck(problems=(), read=read, spec=read.spec, schedules=())
