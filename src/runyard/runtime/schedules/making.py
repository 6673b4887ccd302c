"""Makes schedules inside a transaction, as many at once as are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from runyard.definitions.schedule_names import check_schedule_name
from runyard.domain.errors import Conflict, RunyardError
from runyard.domain.schedules.model import Schedule
from runyard.domain.schedules.spec import ScheduleSpec
from runyard.domain.tasks import Task, TaskSource
from runyard.runtime.clock import Clock
from runyard.runtime.schedules.editing import Editing
from runyard.runtime.schedules.timelines import Timelines
from runyard.store import Tx, schedules

NewSchedule = tuple[str, str, ScheduleSpec]
"""Task id, name, spec."""


class Making:
    """Called in the writer's thread."""

    def __init__(
        self,
        *,
        clock: Clock,
        timelines: Timelines,
        editing: Editing,
        find_task: Callable[[str], Task],
    ) -> None:
        self._clock = clock
        self._timelines = timelines
        self._editing = editing
        self._find_task = find_task

    def create(
        self, tx: Tx, new: Sequence[NewSchedule], *, author: str, message: str
    ) -> Sequence[Schedule | RunyardError]:
        """Each has its own answer, in order. A deleted one of that name begins a new life."""
        now = self._clock.now()
        self._timelines.follow(tx)
        ids = [f"{task_id}:{name}" for task_id, name, _ in new]
        there = {one.id: one for one in schedules.get_many(tx, ids)}
        answers: list[Schedule | RunyardError | None] = []
        fresh: list[tuple[Schedule, bool]] = []
        for task_id, name, spec in new:
            try:
                schedule, on_start = self._fresh(task_id, name, spec, now)
                former = there.get(schedule.id)
                if former is not None and former.deleted_at is None:
                    raise _taken(former)
                there[schedule.id] = schedule
                if former is None:
                    fresh.append((schedule, on_start))
                    answers.append(None)
                else:
                    answers.append(self._revive(tx, former, schedule, author, message))
            except RunyardError as error:
                answers.append(error)
        stored = iter(self._editing.insert(tx, fresh, author=author, message=message))
        return [next(stored) if answer is None else answer for answer in answers]

    def _fresh(
        self, task_id: str, name: str, spec: ScheduleSpec, now: datetime
    ) -> tuple[Schedule, bool]:
        self._find_task(task_id)
        schedule, on_start = self._editing.fresh(
            task_id=task_id,
            name=check_schedule_name(name),
            spec=spec,
            source=TaskSource.API,
            now=now,
        )
        if schedule.problem is not None:
            self._editing.timeline(schedule)  # raises it with its position
        return schedule, on_start

    def _revive(
        self, tx: Tx, former: Schedule, fresh: Schedule, author: str, message: str
    ) -> Schedule:
        revived, _ = self._editing.replace(
            tx,
            former,
            spec=fresh.spec,
            source=TaskSource.API,
            author=author,
            message=message,
            now=fresh.created_at,
        )
        return revived


def check_own(row: Schedule) -> None:
    """Raises Conflict for a schedule that the definition of its task holds."""
    match row.source:
        case TaskSource.API:
            return
        case TaskSource.FILE:
            hint = f"edit the schedules in the definition of task {row.task_id}"
        case TaskSource.APP:
            hint = "change the code of the app module, then reload"
    raise Conflict(
        f"schedule {row.id} is part of the definition of its task",
        hint=hint,
        schedule_id=row.id,
    )


def _taken(former: Schedule) -> Conflict:
    return Conflict(f"there is a schedule {former.id!r} already", schedule_id=former.id)
