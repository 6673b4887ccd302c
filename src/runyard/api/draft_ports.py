"""What the HTTP face needs to know of drafts, as narrow protocols; the runtime satisfies them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runyard.domain.runs import Run
    from runyard.runtime.draft_checks import DraftCheck
    from runyard.runtime.drafts import Edited
    from runyard.runtime.requests import SubmitRequest, Submitted


class DraftChecksPort(Protocol):
    async def script(self, content: str, *, task_id: str | None, new: bool) -> DraftCheck: ...

    async def typed(
        self,
        executor: str,
        *,
        config: Mapping[str, Any],
        settings: Mapping[str, Any],
        task_id: str | None,
        new: bool,
    ) -> DraftCheck: ...


class DraftsPort(Protocol):
    @property
    def checks(self) -> DraftChecksPort: ...

    async def edit(self, content: str, changes: Mapping[str, Any]) -> Edited: ...

    async def run(self, content: str, request: SubmitRequest, *, by: str) -> Submitted: ...

    async def content(self, run: Run) -> str: ...
