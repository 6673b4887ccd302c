"""MiroFish's tasks: UUIDs over runs, gone from its lists a day after their creation.

A task is started by a build, which an executor carries out, or made by a program that does the
work itself and reports it (`external` runs).
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from runyard.dialects.mirofish.words import (
    EXTERNAL,
    KEPT,
    NAME,
    TaskRecord,
    label_of,
    task_fields,
)
from runyard.domain.errors import Conflict, NotFound
from runyard.domain.runs import Run, RunError
from runyard.domain.states import FINAL, RunStatus
from runyard.runtime.mappings import Mapped, Mapping, keeping
from runyard.runtime.requests import SubmitRequest
from runyard.runtime.service import Service

KIND = "task"
_LOOK_EVERY_S = 0.02
_LOOKS = 25
_OLDEST = timedelta(days=36_500)


class Tasks:
    """Raises `NotFound` with the contract's words for an id that is unknown or cleaned up."""

    def __init__(self, service: Service) -> None:
        self._service = service

    # Looking

    async def get(self, task_id: str) -> dict[str, Any]:
        return self._fields(await self._find(task_id))

    async def listed(self, task_type: str | None = None) -> list[dict[str, Any]]:
        """Newest first; what was over a day after its creation is removed on the way."""
        found, _ = await self._service.mappings.page(NAME, KIND, parent=task_type)
        now = datetime.now(UTC)
        gone = [one for one in found if _is_old(one, before=now - KEPT)]
        await self._remove(gone)
        left = {id(one) for one in gone}
        return [self._fields(one) for one in found if id(one) not in left and one.run is not None]

    async def run_of(self, task_id: str) -> Run:
        """The run behind a task, as it is now."""
        run = (await self._find(task_id)).run
        if run is None:
            raise _unknown(task_id)
        return run

    async def id_of(self, run_id: str) -> str | None:
        """The task that a run stands behind."""
        for _ in range(_LOOKS):
            mapping = await self._service.mappings.of_run(NAME, KIND, run_id)
            if mapping is not None:
                return mapping.key
            await asyncio.sleep(_LOOK_EVERY_S)  # a run holds its place before it is durable
        return None

    def _fields(self, mapped: Mapped) -> dict[str, Any]:
        if mapped.run is None:
            raise _unknown(mapped.mapping.key)
        changed = self._service.changed_at(mapped.run)
        return task_fields(_record_of(mapped.mapping), mapped.run, updated_at=changed)

    async def _find(self, task_id: str) -> Mapped:
        known = _is_uuid(task_id)
        mapped = await self._service.mappings.find(NAME, KIND, task_id) if known else None
        if mapped is None or _is_old(mapped, before=datetime.now(UTC) - KEPT):
            raise _unknown(task_id)
        return mapped

    # Starting

    async def submit(
        self,
        request: SubmitRequest,
        *,
        task_type: str,
        metadata: dict[str, Any],
        prefix: str = "",
        owner: Callable[[str], Mapping] | None = None,
    ) -> str:
        """A new task with a run of its own; answers its id.

        `owner` makes the mapping that this run also stands behind, of the task's id.
        """
        mapping = Mapping(
            dialect=NAME,
            kind=KIND,
            key=str(uuid.uuid4()),
            parent=task_type,
            value={"metadata": metadata, "prefix": prefix},
            created_at=datetime.now(UTC),
        )
        labelled = replace(request, labels=(NAME, label_of(mapping.key)))
        kept = [mapping] if owner is None else [mapping, owner(mapping.key)]
        await self._service.submit(labelled, by=NAME, beside=keeping(*kept))
        return mapping.key

    async def create(self, task_type: str, metadata: dict[str, Any]) -> str:
        """A task whose work is done by whoever asked for it."""
        request = SubmitRequest(
            executor=EXTERNAL,
            config={"task_type": task_type, "metadata": metadata},
            queue=NAME,
        )
        return await self.submit(request, task_type=task_type, metadata=metadata)

    # Reports of work that is done elsewhere

    async def report(
        self,
        task_id: str,
        *,
        progress: float | None = None,
        message: str | None = None,
        detail: dict[str, Any] | None = None,
    ) -> None:
        """Nothing given: a sign of life. Raises `Conflict` while it waits and when it is over."""
        run = await self._reporting(task_id)
        with _told_when_it_has_not_begun():
            if progress is None and message is None and detail is None:
                await self._service.heartbeat(run.id)
                return
            await self._service.report_progress(
                run.id, progress=progress, message=message, detail=detail
            )

    async def finish(
        self, task_id: str, *, result: dict[str, Any] | None = None, error: str | None = None
    ) -> None:
        run = await self._reporting(task_id)
        with _told_when_it_has_not_begun():
            await self._service.report_finish(
                run.id,
                status=RunStatus.SUCCEEDED if error is None else RunStatus.FAILED,
                result=result,
                error=None if error is None else RunError(type="error", message=error),
                by=NAME,
            )

    async def _reporting(self, task_id: str) -> Run:
        """The run of a task that can be reported on. `state` of the Conflict says why not."""
        run = await self.run_of(task_id)
        if run.executor != EXTERNAL:
            raise Conflict("任务由执行器执行，不能从外部更新", state="executor")
        for _ in range(_LOOKS):
            if not run.status.is_waiting:
                break
            await asyncio.sleep(_LOOK_EVERY_S)  # most tasks begin right after they are made
            run = await self._service.run(run.id)
        if run.status.is_final:
            raise Conflict("任务已结束", state="over")
        if run.status.is_waiting:
            raise Conflict("任务等待中", state="waiting")
        return run

    # Removing

    async def cleanup(self, max_age: timedelta) -> int:
        """Remove what is over and was created longer ago than `max_age`; how many there were."""
        before = datetime.now(UTC) - min(max_age, _OLDEST)
        found, _ = await self._service.mappings.page(
            NAME, KIND, statuses=tuple(FINAL), without_run=False
        )
        return await self._remove([one for one in found if _is_old(one, before=before)])

    async def _remove(self, tasks: Sequence[Mapped]) -> int:
        if not tasks:
            return 0
        return await self._service.mappings.remove(NAME, KIND, [one.mapping.key for one in tasks])


@contextmanager
def _told_when_it_has_not_begun() -> Iterator[None]:
    """A task that was running a moment ago and can't be reported on is only just being begun."""
    try:
        yield
    except Conflict as error:
        raise Conflict("任务等待中", state="waiting") from error


def _is_old(mapped: Mapped, *, before: datetime) -> bool:
    """Whether it is over, by its creation and not by its end."""
    over = mapped.run is None or mapped.run.status.is_final
    return over and mapped.mapping.created_at < before


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _unknown(task_id: str) -> NotFound:
    return NotFound(f"任务不存在: {task_id[:80]}")


def _record_of(mapping: Mapping) -> TaskRecord:
    return TaskRecord(
        id=mapping.key,
        type=mapping.parent or "",
        metadata=mapping.value.get("metadata", {}),
        created_at=mapping.created_at,
        prefix=mapping.value.get("prefix", ""),
    )
