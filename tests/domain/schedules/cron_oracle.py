"""An independent reading of cron: whether one wall-clock time holds, by looking at its parts.

It shares nothing with the product: no masks, no walking, only the sentences that define each form.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime, timedelta

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_BOUNDS = ((0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 6))


def holds(expression: str, moment: datetime, *, both: bool = False) -> bool:
    """Of an expression with six fields, or five (then only at second 0)."""
    fields = expression.lower().split()
    if len(fields) == 5:
        fields = ["0", *fields]
    second, minute, hour, day, month, weekday = fields
    weekday_now = (moment.weekday() + 1) % 7
    plain = (
        _in_field(second, 0, moment.second)
        and _in_field(minute, 1, moment.minute)
        and _in_field(hour, 2, moment.hour)
        and _in_field(month, 4, moment.month)
    )
    if not plain:
        return False
    by_day = any(_month_day(item, moment) for item in day.split(","))
    by_weekday = any(_weekday(item, moment, weekday_now) for item in weekday.split(","))
    if both or day[0] in "*?" or weekday[0] in "*?":
        return by_day and by_weekday
    return by_day or by_weekday


def scan(expression: str, start: datetime, end: datetime, *, both: bool = False) -> list[datetime]:
    """All whole minutes in [start, end) that hold (expressions of five fields)."""
    found, here = [], start.replace(second=0)
    while here < end:
        if here >= start and holds(expression, here, both=both):
            found.append(here)
        here += timedelta(minutes=1)
    return found


def _in_field(text: str, field: int, value: int) -> bool:
    return any(_in_item(item, field, value) for item in text.split(","))


def _in_item(item: str, field: int, value: int) -> bool:
    low, high = _BOUNDS[field]
    span, _, step = item.partition("/")
    if span in "*?":
        first, last = low, high
    elif "-" in span:
        first, last = (_number(part, field) for part in span.split("-"))
    else:
        first = last = _number(span, field)
        if step:
            last = high
    if field == 5 and last == 7:
        last = 6 if first != 7 else 7
        if value == 0 and (7 - first) % int(step or 1) == 0:
            return True
    if field == 5 and first == 7:
        first, last = 0, last % 7
    if last < first:  # around the end
        size = high - low + 1
        return (value - first) % size <= (last - first) % size and (
            (value - first) % size % int(step or 1) == 0
        )
    return first <= value <= last and (value - first) % int(step or 1) == 0


def _number(text: str, field: int) -> int:
    if text.isdigit():
        return int(text)
    return _MONTHS.index(text[:3]) + 1 if field == 4 else _DAYS.index(text[:3])


def _month_day(item: str, moment: datetime) -> bool:
    length = monthrange(moment.year, moment.month)[1]
    if item == "l":
        return moment.day == length
    if item.startswith("l-"):
        return moment.day == length - int(item[2:])
    if item == "lw":
        return moment.day == _near(moment, length)
    if item.endswith("w"):
        return int(item[:-1]) <= length and moment.day == _near(moment, int(item[:-1]))
    return _in_item(item, 3, moment.day)


def _near(moment: datetime, day: int) -> int:
    length = monthrange(moment.year, moment.month)[1]
    working = [other for other in range(1, length + 1) if moment.replace(day=other).weekday() < 5]
    # The nearer one; none is ever equally near on both sides.
    return min(working, key=lambda other: abs(other - day))


def _weekday(item: str, moment: datetime, now: int) -> bool:
    if "#" in item:
        day, number = item.split("#")
        return now == _number(day, 5) % 7 and (moment.day - 1) // 7 + 1 == int(number)
    if item.endswith("l") and item != "l":
        length = monthrange(moment.year, moment.month)[1]
        return now == _number(item[:-1], 5) % 7 and moment.day + 7 > length
    return _in_item(item, 5, now)
