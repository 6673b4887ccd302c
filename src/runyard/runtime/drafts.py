"""Runs of drafts: a script's text is executed as it is, without being a version of any task.

The text goes into the store in the transaction that stores the run, and before that into a frozen
file, as versions do. It is kept as long as a run has it; a file that a killed server leaves behind
is removed when the next one starts.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from runyard.definitions.editing import edit
from runyard.definitions.script import read_script
from runyard.definitions.source import content_hash, encode_source
from runyard.definitions.task_ids import check_task_id
from runyard.domain.errors import Conflict, NotFound, StoreUnavailable
from runyard.domain.runs import Run
from runyard.domain.tasks import TaskSource
from runyard.runtime.catalog import Catalog
from runyard.runtime.clock import Clock
from runyard.runtime.control import rerun_request
from runyard.runtime.draft_checks import NAMELESS, DraftChecks, DraftProblem
from runyard.runtime.frozen import FrozenContents
from runyard.runtime.requests import Draft, SubmitRequest, Submitted
from runyard.runtime.submission import Beside, Submission
from runyard.store import Store, Tx, drafts

log = logging.getLogger("runyard.drafts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    content: str
    problems: tuple[DraftProblem, ...]


class Drafts:
    """A draft run is one like all others, but for what it executes (`Run.draft`)."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        frozen: FrozenContents,
        catalog: Catalog,
        submission: Submission,
        checks: DraftChecks,
    ) -> None:
        self._store = store
        self._clock = clock
        self._frozen = frozen
        self._catalog = catalog
        self._submission = submission
        self.checks = checks

    async def open(self) -> None:
        """Tidy up and make the files of live runs. Call with the catalog open, before any run."""
        kept = await self._store.read(drafts.hashes)
        if kept:
            await self._store.write(drafts.forget_unused)
            kept = await self._store.read(drafts.hashes)
        wanted = self._catalog.content_hashes() | kept
        removed = await asyncio.to_thread(self._frozen.keep_only, wanted)
        if removed:
            log.info("removed %d frozen contents that nothing runs any more", removed)
        if kept:
            needed = await self._store.read(lambda tx: drafts.contents(tx, drafts.live_hashes(tx)))
            await asyncio.to_thread(self._frozen.put_all, needed)

    async def edit(self, content: str, changes: Mapping[str, Any]) -> Edited:
        """The text with changed settings (RFC 7396), all other bytes kept, and what is wrong then.

        Raises Invalid when its block can't be edited.
        """
        text = await asyncio.to_thread(edit, content, changes)
        return Edited(content=text, problems=await self.checks.problems(text))

    async def run(self, content: str, request: SubmitRequest, *, by: str) -> Submitted:
        """A durable run that executes exactly `content`; `request` says how, as for a task.

        `request.task_id` may name a script task, or one that is not there yet: the run is shown
        beside its runs, holds none of them up, and is not held by a pause of the task.
        """
        task_id = None if request.task_id is None else self._script_id(request.task_id)
        encode_source(content)  # Invalid for what can't be a file
        definition = await asyncio.to_thread(read_script, task_id or NAMELESS, content)
        draft = Draft(content_hash=content_hash(content), spec=definition.spec)
        wanted = replace(request, task_id=task_id, draft=draft)
        return await self._submit(wanted, draft, content, by=by)

    async def rerun(
        self, run: Run, *, params: dict[str, Any] | None, argv: tuple[str, ...] | None, by: str
    ) -> Run:
        """A new run of the same text, with the settings that the old one had."""
        request = rerun_request(run, params=params, argv=argv, exact=False)
        draft = Draft(content_hash=run.draft or "", spec=run.spec)
        content = await self.content(run)
        wanted = replace(request, draft=draft)
        return (await self._submit(wanted, draft, content, by=by)).run

    async def content(self, run: Run) -> str:
        """What a draft run executes. Raises NotFound for every other run."""
        digest = run.draft
        text = None
        if digest is not None:
            text = await self._store.read(lambda tx: drafts.content(tx, digest))
        if text is None:
            raise NotFound(f"run {run.id} is not a run of a draft", run_id=run.id)
        return text

    async def _submit(
        self, request: SubmitRequest, draft: Draft, content: str, *, by: str
    ) -> Submitted:
        try:
            await asyncio.to_thread(self._frozen.put_all, {draft.content_hash: content})
        except OSError as error:
            raise StoreUnavailable(f"the draft can't be written: {error.strerror}") from error
        return await self._submission.submit(request, by=by, beside=self._keep(draft, content))

    def _keep(self, draft: Draft, content: str) -> Beside:
        now = self._clock.now()

        def keep(tx: Tx, run: Run) -> None:  # noqa: ARG001 - the content is the same for all runs
            drafts.keep(tx, draft.content_hash, content, at=now)

        return keep

    def _script_id(self, task_id: str) -> str:
        name = check_task_id(task_id)
        task = self._catalog.known(name)
        if task is not None and task.source is not TaskSource.FILE:
            raise Conflict(f"task {name!r} is not a script", task_id=name)
        return name
