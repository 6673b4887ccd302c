"""The shape of a schedule in settings: every key, its type, its bounds and an example of it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from runyard.definitions.schedule_names import check_schedule_name
from runyard.definitions.values import Duration, LongDuration, Name, Table, Text
from runyard.domain.errors import Invalid
from runyard.domain.schedules.spec import CatchUp, DayMatch, DstGap, DstRepeat, Overlap, Roll

MOST_SCHEDULES = 100  # of one task
SHORTEST_INTERVAL = timedelta(seconds=1)
LAST_MOMENT = time(23, 59, 59, 999_999)
_FIRST_YEAR, _LAST_YEAR = 1970, 2999
_LONGEST_EXPRESSION = 2_000  # characters


def _moment(value: Any, *, of_day: time) -> datetime:
    """A date and time; a plain date means `of_day` on it."""
    match value:
        case datetime():
            moment = value
        case date():
            moment = datetime.combine(value, of_day)
        case str():
            moment = _read_moment(value.strip(), of_day=of_day)
        case _:
            raise ValueError("this is not a date and time")
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError(f"its year is not between {_FIRST_YEAR} and {_LAST_YEAR}")
    return moment


def _read_moment(text: str, *, of_day: time) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), of_day)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("this is not a date and time") from None


def _start(value: Any) -> datetime:
    return _moment(value, of_day=time())


def _end(value: Any) -> datetime:
    return _moment(value, of_day=LAST_MOMENT)


def _interval(value: timedelta) -> timedelta:
    if value < SHORTEST_INTERVAL:
        raise ValueError("the shortest interval is 1 s")
    return value


def _schedule_name(value: str) -> str:
    try:
        return check_schedule_name(value)
    except Invalid as error:
        raise ValueError(error.message) from None


_MOMENT_SCHEMA = WithJsonSchema({"type": "string", "format": "date-time"})
Moment = Annotated[datetime, BeforeValidator(_start), _MOMENT_SCHEMA]
LastMoment = Annotated[datetime, BeforeValidator(_end), _MOMENT_SCHEMA]
Interval = Annotated[LongDuration, AfterValidator(_interval)]
Expression = Annotated[Text, Field(min_length=1, max_length=_LONGEST_EXPRESSION)]
ScheduleName = Annotated[str, AfterValidator(_schedule_name), Field(min_length=1, max_length=100)]
Trigger = Annotated[
    str | float,
    Field(description='short for a schedule: cron, "30m", a date and time, an RRULE, or seconds'),
]


class ScheduleSettings(Table):
    """All keys of a schedule but its name. Exactly one of at, every, cron, rrule is given."""

    at: Moment | None = Field(None, description="once, at this time")
    every: Interval | None = Field(None, description="each time this has gone by")
    cron: Expression | None = Field(None, description="5 fields, 6 with seconds first, or @daily")
    rrule: Expression | None = Field(None, description="a recurrence rule of RFC 5545")
    day_match: DayMatch = Field(
        DayMatch.OR, strict=False, description="cron with both a day of month and of week"
    )
    at_once: bool = Field(False, description="every: the first fire is now, not one interval later")
    timezone: Name | None = Field(None, description="IANA name; the server's if not given")
    start: Moment | None = Field(None, description="no fire before")
    end: LastMoment | None = Field(None, description="no fire after")
    max_fires: int | None = Field(None, ge=1, le=1_000_000_000, description="then it is over")
    jitter: Duration = Field(timedelta(), description="each fire is put off by 0 to this")
    calendar: Name | None = Field(None, description="the days on which it fires")
    roll: Roll = Field(Roll.SKIP, strict=False, description="a fire on a day that is left out")
    overlap: Overlap = Field(
        Overlap.SKIP, strict=False, description="a fire while its earlier run is not over"
    )
    catch_up: CatchUp = Field(CatchUp.LAST, strict=False, description="fires that were missed")
    catch_up_window: Duration = Field(
        timedelta(days=1), description="those missed longer ago are never made up for"
    )
    grace: Duration = Field(timedelta(minutes=1), description="so late is still on time")
    dst_gap: DstGap | None = Field(
        None, strict=False, description="a time that a change of the clocks leaves out"
    )
    dst_repeat: DstRepeat | None = Field(
        None, strict=False, description="a time that a change of the clocks brings twice"
    )
    pause_after_failures: int = Field(0, ge=0, le=1_000_000, description="in a row; 0 = never")
    params: dict[Name, Any] = Field({}, description="parameters of its runs")
    argv: list[Text] | None = Field(
        None, max_length=10_000, description="plain arguments instead of parameters"
    )
    note: Text = Field("", max_length=2_000, description="why it is there, for people")


class TaskSchedule(ScheduleSettings):
    """A schedule as a task's settings hold it."""

    name: ScheduleName | None = Field(None, description="`default` if not given")


SCHEDULE_EXAMPLES = {
    "name": '"nightly"', "at": '"2026-05-01 08:00"', "every": '"30m"', "cron": '"0 2 * * *"',
    "rrule": '"FREQ=WEEKLY;BYDAY=MO,FR;BYHOUR=9;BYMINUTE=0;BYSECOND=0"', "day_match": '"and"',
    "at_once": "true", "timezone": '"Europe/Berlin"', "start": '"2026-05-01"',
    "end": '"2026-12-31"', "max_fires": "10", "jitter": '"5m"', "calendar": '"workdays"',
    "roll": '"following"', "overlap": '"buffer_one"', "catch_up": '"none"',
    "catch_up_window": '"12h"', "grace": '"5m"', "dst_gap": '"skip"', "dst_repeat": '"both"',
    "pause_after_failures": "3", "params": '{mode = "fast"}', "argv": '["--fast"]',
    "note": '"asked for by ann"',
}  # fmt: skip
