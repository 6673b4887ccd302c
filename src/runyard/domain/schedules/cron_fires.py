"""The wall-clock times of a cron expression, in order, from any moment on."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from datetime import MAXYEAR, datetime, timedelta

from runyard.domain.schedules.cron_expression import CronExpression

_SECOND = timedelta(seconds=1)

Times = Iterator[tuple[int, int, int]]


def cron_times(expression: CronExpression, start: datetime) -> Iterator[datetime]:
    """Naive times at or after `start` (naive, before the last second of the calendar), ascending.

    They end with the calendar. Exact in every year: days come from the length and first weekday
    of each month. The first one costs a look at each month up to it, at most 40 years' (29
    February on a given weekday).
    """
    if start.microsecond:
        start = start.replace(microsecond=0) + _SECOND
    year, month, day = start.year, start.month, start.day
    times: Times | None = _times_from(expression, start.hour, start.minute, start.second)
    months, rule = expression.months, expression.days
    while year <= MAXYEAR:
        if months >> month & 1:
            days = rule.days(year, month) >> day << day
            while days:
                found = (days & -days).bit_length() - 1
                if found != day or times is None:
                    times = _times_from(expression, 0, 0, 0)
                for hour, minute, second in times:
                    yield datetime(year, month, found, hour, minute, second)  # noqa: DTZ001
                times = None
                days &= days - 1
        month, day, times = month + 1, 0, None
        if month > 12:
            year, month = year + 1, 1


def _times_from(expression: CronExpression, hour: int, minute: int, second: int) -> Times:
    """Times of day at or after the given one."""
    hours, minutes, seconds = expression.hours, expression.minutes, expression.seconds
    for at_hour in hours[bisect_left(hours, hour) :]:
        from_minute = minute if at_hour == hour else 0
        for at_minute in minutes[bisect_left(minutes, from_minute) :]:
            from_second = second if at_hour == hour and at_minute == minute else 0
            for at_second in seconds[bisect_left(seconds, from_second) :]:
                yield at_hour, at_minute, at_second
