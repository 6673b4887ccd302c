"""The operations on named calendars."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from runyard.sdk.calls import Call, Operation, body, listing, path, query, reading
from runyard.sdk.schedule_keys import plain
from runyard.sdk.schedule_objects import (
    Calendar,
    CalendarDay,
)


def list_calendars() -> Call[list[Calendar]]:
    return Call(method="GET", path="/calendars", read=listing(Calendar.of))


def get_calendar(name: str) -> Call[Calendar]:
    return Call(method="GET", path=path("calendars", name), read=reading(Calendar.of))


def save_calendar(
    name: str,
    *,
    weekdays: Sequence[str] | None = None,
    holidays: Sequence[str] = (),
    exclude: Sequence[Any] = (),
    include: Sequence[Any] = (),
    note: str = "",
) -> Call[Calendar]:
    """Make a calendar, or replace the one of this name."""
    given = body(
        weekdays=None if weekdays is None else list(weekdays),
        holidays=list(holidays) or None,
        exclude=[plain(one) for one in exclude] or None,
        include=[plain(one) for one in include] or None,
        note=note or None,
    )
    return Call(method="PUT", path=path("calendars", name), body=given, read=reading(Calendar.of))


def import_calendar(name: str, text: str, *, include: bool = False) -> Call[Calendar]:
    """Make or replace a calendar from an iCalendar text.

    Schedules do not fire on the days of its events; `include`: on no others.
    """
    return Call(
        method="POST",
        path=path("calendars", name, "import"),
        query=query(include=include or None),
        content=text.encode(),
        headers={"Content-Type": "text/calendar"},
        read=reading(Calendar.of),
    )


def delete_calendar(name: str) -> Call[None]:
    """Raises `Conflict` while a schedule goes by it."""
    return Call(method="DELETE", path=path("calendars", name), read=lambda _: None)


def calendar_days(name: str, start: date, end: date) -> Call[list[CalendarDay]]:
    """Each day of [start, end): whether it is included, and why not."""
    return Call(
        method="GET",
        path=path("calendars", name, "days"),
        query=query(start=start, end=end),
        read=listing(CalendarDay.of),
    )


class CalendarOperations:
    list = Operation(list_calendars)
    get = Operation(get_calendar)
    save = Operation(save_calendar)
    import_ics = Operation(import_calendar)
    delete = Operation(delete_calendar)
    days = Operation(calendar_days)
