"""The three trigger types, and what `trigger_args` mean as a schedule."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, assert_never

from runyard.domain.errors import Invalid
from runyard.domain.schedules.spec import CatchUp, Overlap, ScheduleSpec

_LONGEST = timedelta(days=3650)
_CRON_FIELDS = 5


class TriggerType(StrEnum):
    IMMEDIATE = "IMMEDIATE"  # one instance when it is made
    SCHEDULED = "SCHEDULED"  # once, at a time
    LOOP = "LOOP"  # again and again: interval or cron


def schedule_of(
    kind: TriggerType, arguments: dict[str, Any] | None, *, now: datetime
) -> ScheduleSpec | None:
    """None for a trigger that needs no schedule. Raises `Invalid` in this service's words.

    Instances may overlap. A date that passed while the server was away, or while the definition
    was paused, is made up for; firings of a loop are not. An interval counts from `now`.
    """
    given = arguments or {}
    match kind:
        case TriggerType.IMMEDIATE:
            return None
        case TriggerType.SCHEDULED:
            return ScheduleSpec(
                at=_date(given.get("run_date")),
                overlap=Overlap.ALLOW_ALL,
                catch_up=CatchUp.LAST,
                catch_up_window=_LONGEST,
            )
        case TriggerType.LOOP:
            interval, cron = given.get("interval"), given.get("cron")
            if interval:
                return _loop(every=_interval(interval), start=now)
            if cron:
                return _loop(cron=_cron(cron))
            raise Invalid("Either interval or cron is required for LOOP trigger type")
        case _:
            assert_never(kind)


def _loop(
    *, every: timedelta | None = None, start: datetime | None = None, cron: str | None = None
) -> ScheduleSpec:
    return ScheduleSpec(
        every=every,
        start=start,
        cron=cron,
        overlap=Overlap.ALLOW_ALL,
        catch_up=CatchUp.NONE,
    )


def _date(value: Any) -> datetime:
    """ISO 8601; without an offset it is the server's local time."""
    if not value:
        raise Invalid("run_date is required for SCHEDULED trigger type")
    if not isinstance(value, str):
        raise Invalid("run_date must be text in ISO 8601, as in 2026-01-01T10:00:00")
    try:
        return datetime.fromisoformat(value.strip())
    except ValueError:
        raise Invalid(
            f"run_date {value[:60]!r} is not a date in ISO 8601, as in 2026-01-01T10:00:00"
        ) from None


def _interval(value: Any) -> timedelta:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Invalid("interval must be a number of seconds")
    if not 0 < value <= _LONGEST.total_seconds():
        raise Invalid("interval must be more than 0 seconds and at most 10 years")
    return timedelta(seconds=value)


def _cron(value: Any) -> str:
    if not isinstance(value, str) or len(value.split()) != _CRON_FIELDS:
        raise Invalid("cron must be text with exactly five fields, as in '0 8 * * *'")
    return value
