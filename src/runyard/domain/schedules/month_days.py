"""On which days of a month a cron expression holds, by month length and first weekday."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from runyard.domain.schedules.cron_field import FieldRule, bits

_LENGTHS = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True, eq=False)
class DayRule:
    """The two day fields together.

    They are joined by OR when both are limited, as in Vixie cron (where a field that begins with
    `*` counts as not limited, `*/2` too); `both` joins them by AND.
    """

    day: FieldRule
    weekday: FieldRule
    both: bool
    _known: dict[tuple[int, int], int] = field(default_factory=dict, repr=False)

    def days(self, year: int, month: int) -> int:
        """Bit d is set when the expression holds on day d of that month."""
        shape = (date(year, month, 1).weekday() + 1) % 7, month_length(year, month)
        days = self._known.get(shape)
        if days is None:
            days = self._known[shape] = _days(self, *shape)
        return days

    def ever(self, months: int) -> bool:
        """Whether it holds on any day of the given months in the 400 years of the calendar.

        Each month begins on each weekday in some year, February in a leap year too.
        """
        lengths = {_LENGTHS[month] for month in bits(months)} | ({29} if months & 4 else set())
        return any(_days(self, first, length) for length in lengths for first in range(7))


def month_length(year: int, month: int) -> int:
    if month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0):
        return 29
    return _LENGTHS[month]


def _days(rule: DayRule, first: int, length: int) -> int:
    by_day = _by_day(rule.day, first, length)
    by_weekday = _by_weekday(rule.weekday, first, length)
    if rule.both or rule.day.star or rule.weekday.star:
        return by_day & by_weekday
    return by_day | by_weekday


def _by_day(rule: FieldRule, first: int, length: int) -> int:
    days = rule.mask & ((2 << length) - 2)
    for before in bits(rule.last):
        if before < length:
            days |= 1 << length - before
    for day in bits(rule.near):
        if day <= length:
            days |= 1 << _nearest_working_day(day, first, length)
    if rule.last_working:
        days |= 1 << _nearest_working_day(length, first, length)
    return days


def _nearest_working_day(day: int, first: int, length: int) -> int:
    """Monday to Friday nearest to a day, never in another month."""
    weekday = (first + day - 1) % 7
    if weekday == 6:
        return day - 1 if day > 1 else day + 2
    if weekday == 0:
        return day + 1 if day < length else day - 2
    return day


def _by_weekday(rule: FieldRule, first: int, length: int) -> int:
    days = 0
    for weekday in bits(rule.mask):
        days |= _all_of(weekday, first, length)
    for bit in bits(rule.nth):
        weekday, number = divmod(bit, 8)
        day = 1 + (weekday - first) % 7 + 7 * (number - 1)
        if day <= length:
            days |= 1 << day
    for weekday in bits(rule.final):
        days |= 1 << _all_of(weekday, first, length).bit_length() - 1
    return days


def _all_of(weekday: int, first: int, length: int) -> int:
    return sum(1 << day for day in range(1 + (weekday - first) % 7, length + 1, 7))
