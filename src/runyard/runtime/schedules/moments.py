"""Reads a moment as people name it: an instant, or what a clock on the wall showed last."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from runyard.domain.errors import Invalid

_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
# In a query a plus sign that was not encoded arrives as a space.
_LOST_PLUS = re.compile(r"(T\d{2}:\d{2}\S*) (\d{2}:?\d{2})")
_HINT = 'an instant such as 2026-03-29T02:30:00Z, or a wall-clock time such as "02:30"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """`at` is UTC. `local` is the wall-clock time that was named, if it does not exist in the zone.

    Then `at` is the first instant after the gap.
    """

    at: datetime
    left_out: datetime | None = None


def read_moment(text: str, *, zone: ZoneInfo, now: datetime) -> Moment:
    """An RFC 3339 instant; or a wall-clock time in `zone`, with or without a date.

    Without a date it is the last one that the clock has shown; of a time that came twice, the
    later one, once it has come. Raises `Invalid`.
    """
    text = _LOST_PLUS.sub(r"\1+\2", text.strip())
    bare = _TIME.fullmatch(text)
    try:
        if bare is not None:
            hour, minute, second = (int(part or 0) for part in bare.groups())
            return _last_shown(time(hour, minute, second), zone, now)
        named = datetime.fromisoformat(text)
        if named.tzinfo is not None:
            return Moment(at=named.astimezone(UTC))
        return _place(named, zone, now)
    except (ValueError, OverflowError):
        raise Invalid(
            f"{text[:60]!r} is no moment",
            hint=f"give {_HINT}",
            problems=[{"where": "at", "message": f"must be {_HINT}"}],
        ) from None


def _last_shown(wanted: time, zone: ZoneInfo, now: datetime) -> Moment:
    today = now.astimezone(zone).date()
    return next(
        moment
        for day in _days_back(today)
        if (moment := _place(datetime.combine(day, wanted), zone, now)).at <= now
    )


def _days_back(day: date) -> list[date]:
    # A zone that left out a whole day (Apia, 2011-12-30) needs one more.
    return [day - timedelta(days=back) for back in range(4)]


def _place(local: datetime, zone: ZoneInfo, now: datetime) -> Moment:
    early, late = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early > late:  # PEP 495: so it is in a gap, and `late` has the offset from after it
        return Moment(at=_end_of_gap(late, early, zone), left_out=local)
    return Moment(at=late if late <= now else early)


def _end_of_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant between the two at which the zone's offset changes, to the second."""
    old = before.astimezone(zone).utcoffset()
    low, high = int(before.timestamp()), int(after.timestamp()) + 1
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)
