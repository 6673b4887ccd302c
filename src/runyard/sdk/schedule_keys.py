"""What a schedule says, as arguments of the clients and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypedDict


class ScheduleKeys(TypedDict, total=False):
    """A schedule: one of at, every, cron, rrule, and what else it says.

    Datetimes without an offset are wall-clock times in `timezone`. Durations are seconds, a text
    such as "30m", or a timedelta.
    """

    at: datetime | str
    every: float | str | timedelta
    cron: str
    rrule: str
    day_match: str
    at_once: bool
    timezone: str
    start: datetime | date | str
    end: datetime | date | str
    max_fires: int
    jitter: float | str | timedelta
    calendar: str
    roll: str
    overlap: str
    catch_up: str
    catch_up_window: float | str | timedelta
    grace: float | str | timedelta
    dst_gap: str
    dst_repeat: str
    pause_after_failures: int
    params: Mapping[str, Any]
    argv: Sequence[str]
    note: str


def schedule_keys(given: Mapping[str, Any]) -> dict[str, Any]:
    """The keys as JSON values; times keep their offset, or that they have none."""
    return {name: plain(value) for name, value in given.items()}


def plain(value: Any) -> Any:
    match value:
        case date():  # and datetime, which is one
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case tuple():
            return list(value)
        case _:
            return value
