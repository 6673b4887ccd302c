"""Instructions: work asked for in words, kept as a typed task, its schedule and a remembered row.

The row holds what was asked for, word for word, under the id of the task; everything else is read
from task, schedule and runs each time, so that a change made elsewhere shows here too.
"""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from runyard.domain.errors import Conflict, Invalid, NotFound, RunyardError
from runyard.domain.runs import Run
from runyard.domain.schedules.model import Schedule
from runyard.domain.schedules.spec import ScheduleSpec
from runyard.runtime.mappings import Mapping
from runyard.runtime.requests import SubmitRequest
from runyard.runtime.service import Service
from runyard.store import RunFilter

NAME = "taskcontrol"  # the mapping's owner, the author, and the label of task and runs
EXECUTOR = "instruction"
CANCELLED_BY_USER = "Task cancelled by user"
_KIND = "definition"
_SCHEDULE = "default"
_TITLE = 80
_ENDED_WITHIN = timedelta(seconds=15)


class Instructions:
    """The instructions of one server."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def add(
        self,
        *,
        user_id: str,
        content: str,
        spec: ScheduleSpec | None,
        trigger_type: str,
        trigger_args: dict[str, Any] | None,
    ) -> str:
        """The id of the new one; without a `spec` it runs at once.

        A trigger that can't be leaves nothing behind: `Invalid`.
        """
        definition_id = str(uuid.uuid4())
        if spec is not None:
            self._check(spec, definition_id)
        await self._make_task(definition_id, user_id=user_id, content=content)
        is_due = spec is None or await self._make_schedule(definition_id, spec)
        value = {
            "user_id": user_id,
            "content": content,
            "trigger_type": trigger_type,
            "trigger_args": trigger_args or None,
        }
        await self._service.mappings.add(NAME, _KIND, definition_id, value=value, parent=user_id)
        if is_due:
            await self.spawn(definition_id)
        return definition_id

    async def _make_schedule(self, definition_id: str, spec: ScheduleSpec) -> bool:
        """Whether its time has come already: a date that passed while all this was made."""
        try:
            schedule = await self._service.schedules.create(
                task_id=definition_id, name=_SCHEDULE, spec=spec, author=NAME
            )
        except RunyardError:
            await self._service.catalog.delete(definition_id, author=NAME)
            raise
        return schedule.next_at is None

    def _check(self, spec: ScheduleSpec, definition_id: str) -> None:
        now = datetime.now(UTC)
        schedule_id = f"{definition_id}:{_SCHEDULE}"
        timeline = self._service.schedules.timeline(spec, schedule_id=schedule_id, anchor=now)
        if next(timeline.after(now), None) is None:
            what = "run_date is in the past" if spec.at else "this never fires"
            raise Invalid(what)

    async def _make_task(self, definition_id: str, *, user_id: str, content: str) -> None:
        config = self._config({"content": content, "user_id": user_id})
        title = " ".join("".join(c if c.isprintable() else " " for c in content).split())
        settings = {"title": title[:_TITLE] or definition_id, "concurrency": 0, "labels": [NAME]}
        await self._service.catalog.create_typed(
            definition_id, executor=EXECUTOR, config=config, settings=settings, author=NAME
        )

    def _config(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """What the type takes of it: a registered one may know only the content."""
        schema = self._service.executors.get(EXECUTOR).config_schema
        if schema is None:
            return {}
        known = schema.get("properties")
        if known is None or schema.get("additionalProperties"):
            return wanted
        return {name: value for name, value in wanted.items() if name in known}

    async def find(self, definition_id: str) -> Mapping:
        """Raises `NotFound` in the words of the Task Control Service."""
        found = await self._service.mappings.get(NAME, _KIND, definition_id)
        if found is None:
            raise NotFound(f"Task {definition_id} not found")
        return found

    async def of_user(self, user_id: str | None) -> list[Mapping]:
        """In the order in which they were made; None: everyone's."""
        found = await self._service.mappings.listed(NAME, _KIND, parent=user_id)
        return found[::-1]

    async def pause(self, definition_id: str) -> None:
        """No further firings; what runs goes on. Without a schedule nothing changes."""
        await self._steer(definition_id, paused=True)

    async def resume(self, definition_id: str) -> None:
        await self._steer(definition_id, paused=False)

    async def _steer(self, definition_id: str, *, paused: bool) -> None:
        definition = await self._active(definition_id)
        schedule = await self._schedule(definition_id)
        if schedule is None or schedule.paused is paused:
            return
        schedules = self._service.schedules
        if paused:
            await schedules.pause(schedule.id, reason="paused by its user", by=NAME)
        else:
            await schedules.resume(schedule.id, by=NAME)
        await self._touch(definition)

    async def cancel(self, definition_id: str) -> None:
        """For good: the schedule goes, what runs is ended; returns when it has."""
        definition = await self.find(definition_id)
        if not definition.value.get("cancelled"):
            await self._touch(definition, cancelled=True)
        schedule = await self._schedule(definition_id)
        if schedule is not None:
            await self._service.schedules.delete(schedule.id, author=NAME)
        ended = await self._service.cancel_matching(
            RunFilter(task_ids=(definition_id,)), reason=CANCELLED_BY_USER, by=NAME
        )
        await asyncio.gather(
            *(self._service.wait(run_id, timeout=_ENDED_WITHIN) for run_id in ended)
        )

    async def trigger(self, definition_id: str) -> Run:
        """One more instance now; timetable and status stay as they are."""
        await self._active(definition_id)
        return await self.spawn(definition_id)

    async def spawn(self, definition_id: str) -> Run:
        request = SubmitRequest(task_id=definition_id, labels=(NAME,))
        return (await self._service.submit(request, by=NAME)).run

    async def _active(self, definition_id: str) -> Mapping:
        definition = await self.find(definition_id)
        if definition.value.get("cancelled"):
            raise Conflict(f"Task {definition_id} is cancelled")
        return definition

    async def _touch(self, definition: Mapping, **news: Any) -> None:
        local = datetime.now(UTC).astimezone().replace(tzinfo=None)
        value = {**definition.value, **news, "updated_at": local.isoformat()}
        await self._service.mappings.put(replace(definition, value=value))

    async def _schedule(self, definition_id: str) -> Schedule | None:
        found = await self._service.schedules.list(task_id=definition_id)
        return next((one for one in found if one.name == _SCHEDULE), None)
