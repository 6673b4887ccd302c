"""Says when a cron expression holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product

from runyard.domain.schedules.cron_expression import CronExpression
from runyard.domain.schedules.cron_field import FieldRule, bits
from runyard.domain.schedules.series import Series, series
from runyard.domain.schedules.tongues import Tongue

_MOST_CLOCK_TIMES = 6
_ALL_DAYS = (1 << 32) - 2
_ALL_WEEKDAYS = (1 << 7) - 1


def cron_words(expression: CronExpression, tongue: Tongue) -> str:
    months = series(bits(expression.months), low=1, high=12)
    days = _days(expression, tongue)
    if not days and not expression.every_hour and not _goes_on(expression):
        days = tongue.every_day
    return tongue.joined(
        time_words(expression.seconds, expression.minutes, expression.hours, tongue),
        days,
        month_words(months, tongue),
    )


def _goes_on(expression: CronExpression) -> bool:
    """Every n hours through the day: saying "every day" would add nothing."""
    return series(expression.hours, low=0, high=23).even


def time_words(
    seconds: Sequence[int], minutes: Sequence[int], hours: Sequence[int], tongue: Tongue
) -> str:
    """When in the day: clock times where they are few, else seconds, minutes and hours."""
    second = series(tuple(seconds), low=0, high=59)
    minute = series(tuple(minutes), low=0, high=59)
    hour = series(tuple(hours), low=0, high=23)
    if not hour.all and len(hours) * len(minutes) * len(seconds) <= _MOST_CLOCK_TIMES:
        with_seconds = second.values != (0,)
        times = product(hour.values, minute.values, second.values)
        return tongue.at_clock([_clock(*time, with_seconds=with_seconds) for time in times])
    going_on = tongue.followed(*_within_hours(second, minute, hour, tongue))
    if hour.all or hour.even:
        return going_on
    return tongue.joined(going_on, hour_words(hour, tongue))


def _within_hours(second: Series, minute: Series, hour: Series, tongue: Tongue) -> Iterator[str]:
    with_seconds = second.values != (0,)
    distance = hour.step if hour.even and hour.step else 1
    if minute.all:
        if distance > 1:
            yield tongue.every(distance, "hour")
        if not with_seconds or not _goes_through(second):
            yield tongue.every(1, "minute")
    else:
        if distance > 1 or not _goes_through(minute):
            yield tongue.every(distance, "hour")
        if with_seconds or minute.only != 0:
            yield unit_words(minute, "minute", tongue)
    if with_seconds:
        yield unit_words(second, "second", tongue)


def _goes_through(found: Series) -> bool:
    """It is said as "every n", without the larger unit."""
    return found.all or found.step is not None


def month_words(months: Series, tongue: Tongue) -> str:
    if months.all:
        return ""
    names = tongue.month_names
    return tongue.in_months(_run_words(months, lambda month: names[month - 1], tongue))


def weekday_words(weekdays: Series, tongue: Tongue) -> str:
    return _run_words(weekdays, lambda day: tongue.weekday_names[day % 7], tongue)


def week_of(days: Sequence[int]) -> Series:
    """Weekdays (Sunday = 0) in the order of a week that begins on Monday (Sunday = 7)."""
    return series(tuple(sorted(day or 7 for day in days)), low=1, high=7)


def _run_words(found: Series, name: Callable[[int], str], tongue: Tongue) -> str:
    return tongue.listed(
        [
            name(first) if first == last else tongue.through(name(first), name(last))
            for first, last in found.runs
        ]
    )


def unit_words(found: Series, unit: str, tongue: Tongue) -> str:
    """Seconds of a minute, or minutes of an hour."""
    if found.all:
        return tongue.every(1, unit)
    if found.step is not None:
        if found.even:
            return tongue.every(found.step, unit)
        return tongue.stepped(unit, found.step, found.values[0], found.values[-1])
    numbers = _run_words(found, str, tongue)
    return tongue.at_unit(unit, numbers, many=found.only is None)


def hour_words(hour: Series, tongue: Tongue) -> str:
    """Hours as ranges of the clock."""
    return tongue.in_hours([(f"{first:02}:00", f"{last:02}:59") for first, last in hour.runs])


def _clock(hour: int, minute: int, second: int, *, with_seconds: bool) -> str:
    shown = f"{hour:02}:{minute:02}"
    return f"{shown}:{second:02}" if with_seconds else shown


def _days(expression: CronExpression, tongue: Tongue) -> str:
    rule = expression.days
    days = _month_days(rule.day, tongue)
    weekdays = _weekdays(rule.weekday, tongue)
    if not days or not weekdays:
        if days or weekdays:
            # `13 OR any weekday` is any day: nothing is limited.
            any_day = not (rule.both or rule.day.star or rule.weekday.star)
            return "" if any_day else tongue.on_days(days or weekdays)
        return ""
    both = rule.both or rule.day.star or rule.weekday.star
    joint = tongue.both_days if both else tongue.either_day
    one, other = tongue.on_days(days), tongue.listed(weekdays)
    return joint.format(one=one, other=other if both else tongue.on_days(weekdays))


def _month_days(rule: FieldRule, tongue: Tongue) -> list[str]:
    if rule.mask & _ALL_DAYS == _ALL_DAYS:
        return []
    said = []
    if rule.mask:
        days = series(rule.values, low=1, high=31)
        if days.step is not None:
            said.append(tongue.stepped("day", days.step, days.values[0], days.values[-1]))
        else:
            said.append(tongue.day(_run_words(days, str, tongue), many=days.only is None))
    said += [tongue.last_day(before) for before in bits(rule.last)]
    said += [tongue.near_day(day) for day in bits(rule.near)]
    return said + ([tongue.last_working_day] if rule.last_working else [])


def _weekdays(rule: FieldRule, tongue: Tongue) -> list[str]:
    if rule.mask & _ALL_WEEKDAYS == _ALL_WEEKDAYS:
        return []
    said = [weekday_words(week_of(rule.values), tongue)] if rule.mask else []
    said += [tongue.nth_weekday(*divmod(bit, 8)) for bit in bits(rule.nth)]
    return said + [tongue.nth_weekday(day, -1) for day in bits(rule.final)]
