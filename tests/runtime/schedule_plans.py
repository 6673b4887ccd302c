"""Schedules and their timelines for tests that need no store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from runyard.domain.schedules.model import Schedule
from runyard.domain.schedules.spec import ScheduleSpec
from runyard.domain.schedules.timeline import jitter_of, make_timeline
from runyard.domain.tasks import TaskSource

if TYPE_CHECKING:
    from runyard.domain.schedules.timeline import Timeline

NOW = datetime(2026, 3, 28, 12, 0, 30, tzinfo=UTC)
ZONE = "Europe/Berlin"


class FixedClock:
    def __init__(self, moment: datetime = NOW) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


def timeline_of(schedule: Schedule) -> Timeline:
    return make_timeline(
        schedule.spec,
        default_zone=ZONE,
        anchor=schedule.anchor,
        key=schedule.id,
        calendar=None,
    )


def plan(
    task_id: str = "hello", name: str = "default", *, at: datetime = NOW, **changes: Any
) -> Schedule:
    """A schedule whose fires up to `at` are decided; what is no field of it goes to its spec."""
    own = {key: changes.pop(key) for key in ("fires", "skip_next", "paused") if key in changes}
    spec = ScheduleSpec(**changes)
    schedule = Schedule(
        id=f"{task_id}:{name}",
        task_id=task_id,
        name=name,
        source=TaskSource.API,
        spec=spec,
        version=1,
        anchor=at,
        cursor=at,
        next_at=None,
        next_due=None,
        created_at=at,
        updated_at=at,
        **own,
    )
    return with_next(schedule)


def with_next(schedule: Schedule) -> Schedule:
    """The schedule with its next fire, as the store keeps it."""
    fire = next(timeline_of(schedule).after(schedule.cursor), None)
    if fire is None:
        return replace(schedule, next_at=None, next_due=None)
    due = fire.at + jitter_of(schedule.spec, schedule.id, fire.at)
    return replace(schedule, next_at=fire.at, next_due=due)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)
