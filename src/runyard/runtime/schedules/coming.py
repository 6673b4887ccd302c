"""The planned fires of one schedule that are still to come, as far as they can be known now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from runyard.domain.schedules.model import Decision, Fire, Schedule
from runyard.domain.schedules.timeline import jitter_of

if TYPE_CHECKING:
    from runyard.domain.schedules.timeline import Timeline

_BY_REQUEST = "the next fires of this schedule are skipped by request"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """One fire to come. `due` is when it is decided: never before that of an earlier fire."""

    schedule_id: str
    task_id: str
    timezone: str | None  # None: the server's
    fire: Fire
    due: datetime


def coming(schedule: Schedule, timeline: Timeline, *, now: datetime) -> Iterator[Coming]:
    """The fires of `schedule` that are due from `now` on and not decided yet, in order, lazily.

    Those that will be skipped by request are marked as skipped. With `max_fires` it ends after
    so many started runs, as if each fire started one. Whether a fire will meet a running run, a
    pause or a broken task is not known before its time.
    """
    spec = schedule.spec
    left = None if spec.max_fires is None else spec.max_fires - schedule.fires
    skips = schedule.skip_next
    due = schedule.cursor
    for planned in timeline.after(schedule.cursor):
        if left is not None and left <= 0:
            return
        fire = planned
        if fire.skipped is None:
            if skips > 0:
                skips -= 1
                fire = replace(fire, skipped=Decision.SKIPPED, note=_with_note(fire.note))
            elif left is not None:
                left -= 1
        # Fires are decided in planned order, so jitter never lets one overtake another.
        due = max(due, fire.at + jitter_of(spec, schedule.id, fire.at))
        if due >= now:
            yield Coming(
                schedule_id=schedule.id,
                task_id=schedule.task_id,
                timezone=spec.timezone,
                fire=fire,
                due=due,
            )


def _with_note(note: str) -> str:
    return f"{note}; {_BY_REQUEST}" if note else _BY_REQUEST
