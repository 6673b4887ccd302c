"""Definitions: kept as a task of type `instruction`, its schedule, and one remembered row.

The row holds what was asked for, word for word; everything else is read from task, schedule and
runs each time, so that a change made elsewhere shows here too.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from runyard.dialects.answers import local_text
from runyard.dialects.taskcontrol.envelope import NAME
from runyard.dialects.taskcontrol.triggers import TriggerType, schedule_of
from runyard.domain.errors import Conflict, Invalid, NotFound, RunyardError
from runyard.domain.runs import Run
from runyard.domain.schedules.model import Schedule
from runyard.domain.schedules.spec import ScheduleSpec
from runyard.domain.states import LIVE
from runyard.runtime.mappings import Mapping
from runyard.runtime.requests import SubmitRequest
from runyard.runtime.service import Service
from runyard.store import RunFilter

EXECUTOR = "instruction"
CANCELLED_BY_USER = "Task cancelled by user"
_KIND = "definition"
_SCHEDULE = "default"
_TITLE = 80
_ENDED_WITHIN = timedelta(seconds=15)
_TASKS_AT_ONCE = 40


class Definitions:
    """The definitions of one server."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def create(
        self,
        *,
        user_id: str,
        content: str,
        trigger: TriggerType,
        arguments: dict[str, Any] | None,
    ) -> str:
        """The id of the new one. A trigger that can't be leaves nothing behind: `Invalid`."""
        definition_id = str(uuid.uuid4())
        spec = schedule_of(trigger, arguments, now=datetime.now(UTC))
        if spec is not None:
            self._check(spec, definition_id)
        await self._make_task(definition_id, user_id=user_id, content=content)
        is_due = spec is None or await self._make_schedule(definition_id, spec)
        value = {
            "user_id": user_id,
            "content": content,
            "trigger_type": trigger.value,
            "trigger_args": arguments or None,
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
        """Raises `NotFound` in this service's words."""
        found = await self._service.mappings.get(NAME, _KIND, definition_id)
        if found is None:
            raise NotFound(f"Task {definition_id} not found")
        return found

    async def of_user(self, user_id: str) -> list[Mapping]:
        """In the order in which they were made."""
        found = await self._service.mappings.listed(NAME, _KIND, parent=user_id)
        return found[::-1]

    async def views(self, definitions: Sequence[Mapping]) -> list[dict[str, Any]]:
        """As they go over the wire, with their status as it is now."""
        ids = [one.key for one in definitions]
        live = await self._with_live_runs(ids)
        schedules = await asyncio.gather(*(self._schedule(one) for one in ids))
        return [
            _view(one, schedule, is_known=self._is_known(one.key), is_live=one.key in live)
            for one, schedule in zip(definitions, schedules, strict=True)
        ]

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

    async def trigger(self, definition_id: str) -> None:
        """One more instance now; timetable and status stay as they are."""
        await self._active(definition_id)
        await self.spawn(definition_id)

    async def spawn(self, definition_id: str) -> Run:
        request = SubmitRequest(task_id=definition_id, labels=(NAME,))
        return (await self._service.submit(request, by=NAME)).run

    async def _active(self, definition_id: str) -> Mapping:
        definition = await self.find(definition_id)
        if definition.value.get("cancelled"):
            raise Conflict(f"Task {definition_id} is cancelled")
        return definition

    async def _touch(self, definition: Mapping, **news: Any) -> None:
        value = {**definition.value, **news, "updated_at": local_text(datetime.now(UTC))}
        await self._service.mappings.put(replace(definition, value=value))

    async def _schedule(self, definition_id: str) -> Schedule | None:
        found = await self._service.schedules.list(task_id=definition_id)
        return next((one for one in found if one.name == _SCHEDULE), None)

    def _is_known(self, definition_id: str) -> bool:
        try:
            self._service.catalog.find(definition_id)
        except NotFound:
            return False
        return True

    async def _with_live_runs(self, ids: Sequence[str]) -> set[str]:
        live: set[str] = set()
        for start in range(0, len(ids), _TASKS_AT_ONCE):
            some = tuple(ids[start : start + _TASKS_AT_ONCE])
            cursor: str | None = None
            while True:
                page = await self._service.runs(
                    RunFilter(task_ids=some, statuses=tuple(LIVE)), cursor=cursor, limit=500
                )
                live |= {run.task_id for run in page.items if run.task_id}
                cursor = page.next_cursor
                if cursor is None or live.issuperset(some):
                    break
        return live


def _view(
    definition: Mapping, schedule: Schedule | None, *, is_known: bool, is_live: bool
) -> dict[str, Any]:
    value = definition.value
    created = local_text(definition.created_at)
    return {
        "task_def_id": definition.key,
        "user_id": value["user_id"],
        "content": value["content"],
        "trigger_type": value["trigger_type"],
        "trigger_args": value["trigger_args"],
        "status": _status(value, schedule, is_known=is_known, is_live=is_live),
        "created_at": created,
        "updated_at": value.get("updated_at", created),
    }


def _status(
    value: dict[str, Any], schedule: Schedule | None, *, is_known: bool, is_live: bool
) -> str:
    if value.get("cancelled") or not is_known:
        return "CANCELLED"
    if schedule is not None and schedule.paused:
        return "PAUSED"
    fires_again = schedule is not None and schedule.next_at is not None
    return "ACTIVE" if fires_again or is_live else "COMPLETED"
