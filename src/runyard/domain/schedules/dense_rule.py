"""Times of a daily, hourly, minutely or secondly recurrence rule, found by arithmetic.

A rule of seconds has 86,400 candidates a day. Here a candidate that fails is followed by the next
one that can hold: in the next minute, hour, day or month, still in step with DTSTART.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from runyard.domain.schedules.month_days import month_length
from runyard.domain.schedules.rrule_text import Rule

_MOST_PROBES = 20_000
_LEVELS = ("DAILY", "HOURLY", "MINUTELY", "SECONDLY")
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)
_EARLY = datetime.min + _DAY  # noqa: DTZ901 - wall-clock time


@dataclass(frozen=True, slots=True, kw_only=True)
class DenseRule:
    """Candidates are `begin + n * step`; each is kept when it passes all filters (None: any).

    A candidate of days, hours or minutes stands for the times of `finer` within it.
    """

    start: datetime  # no time before
    begin: datetime
    step: timedelta
    until: datetime | None
    months: frozenset[int] | None
    month_days: frozenset[int] | None  # negative ones count from the end
    year_days: frozenset[int] | None
    weekdays: frozenset[int] | None
    hours: frozenset[int] | None
    minutes: frozenset[int] | None
    seconds: frozenset[int] | None
    finer: tuple[timedelta, ...]

    @classmethod
    def of(cls, rule: Rule, start: datetime) -> DenseRule:
        """Of a rule of days or finer, without COUNT and BYSETPOS, that begins at `start`."""
        level = _LEVELS.index(rule.frequency)
        begin, finer = start, [timedelta()]
        filters: dict[str, frozenset[int] | None] = {}
        for number, (name, unit) in enumerate(
            (("hour", _HOUR), ("minute", _MINUTE), ("second", _SECOND))
        ):
            listed = rule.listed(f"BY{name.upper()}")
            filters[f"{name}s"] = frozenset(listed) or None
            if level <= number:  # finer than the step: each candidate has all of these
                begin -= getattr(start, name) * unit
                values = listed or (getattr(start, name),)
                finer = [one + value * unit for one in finer for value in values]
                filters[f"{name}s"] = None
        return cls(
            start=start,
            begin=begin,
            step=(_DAY, _HOUR, _MINUTE, _SECOND)[level] * rule.interval,
            until=rule.until,
            months=frozenset(rule.listed("BYMONTH")) or None,
            month_days=frozenset(rule.listed("BYMONTHDAY")) or None,
            year_days=frozenset(rule.listed("BYYEARDAY")) or None,
            weekdays=frozenset(day for day, _ in rule.days) or None,
            finer=tuple(finer),
            **filters,
        )

    @property
    def every_hour(self) -> bool:
        """Of hours or finer, and no hour of the day is left out."""
        return self.step <= _HOUR and self.hours is None and self._any_day

    @property
    def _any_day(self) -> bool:
        filters = (self.months, self.month_days, self.year_days, self.weekdays)
        return all(one is None for one in filters)

    def times(self, start: datetime) -> Iterator[datetime]:
        """Times at or after `start`, ascending. They end where 20,000 candidates in a row fail."""
        limit = self.until or datetime.max  # noqa: DTZ901
        start = max(start, self.start)
        here = self._in_step(start - self.finer[-1] if start > _EARLY else start)
        probes = 0
        while here is not None and here <= limit and probes < _MOST_PROBES:
            onward = self._failing_until(here)
            if onward is not None:
                probes += 1
                here = self._in_step(onward)
                continue
            for more in self.finer[bisect_left(self.finer, start - here) :]:
                if here + more > limit:
                    return
                probes = 0
                yield here + more
            here = self._in_step(here + self.step) if here < limit - self.step else None

    def _in_step(self, moment: datetime) -> datetime | None:
        """The first candidate at or after a moment; None after the end of the calendar."""
        steps = -((self.begin - moment) // self.step)
        try:
            return self.begin + max(steps, 0) * self.step
        except OverflowError:
            return None

    def _failing_until(self, moment: datetime) -> datetime | None:
        """None when the candidate holds; else from when on one can hold again."""
        try:
            return self._day_fails_until(moment) or self._time_fails_until(moment)
        except OverflowError:
            return datetime.max  # noqa: DTZ901

    def _day_fails_until(self, moment: datetime) -> datetime | None:
        if self._any_day:
            return None
        midnight = moment.replace(hour=0, minute=0, second=0)
        if self.months is not None and moment.month not in self.months:
            return midnight.replace(day=1) + month_length(moment.year, moment.month) * _DAY
        return None if self._holds_on(moment) else midnight + _DAY

    def _time_fails_until(self, moment: datetime) -> datetime | None:
        if self.hours is not None and moment.hour not in self.hours:
            return moment.replace(minute=0, second=0) + _HOUR
        if self.minutes is not None and moment.minute not in self.minutes:
            return moment.replace(second=0) + _MINUTE
        if self.seconds is not None and moment.second not in self.seconds:
            return moment + _SECOND
        return None

    def _holds_on(self, day: datetime) -> bool:
        if self.weekdays is not None and day.weekday() not in self.weekdays:
            return False
        length = month_length(day.year, day.month)
        if self.month_days is not None and not self.month_days & {day.day, day.day - length - 1}:
            return False
        if self.year_days is None:
            return True
        number = day.timetuple().tm_yday
        size = 337 + month_length(day.year, 2)
        return bool(self.year_days & {number, number - size - 1})
