"""Rows of schedules: from dataclasses to tuples in column order, and back."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from runyard.domain.schedules.model import Schedule, ScheduleVersion
from runyard.domain.schedules.spec import ScheduleSpec
from runyard.domain.tasks import TaskSource
from runyard.store.encoding import (
    clean,
    from_json,
    from_plain,
    from_us,
    from_us_or_none,
    to_json,
    to_plain,
    to_us,
    to_us_or_none,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MICROSECOND = timedelta(microseconds=1)
_SOURCES = {source.value: source for source in TaskSource}


def spec_text(spec: ScheduleSpec) -> str:
    """Every field is written, so a schedule keeps its meaning when a default changes."""
    try:
        return orjson.dumps(spec, default=_duration).decode()  # a tenth of the general way
    except (TypeError, ValueError):  # numbers or text in its parameters that orjson can't hold
        return to_json(to_plain(spec))


def _duration(value: object) -> int:
    if isinstance(value, timedelta):
        return value // _MICROSECOND
    raise TypeError(f"no JSON for {type(value).__name__}")


@lru_cache(maxsize=4096)
def spec_of(text: str) -> ScheduleSpec:
    return from_plain(ScheduleSpec, from_json(text))


def schedule_row(schedule: Schedule, *, on_start: bool) -> tuple[Any, ...]:
    """A row of `schedules`, in the order of its columns."""
    return (
        schedule.id,
        schedule.task_id,
        schedule.name,
        schedule.source.value,
        spec_text(schedule.spec),
        schedule.version,
        schedule.paused,
        clean(schedule.pause_reason),
        to_us_or_none(schedule.paused_at),
        to_us(schedule.anchor),
        to_us(schedule.cursor),
        to_us_or_none(schedule.next_at),
        to_us_or_none(schedule.next_due),
        schedule.fires,
        schedule.failures,
        schedule.skip_next,
        clean(schedule.problem),
        to_us(schedule.created_at),
        to_us(schedule.updated_at),
        to_us_or_none(schedule.deleted_at),
        schedule.seq,
        on_start,
    )


def schedules_of(rows: Iterable[Sequence[Any]]) -> list[Schedule]:
    """Complete rows of `schedules` as dataclasses, in the same order."""
    return [_schedule(row) for row in rows]


def _schedule(row: Sequence[Any]) -> Schedule:
    return Schedule(
        id=row[0],
        task_id=row[1],
        name=row[2],
        source=_SOURCES[row[3]],
        spec=spec_of(row[4]),
        version=row[5],
        paused=bool(row[6]),
        pause_reason=row[7],
        paused_at=from_us_or_none(row[8]),
        anchor=from_us(row[9]),
        cursor=from_us(row[10]),
        next_at=from_us_or_none(row[11]),
        next_due=from_us_or_none(row[12]),
        fires=row[13],
        failures=row[14],
        skip_next=row[15],
        problem=row[16],
        created_at=from_us(row[17]),
        updated_at=from_us(row[18]),
        deleted_at=from_us_or_none(row[19]),
        seq=row[20],
    )


def version_of(row: Any) -> ScheduleVersion:
    return ScheduleVersion(
        schedule_id=row.schedule_id,
        version=row.version,
        spec=spec_of(row.spec),
        author=row.author,
        message=row.message,
        created_at=from_us(row.created_at),
    )
