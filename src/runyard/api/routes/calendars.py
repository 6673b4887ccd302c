"""Named calendars: the days on which schedules that go by them may fire."""

from datetime import date, timedelta
from typing import Annotated, Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from runyard.api.bodies import read_text
from runyard.api.calls import caller_of, service_of
from runyard.api.marks import Query
from runyard.api.operations import PREFIX, Operations
from runyard.api.responses import json_answer, nothing
from runyard.api.schedule_answers import CalendarAnswer, CalendarDaysAnswer, CalendarsAnswer
from runyard.api.schedule_models import CalendarBody, DaysQuery, ImportQuery
from runyard.api.schedule_ports import CalendarLike
from runyard.definitions.task_ids import name_problem
from runyard.domain.errors import Invalid
from runyard.domain.schedules.calendars import (
    Calendar,
    calendar_from,
    calendar_from_ics,
    calendar_settings,
)

calendars = Operations("calendars")

_LONGEST_NAME = 100
_MOST_DAYS = 3_700
_EMPTY: dict[str, Any] = {
    "weekdays": None,
    "holidays": [],
    "exclude": [],
    "include": [],
    "note": "",
}


@calendars.on("GET", "/calendars", answers=CalendarsAnswer)
async def list_calendars(request: Request) -> Response:
    """All calendars, by name."""
    found = await service_of(request).calendars.all()
    return json_answer({"items": [calendar_dict(one) for one in found]})


@calendars.on("GET", "/calendars/{name}", answers=CalendarAnswer, errors=(404,))
async def read_calendar(request: Request, name: str) -> Response:
    """One calendar."""
    return json_answer(calendar_dict(await service_of(request).calendars.get(name)))


@calendars.on("PUT", "/calendars/{name}", answers=CalendarAnswer, errors=(404, 409))
async def save_calendar(request: Request, name: str, body: CalendarBody) -> Response:
    """Make a calendar, or replace the one of this name.

    Schedules that go by it follow it from now on; what is decided stays.
    """
    given = body.model_dump(exclude_unset=True, exclude_none=True)
    return await _save(request, name, calendar_from(given))


@calendars.on(
    "POST",
    "/calendars/{name}/import",
    answers=CalendarAnswer,
    errors=(404, 409),
    body_type="text/calendar",
)
async def import_calendar(
    request: Request, name: str, query: Annotated[ImportQuery, Query()]
) -> Response:
    """Make or replace a calendar from the events of an iCalendar file.

    The body is the file, `Content-Type: text/calendar`. Schedules do not fire on the days of its
    events; with `?include=true` they fire on no others.
    """
    text = await read_text(request, media_type="text/calendar")
    return await _save(request, name, calendar_from_ics(text, include=query.include))


async def _save(request: Request, name: str, calendar: Calendar) -> Response:
    problem = name_problem(name, max_bytes=_LONGEST_NAME)
    if problem is not None:
        raise Invalid(
            f"{name[:80]!r} can't be the name of a calendar: {problem}",
            hint="use letters, digits, '_', '-' and '.', for instance 'workdays'",
        )
    known = service_of(request).calendars
    await known.save(name, calendar, author=caller_of(request))
    headers = {"location": f"{PREFIX}/calendars/{quote(name)}"}
    return json_answer(calendar_dict(await known.get(name)), headers=headers)


@calendars.on("DELETE", "/calendars/{name}", status=204, errors=(404, 409))
async def delete_calendar(request: Request, name: str) -> Response:
    """Delete a calendar that no schedule goes by."""
    await service_of(request).calendars.delete(name)
    return nothing()


@calendars.on("GET", "/calendars/{name}/days", answers=CalendarDaysAnswer, errors=(404,))
async def list_days(request: Request, name: str, query: Annotated[DaysQuery, Query()]) -> Response:
    """Each day of [start, end): whether it is included, and why not."""
    found = await service_of(request).calendars.get(name)
    count = (query.end - query.start).days
    if not 0 < count <= _MOST_DAYS:
        message = f"must be 1 to {_MOST_DAYS:,} days after start"
        raise Invalid(f"end {message}", problems=[{"where": "end", "message": message}])
    days = [query.start + timedelta(days=number) for number in range(count)]
    return json_answer({"items": [_day_dict(found.calendar, day) for day in days]})


def _day_dict(calendar: Calendar, day: date) -> dict[str, Any]:
    included, reason = calendar.includes(day)
    return {"day": day.isoformat(), "included": included, "reason": reason}


def calendar_dict(one: CalendarLike) -> dict[str, Any]:
    return {
        "name": one.name,
        **_EMPTY,
        **calendar_settings(one.calendar),
        "author": one.author,
        "updated_at": one.updated_at,
    }
