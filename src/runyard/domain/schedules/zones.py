"""Time zones: finding them by name, and when their clocks change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from difflib import get_close_matches
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from runyard.domain.errors import Invalid

FIRST = datetime.min + timedelta(days=3)  # noqa: DTZ901 - naive UTC; any offset fits below it
LAST = datetime.max - timedelta(days=3)  # noqa: DTZ901
# Adding to these is several times cheaper than `replace(tzinfo=...)`.
ZERO = datetime(2000, 1, 1)  # noqa: DTZ001
ZERO_UTC = datetime(2000, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_PROBE = timedelta(days=3)


def naive_utc(moment: datetime) -> datetime:
    """An aware instant as naive UTC, the form in which this package computes."""
    return ZERO + (moment - ZERO_UTC)


def find_zone(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises Invalid with the names that are close to it."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise _unknown_zone(name) from None


def _unknown_zone(name: str) -> Invalid:
    by_folded = {_folded(zone): zone for zone in _zone_names()}
    # A city alone ("berlin") is what people type; the region before it would spoil the match.
    by_city = {folded.rpartition("/")[2]: zone for folded, zone in by_folded.items()}
    wanted = _folded(name[:80])
    close = [by_folded[one] for one in get_close_matches(wanted, by_folded, 3, 0.7)]
    close += [by_city[one] for one in get_close_matches(wanted, by_city, 3, 0.7)]
    known = list(dict.fromkeys(close))[:3]
    return Invalid(
        f"there is no time zone {name[:80]!r}",
        hint=f"did you mean {' or '.join(known)}?"
        if known
        else "write an IANA name: Europe/Berlin",
        problems=[{"where": "timezone", "message": "not an IANA time zone", "position": 0}],
        matches=known,
    )


def _folded(name: str) -> str:
    return name.strip().lower().replace(" ", "_")


@cache
def _zone_names() -> tuple[str, ...]:
    return tuple(sorted(available_timezones()))


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch in which a zone keeps one offset. `end` is naive UTC, and not part of it.

    Where nothing changes for a long time, a span ends without a change (`after == offset`).
    """

    end: datetime
    offset: timedelta
    after: timedelta

    @property
    def end_local(self) -> datetime:
        """The wall-clock time at which the span ends."""
        return self.end + self.offset

    @property
    def start_local_after(self) -> datetime:
        """The wall-clock time with which the next span begins."""
        return self.end + self.after


@dataclass(frozen=True, slots=True)
class _Year:
    offset: timedelta  # with which the year begins
    spans: tuple[Span, ...]  # those that end in it with a change


class Clock:
    """When one zone changes its offset; learnt year by year and kept. Instants are naive UTC.

    `zoneinfo` does not tell the changes, so they are looked for: comparing the offsets of every
    third day finds each, since from 1970 on no zone has gone back and forth in less than six days
    (a test looks at the whole time zone database).
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self._fixed = zone.utcoffset(None)
        self._years: dict[int, _Year] = {}

    def spans(self, moment: datetime) -> Iterator[Span]:
        """The spans from the one that contains `moment` to the end of the calendar."""
        if self._fixed is not None:
            yield Span(LAST, self._fixed, self._fixed)
            return
        number = moment.year
        year = self._year(number)
        offset = year.offset
        while number < MAXYEAR:
            for span in year.spans:
                if span.end > moment:
                    yield span
                offset = span.after
            number += 1
            year = self._year(number)
            # With a change ahead the span goes on to it: times near New Year may be repeated.
            if not year.spans:
                yield Span(datetime(number, 1, 1), offset, offset)  # noqa: DTZ001
        yield Span(LAST, offset, offset)

    def repeat_around(self, moment: datetime) -> Span | None:
        """The span whose last wall-clock times are had for the second time at `moment`."""
        if self._fixed is not None:
            return None
        spans = self._year(moment.year).spans
        if moment.month == 1 and moment.day < 3 and moment.year > MINYEAR:
            spans = self._year(moment.year - 1).spans + spans
        for span in spans:
            if span.end <= moment < span.end + (span.offset - span.after):
                return span
        return None

    def changes(self, year: int) -> tuple[Span, ...]:
        """The spans that end with a change within a UTC year, in order."""
        return () if self._fixed is not None else self._year(year).spans

    def _year(self, number: int) -> _Year:
        known = self._years.get(number)
        if known is None:
            known = self._years[number] = self._look_at(number)
        return known

    def _look_at(self, number: int) -> _Year:
        end = min(datetime(number, 12, 31, 23, 59, 59), LAST)  # noqa: DTZ001
        here = FIRST if number == MINYEAR else datetime(number, 1, 1) - _SECOND  # noqa: DTZ001
        end, here = end.replace(tzinfo=UTC), here.replace(tzinfo=UTC)
        first = before = _offset(here, self.zone)
        found = []
        while here < end:
            there = here + _PROBE if end - here > _PROBE else end
            after = _offset(there, self.zone)
            if after != before:
                at = naive_utc(self._first_with(here, there, before))
                found.append(Span(at, before, after))
            here, before = there, after
        return _Year(first, tuple(found))

    def _first_with(self, low: datetime, high: datetime, before: timedelta) -> datetime:
        """The first whole second after `low`, up to `high`, whose offset is no longer `before`."""
        first, last = 0, (high - low) // _SECOND
        while last - first > 1:
            middle = (first + last) // 2
            if _offset(low + middle * _SECOND, self.zone) == before:
                first = middle
            else:
                last = middle
        return low + last * _SECOND


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None  # noqa: S101 - every zone has one
    return offset


@cache
def clock_of(zone: ZoneInfo) -> Clock:
    return Clock(zone)
