"""Reads iCalendar text (RFC 5545): the days on which its events lie."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import icalendar

from runyard.domain.errors import Invalid
from runyard.domain.schedules.calendars import MOST_DAYS, Days
from runyard.domain.schedules.recurrence import parse_rrule
from runyard.domain.schedules.zones import find_zone

_DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)
_LONGEST_TEXT = 5_000_000


def days_of_events(text: str, *, until: date) -> tuple[Days, ...]:
    """The days that events touch, ascending, each once, with the event's summary as reason.

    A timed event counts for the days of its own clock. Recurring events are followed up to
    `until`; cancelled events do not count. Raises Invalid.
    """
    try:
        return _days_of_all(_events(text), until)
    except ValueError as error:  # a property that icalendar took over as it stood
        raise Invalid(f"this is no iCalendar text: {error}") from None


def _days_of_all(events: list[Any], until: date) -> tuple[Days, ...]:
    moved = _moved_away(events)
    found: dict[Days, None] = {}
    for event in events:
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        for days in _days_of(event, moved.get(str(event.get("UID", "")), set()), until):
            found[days] = None
            if len(found) > MOST_DAYS:
                raise Invalid(f"the events lie on more than {MOST_DAYS} days up to {until}")
    return tuple(sorted(found, key=lambda days: (days.first, days.last)))


def _events(text: str) -> list[Any]:
    if len(text) > _LONGEST_TEXT:
        raise Invalid(f"the calendar is longer than {_LONGEST_TEXT} characters")
    calendars = icalendar.Calendar.from_ical(text, multiple=True)
    events = [event for calendar in calendars for event in calendar.walk("VEVENT")]
    if not events:
        raise Invalid("this is no iCalendar text with events (VEVENT)")
    return events


def _moved_away(events: list[Any]) -> dict[str, set[datetime]]:
    """By UID: the occurrences of a recurring event that an event of their own replaces."""
    moved: dict[str, set[datetime]] = {}
    for event in events:
        if "RECURRENCE-ID" in event:
            uid = str(event.get("UID", ""))
            moved.setdefault(uid, set()).add(_local(event["RECURRENCE-ID"].dt))
    return moved


def _days_of(event: Any, moved: set[datetime], until: date) -> Iterator[Days]:
    if "DTSTART" not in event:
        raise Invalid("an event has no DTSTART")
    start = _local(event["DTSTART"].dt)
    length = _length(event, start)
    reason = str(event.get("SUMMARY", "")).strip()[:200]
    away = _listed(event, "EXDATE") | (moved if "RECURRENCE-ID" not in event else set())
    starts = {*_recurring(event, start, until), *_listed(event, "RDATE")} - away
    for one in sorted(starts):
        if one.date() <= until:
            last = max(one, one + length - _MICROSECOND).date()
            yield Days(first=one.date(), last=last, reason=reason)


def _length(event: Any, start: datetime) -> timedelta:
    if "DURATION" in event:
        return event["DURATION"].dt  # type: ignore[no-any-return]
    if "DTEND" in event:
        return max(_local(event["DTEND"].dt) - start, timedelta())
    return timedelta() if isinstance(event["DTSTART"].dt, datetime) else _DAY


def _recurring(event: Any, start: datetime, until: date) -> Iterator[datetime]:
    if "RRULE" not in event or "RECURRENCE-ID" in event:
        yield start
        return
    given = event["RRULE"]
    zone = find_zone("UTC")
    yield start
    for rule in given if isinstance(given, list) else [given]:
        text = rule.to_ical().decode()
        for local in parse_rrule(text, zone=zone, anchor=start.replace(tzinfo=UTC)).times(start):
            if local.date() > until:
                break
            yield local


def _listed(event: Any, name: str) -> set[datetime]:
    given = event.get(name)
    if given is None:
        return set()
    groups = given if isinstance(given, list) else [given]
    return {_local(_first(one.dt)) for group in groups for one in group.dts}


def _first(value: Any) -> Any:
    """An RDATE may be a period: its start."""
    return value[0] if isinstance(value, tuple) else value


def _local(value: date | datetime) -> datetime:
    """The event's own wall-clock time; a day is its midnight."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    return datetime(value.year, value.month, value.day)  # noqa: DTZ001
