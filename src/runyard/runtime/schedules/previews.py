"""What a schedule would do, before anything is saved: its next fires, and what an edit changes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from runyard.domain.errors import Conflict, Invalid, NotFound
from runyard.domain.parameters import check
from runyard.domain.schedules.model import Fire, Schedule
from runyard.domain.schedules.words import Language, describe
from runyard.domain.tasks import TaskSource
from runyard.runtime.clock import Clock, SystemClock
from runyard.runtime.schedules.coming import Coming, coming
from runyard.runtime.schedules.editing import first_cursor, whole
from runyard.runtime.schedules.making import check_own
from runyard.runtime.schedules.previewing import PlanChange, compare, first_of, same_timing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runyard.domain.schedules.spec import ScheduleSpec
    from runyard.domain.schedules.timeline import Timeline
    from runyard.domain.tasks import Task


class Plans(Protocol):
    """What is needed of the schedules that are there."""

    async def get(self, ref: str) -> Schedule: ...

    def timeline(
        self, spec: ScheduleSpec, *, schedule_id: str, anchor: datetime | None = None
    ) -> Timeline: ...


class Tasks(Protocol):
    async def get(self, task_id: str) -> Task: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    description: str
    timezone: str
    fires: tuple[Coming, ...]
    more: bool
    problems: tuple[dict[str, Any], ...]


class Previews:
    """Saves nothing. A wrong spec raises Invalid, as saving it would."""

    def __init__(self, plans: Plans, tasks: Tasks, *, clock: Clock | None = None) -> None:
        self._plans = plans
        self._tasks = tasks
        self._clock = clock or SystemClock()

    async def preview(
        self,
        spec: ScheduleSpec,
        *,
        count: int,
        after: datetime | None,
        language: Language,
        task_id: str | None = None,
        name: str = "default",
    ) -> Preview:
        """The next fires of an expression, what it means in words, and what speaks against it."""
        plan = _draft(task_id or "preview", name, spec, now=self._clock.now())
        timeline = self._timeline(plan)
        since = plan.cursor if after is None else after
        to_come = coming(replace(plan, cursor=since), timeline, now=since)
        fires, more = await asyncio.to_thread(first_of, to_come, count=count)
        problems = await self._task_problems(spec, task_id)
        if not fires and not timeline.is_reboot:
            problems.append({"where": "", "message": "no fire is to come"})
        return Preview(
            description=describe(spec, language, key=plan.id),
            timezone=str(timeline.zone),
            fires=tuple(fires),
            more=more,
            problems=tuple(problems),
        )

    async def _task_problems(self, spec: ScheduleSpec, task_id: str | None) -> list[dict[str, Any]]:
        if task_id is None:
            return []
        try:
            task = await self._tasks.get(task_id)
            check_parameters(task, spec)
        except NotFound as error:
            return [{"where": "task_id", "message": error.message}]
        except Invalid as error:
            return list(error.facts.get("problems") or [{"where": "", "message": error.message}])
        return []

    async def fires(
        self, schedule: Schedule, *, count: int, after: datetime | None
    ) -> tuple[list[Coming], bool]:
        """The next fires of a schedule, and whether there are more.

        With `after`, what the trigger says from then on, whatever is skipped by request and
        however many fires it may still have.
        """
        since = self._clock.now()
        if after is not None:
            spec = replace(schedule.spec, max_fires=None)
            schedule = replace(schedule, spec=spec, skip_next=0, cursor=after)
            since = after
        to_come = coming(schedule, self._timeline(schedule), now=since)
        # In a thread: a trigger may have to look far for its next fire.
        return await asyncio.to_thread(first_of, to_come, count=count)

    async def creation(
        self, *, task_id: str, name: str, spec: ScheduleSpec
    ) -> tuple[Schedule, PlanChange]:
        """The schedule that would be made, and its fires. Raises NotFound, Conflict, Invalid."""
        check_parameters(await self._tasks.get(task_id), spec)
        now = self._clock.now()
        draft = _draft(task_id, name, spec, now=now)
        if await self._is_taken(draft.id):
            raise Conflict(f"there is a schedule {draft.id!r} already", schedule_id=draft.id)
        to_come = self._fires(draft, since=draft.cursor)
        change = await asyncio.to_thread(compare, (), to_come, now=now)
        return await self._with_next(draft, since=draft.cursor), change

    async def _is_taken(self, schedule_id: str) -> bool:
        try:
            await self._plans.get(schedule_id)
        except NotFound:
            return False
        return True

    async def replacement(self, old: Schedule, spec: ScheduleSpec) -> tuple[Schedule, PlanChange]:
        """The schedule as it would be, and the fires it would gain and lose.

        Raises Conflict for a schedule that its task's definition holds, and Invalid.
        """
        check_own(old)
        now = self._clock.now()
        # As saving it does: an interval that is another one is counted anew.
        anchor = old.anchor if spec.every == old.spec.every else whole(now)
        cursor = max(old.cursor, now)
        new = replace(old, spec=spec, version=old.version + 1, anchor=anchor, cursor=cursor)
        before = self._fires(old, since=now)
        after = self._fires(new, since=now)
        if same_timing(old.spec, spec):
            before = after = iter(())
        change = await asyncio.to_thread(compare, before, after, now=now)
        return await self._with_next(new, since=now), change

    async def _with_next(self, schedule: Schedule, *, since: datetime) -> Schedule:
        to_come = coming(schedule, self._timeline(schedule), now=since)
        following = await asyncio.to_thread(next, to_come, None)
        return replace(
            schedule,
            next_at=None if following is None else following.fire.at,
            next_due=None if following is None else following.due,
        )

    def _fires(self, schedule: Schedule, *, since: datetime) -> Iterator[Fire]:
        """Planned from `since` on."""
        to_come = coming(schedule, self._timeline(schedule), now=since)
        return (one.fire for one in to_come if one.fire.at >= since)

    def _timeline(self, schedule: Schedule) -> Timeline:
        return self._plans.timeline(schedule.spec, schedule_id=schedule.id, anchor=schedule.anchor)


def check_parameters(task: Task, spec: ScheduleSpec) -> None:
    """Raises Invalid for parameters that the task would refuse at every fire.

    Of a task with problems it is not known what it takes.
    """
    if spec.argv is None and not task.problems:
        check(task.spec.parameters, spec.params, extra_allowed=task.spec.extra_parameters)


def _draft(task_id: str, name: str, spec: ScheduleSpec, *, now: datetime) -> Schedule:
    """A schedule as it would be made now."""
    return Schedule(
        id=f"{task_id}:{name}",
        task_id=task_id,
        name=name,
        source=TaskSource.API,
        spec=spec,
        version=1,
        anchor=whole(now),
        cursor=first_cursor(spec, now),
        next_at=None,
        next_due=None,
        created_at=now,
        updated_at=now,
    )
