"""PixivTailor's task service: tasks that are created, started again in place, stopped and removed.

A task is a mapping under its 8 hex characters; what it does now is the newest run behind it. One
run of a type goes at a time, in the order in which they were asked for.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import shutil
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from runyard.dialects.pixivtailor import carriers
from runyard.dialects.pixivtailor.hub import Hub
from runyard.dialects.pixivtailor.words import (
    NAME,
    TaskRecord,
    TaskView,
    folder_name,
    is_task_id,
    label_of,
    statuses_of,
)
from runyard.domain.errors import Conflict, Invalid, NotFound
from runyard.domain.runs import Run
from runyard.domain.states import RunStatus
from runyard.runtime.mappings import Mapped, Mapping, keeping
from runyard.runtime.requests import SubmitRequest
from runyard.runtime.service import Service

log = logging.getLogger(f"runyard.{NAME}")

KIND = "task"
CLEANUPS = ("completed", "failed", "all")
_BY = NAME
_ENDS_WITHIN = timedelta(seconds=5)  # beyond the task's own grace
_TRIES = 8


class Tasks:
    """Raises `NotFound` for an unknown id, `Conflict` for what does not fit the state."""

    def __init__(self, service: Service, hub: Hub, images: Path) -> None:
        self._service = service
        self._hub = hub
        self._images = images

    def folder(self, record: TaskRecord) -> Path:
        """Where the executor of a task puts its files."""
        return self._images / folder_name(record)

    # Looking

    async def get(self, task_id: str) -> TaskView:
        return self._view(await self._find(task_id))

    async def page(
        self, *, offset: int, limit: int, status: str, type_: str
    ) -> tuple[list[TaskView], int]:
        """Newest first, and the number of all that fit; empty filters fit everything."""
        found, total = await self._service.mappings.page(
            NAME,
            KIND,
            parent=type_ or None,
            statuses=statuses_of(status) if status else None,
            without_run=status == "failed",
            limit=limit,
            offset=offset,
        )
        return [self._view(mapped) for mapped in found], total

    def _view(self, mapped: Mapped) -> TaskView:
        record = record_of(mapped.mapping)
        run = mapped.run
        changed = record.created_at if run is None else self._service.changed_at(run)
        return TaskView(record=record, run=run, updated_at=changed)

    async def _find(self, task_id: str) -> Mapped:
        known = is_task_id(task_id)
        mapped = await self._service.mappings.find(NAME, KIND, task_id) if known else None
        if mapped is None:
            raise NotFound("Task not found")
        return mapped

    # Creating and starting

    async def create(self, type_: str, config: dict[str, Any]) -> TaskView:
        """A new task, which starts as soon as no other of its type runs.

        A type that nobody carries out makes a task that has failed and says so. Raises `Invalid`
        for a type that does not exist and for a configuration that its executor refuses.
        """
        log.info("CreateTask 开始执行: taskType=%s", type_)
        self._hub.listen()
        record = TaskRecord(
            id=await self._new_id(), type=type_, config=config, created_at=datetime.now(UTC)
        )
        carrier = await carriers.find(self._service, type_)
        if isinstance(carrier, carriers.Nobody):
            failed = _mapping_of(record, error=carrier.reason)
            await self._service.mappings.put(failed)
            self._hub.say("info", f"任务 {record.id} (类型: {type_}) 已创建")
            self._hub.tell_failed(record.id, carrier.reason)
            self._hub.say("error", f"任务 {record.id} (类型: {type_}) 失败: {carrier.reason}")
            return self._view(Mapped(mapping=failed, run=None))
        mapping = _mapping_of(record)
        run = await self._submit(mapping, carrier, key=f"{NAME}:{record.id}")
        self._hub.say("info", f"任务 {record.id} (类型: {type_}) 已创建")
        return self._view(Mapped(mapping=mapping, run=run))

    async def start(self, task_id: str) -> None:
        """Run a task once more, in place. One that waits already goes on waiting."""
        mapped = await self._find(task_id)
        record, run = record_of(mapped.mapping), mapped.run
        if run is not None and run.status is RunStatus.RUNNING:
            raise Conflict(f"task {task_id} is running already")
        if run is not None and not run.status.is_final:
            return
        carrier = await carriers.find(self._service, record.type)
        if isinstance(carrier, carriers.Nobody):
            raise Conflict(carrier.reason)
        self._hub.listen()
        # Named after the run before, so that two who start it at once start it once.
        before = mapped.mapping.run_id or "none"
        await self._submit(
            _mapping_of(record), carrier, key=f"{NAME}:{task_id}:{before}", rerun_of=before
        )

    async def _submit(
        self, mapping: Mapping, carrier: carriers.Carrier, *, key: str, rerun_of: str = "none"
    ) -> Run:
        record = record_of(mapping)
        request = SubmitRequest(
            task_id=carrier.task_id,
            executor=carrier.executor,
            config=record.config if carrier.executor else None,
            params=carrier.params(record, self.folder(record)),
            queue=record.type,
            concurrency_key=f"{NAME}:{record.type}",
            labels=(NAME, label_of(record.id)),
            idempotency_key=key,
            rerun_of=None if rerun_of == "none" else rerun_of,
        )
        submitted = await self._service.submit(request, by=_BY, beside=keeping(mapping))
        run = submitted.run
        reason = self._service.why(run) if submitted.created else None
        if reason is not None and reason.holders:
            log.info(
                "检测到同类型的运行中任务，任务 %s (类型: %s) 加入等待队列", record.id, record.type
            )
        return run

    async def _new_id(self) -> str:
        for _ in range(_TRIES):
            task_id = secrets.token_hex(4)
            if await self._service.mappings.get(NAME, KIND, task_id) is None:
                return task_id
        raise Conflict("no free task id was found; try again")

    # Ending and removing

    async def stop(self, task_id: str) -> None:
        """End a task that runs or waits. Raises `Conflict` for one that does neither."""
        mapped = await self._find(task_id)
        if mapped.run is None or mapped.run.status.is_final:
            raise Conflict(f"task {task_id} is not running")
        await self._end([mapped.run])

    async def cancel(self, task_id: str) -> None:
        """As `stop`; a task that failed or was cancelled stays as it is."""
        mapped = await self._find(task_id)
        run = mapped.run
        if run is not None and run.status is RunStatus.SUCCEEDED:
            raise Conflict("任务已完成，无法取消")
        if run is not None and not run.status.is_final:
            await self._end([run])

    async def delete(self, task_id: str) -> None:
        """Remove a task and its folder; what runs is ended first. Its runs stay on record."""
        mapped = await self._find(task_id)
        if mapped.run is not None and not mapped.run.status.is_final:
            await self._end([mapped.run])
        await self._service.mappings.remove(NAME, KIND, [task_id])
        folder = self.folder(record_of(mapped.mapping))
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def cleanup(self, which: str) -> int:
        """Remove the completed, the failed or all tasks, not their files; how many there were."""
        if which not in CLEANUPS:
            raise Invalid("Invalid cleanup type")
        wanted = None if which == "all" else statuses_of(which)
        found, _ = await self._service.mappings.page(
            NAME, KIND, statuses=wanted, without_run=which == "failed"
        )
        live = [one.run for one in found if one.run is not None and not one.run.status.is_final]
        if live:
            await self._end(live)
        return await self._service.mappings.remove(NAME, KIND, [one.mapping.key for one in found])

    async def _end(self, runs: list[Run]) -> None:
        """Cancel, and wait for the ends: the state says so only when it is true."""
        await asyncio.gather(*(self._cancel(run) for run in runs))
        longest = max(run.spec.grace for run in runs) + _ENDS_WITHIN
        await asyncio.gather(*(self._service.wait(run.id, timeout=longest) for run in runs))

    async def _cancel(self, run: Run) -> None:
        with suppress(Conflict):  # it came to its own end meanwhile
            await self._service.cancel(run.id, reason="已取消", by=_BY)


def record_of(mapping: Mapping) -> TaskRecord:
    return TaskRecord(
        id=mapping.key,
        type=mapping.parent or "",
        config=mapping.value["config"],
        created_at=mapping.created_at,
        error=mapping.value.get("error", ""),
    )


def _mapping_of(record: TaskRecord, *, error: str = "") -> Mapping:
    return Mapping(
        dialect=NAME,
        kind=KIND,
        key=record.id,
        parent=record.type,
        value={"config": record.config, **({"error": error} if error else {})},
        created_at=record.created_at,
    )
