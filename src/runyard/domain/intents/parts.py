"""The parts of a time that a language finds in a sentence, and what they mean together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from re import Match, Pattern

from runyard.domain.errors import Invalid
from runyard.domain.intents.model import When

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_LONGEST = timedelta(days=3650)
_USUAL = time(8)  # of a day that is named without a time


@dataclass(slots=True, kw_only=True)
class Parts:
    """What was found so far; None where nothing was.

    `weekdays` are those of cron: Sunday 0. `repeats` says that a day is meant again and again.
    """

    every: timedelta | None = None
    repeats: bool = False
    weekdays: tuple[int, ...] = ()
    month_day: int | None = None
    month: int | None = None
    year: int | None = None
    delay: timedelta | None = None
    days_ahead: int | None = None
    weeks_ahead: int | None = None  # which of the weekdays to come: 0 the first one
    clock: time | None = None
    half: str = ""  # of the day: am, pm, or not said

    @property
    def found(self) -> bool:
        return self.is_recurrent or self.is_once

    @property
    def is_recurrent(self) -> bool:
        return self.every is not None or self.repeats

    @property
    def is_once(self) -> bool:
        return (
            self.delay is not None
            or self.days_ahead is not None
            or bool(self.weekdays)
            or self.month_day is not None
            or self.clock is not None
        )


Rule = tuple[Pattern[str], Callable[[Match[str], Parts], bool | None]]
"""What to look for, and what to note of it; False: it means something else and stays."""


def take(text: str, rules: tuple[Rule, ...], parts: Parts) -> str:
    """The text without what the rules found; each rule is used once, in order."""
    for pattern, note in rules:
        match = pattern.search(text)
        if match is not None and note(match, parts) is not False:
            text = f"{text[: match.start()]} {text[match.end() :]}"
    return text


def clock_of(hour: int, minute: int = 0, *, half: str = "") -> time:
    """A time of day; `half` "pm" or "am" moves it there. Raises Invalid."""
    if half == "pm" and hour < 12:
        hour += 12
    elif half == "am" and hour == 12:
        hour = 0
    if hour == 24 and minute == 0:
        hour = 0
    if not (0 <= hour < 24 and 0 <= minute < 60):
        raise Invalid(f"{hour}:{minute:02} is not a time of day")
    return time(hour, minute)


def length_of(number: float, unit: timedelta) -> timedelta:
    """Raises Invalid for nothing and for more than ten years."""
    try:
        length = number * unit
    except OverflowError:
        length = 2 * _LONGEST
    if not timedelta() < length <= _LONGEST:
        raise Invalid("an interval must be longer than nothing and at most 10 years")
    return length


def when_of(parts: Parts, now: datetime) -> When:
    """What the parts mean together at `now`, an aware time in the reader's zone.

    Raises Invalid for what does not go together, can't be, or is over.
    """
    if parts.is_recurrent:
        if parts.delay is not None or parts.days_ahead is not None:
            raise Invalid("a time that repeats and one that does not, in one sentence")
        return _again(parts, now)
    return When(at=_moment(parts, now)) if parts.is_once else When()


def _again(parts: Parts, now: datetime) -> When:
    if parts.every is None:
        return When(cron=_cron(parts))
    if parts.clock is None and not parts.weekdays and parts.month_day is None:
        return When(every=parts.every)
    if parts.month_day is not None or parts.every % _DAY:
        raise Invalid("an interval and a time of day do not go together here")
    if parts.every == _DAY and not parts.weekdays:
        return When(cron=_cron(parts))
    if parts.every == _WEEK and parts.weekdays:
        return When(cron=_cron(parts))
    if len(parts.weekdays) > 1:
        raise Invalid("several weekdays and an interval of weeks do not go together here")
    first = _moment(replace(parts, every=None, repeats=False), now)
    return When(every=parts.every, start=first)


def _cron(parts: Parts) -> str:
    clock = parts.clock or _USUAL
    day = "*" if parts.month_day is None else str(parts.month_day)
    month = "*" if parts.month is None else str(parts.month)
    weekdays = ",".join(map(str, sorted(set(parts.weekdays)))) or "*"
    if weekdays == "1,2,3,4,5":
        weekdays = "1-5"
    if day != "*" and weekdays != "*":
        raise Invalid("a day of the month and a weekday do not go together here")
    return f"{clock.minute} {clock.hour} {day} {month} {weekdays}"


def _moment(parts: Parts, now: datetime) -> datetime:
    if parts.delay is not None:
        later = (now.astimezone(UTC) + parts.delay).astimezone(now.tzinfo)  # elapsed time
        if parts.clock is None:
            return later
        if parts.delay % _DAY:
            raise Invalid("a delay and a time of day do not go together here")
        return _at(later, parts.clock)
    if len(parts.weekdays) > 1:
        raise Invalid("several weekdays, but nothing says that they repeat")
    clock = parts.clock or _USUAL
    if parts.month_day is not None:
        found = _date(parts, now, clock)
    elif parts.weekdays:
        found = _weekday(parts, now, clock)
    elif parts.days_ahead is not None:
        found = _at(now + parts.days_ahead * _DAY, clock)
    else:
        today = _at(now, clock)
        found = today if today > now else _at(now + _DAY, clock)
    if found <= now:
        raise Invalid(f"{found:%Y-%m-%d %H:%M} is over")
    return found


def _weekday(parts: Parts, now: datetime, clock: time) -> datetime:
    """The next one; with `weeks_ahead`, the one of the week so many after this one."""
    wanted = (parts.weekdays[0] - 1) % 7  # Monday 0
    if parts.weeks_ahead is not None:
        monday = now - now.weekday() * _DAY
        return _at(monday + parts.weeks_ahead * _WEEK + wanted * _DAY, clock)
    found = _at(now + (wanted - now.weekday()) % 7 * _DAY, clock)
    return found if found > now else _at(found + _WEEK, clock)


def _date(parts: Parts, now: datetime, clock: time) -> datetime:
    """The next such date where the year, or the month, is not said."""
    day = parts.month_day or 1
    for ahead in range(13 if parts.month is None else 9):
        if parts.month is None:
            months = now.month - 1 + ahead
            year, month = now.year + months // 12, months % 12 + 1
        else:
            year, month = parts.year or now.year + ahead, parts.month
        try:
            found = _at(now.replace(year=year, month=month, day=day), clock)
        except (ValueError, OverflowError):
            continue
        if found > now or parts.year is not None:
            return found
    raise Invalid("there is no such date")


def _at(day: datetime, clock: time) -> datetime:
    return datetime.combine(day.date(), clock, day.tzinfo)
