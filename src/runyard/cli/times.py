"""Times as people write and read them: "10m", "14:30", "2026-05-01 08:00", "3m ago"."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from runyard.domain.durations import parse_duration
from runyard.domain.errors import Invalid

_PLANNED = re.compile(r"([\d-]{10})T([\d:]{5,8})(?:\.\d+)?([+-]\d\d:\d\d)?(?:\[.*\])?")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")


def now() -> datetime:
    return datetime.now(UTC)


def ahead(hours: float) -> datetime:
    return now() + timedelta(hours=hours)


def parse_moment(text: str, *, at: datetime | None = None) -> datetime:
    """A date with or without time and zone, or a time of day: the next such; else `Invalid`.

    Without a zone it is this machine's.
    """
    here = (at or now()).astimezone()
    if clock := _CLOCK.fullmatch(text.strip()):
        hour, minute, second = (int(part or 0) for part in clock.groups())
        try:
            moment = here.replace(hour=hour, minute=minute, second=second, microsecond=0)
        except ValueError:
            raise _not_a_time(text) from None
        return moment if moment > here else moment + timedelta(days=1)
    try:
        return datetime.fromisoformat(text.strip()).astimezone()
    except ValueError:
        raise _not_a_time(text) from None


def parse_since(text: str, *, at: datetime | None = None) -> datetime:
    """A duration ("10m": so long ago), a time of day (the last such) or a date."""
    here = (at or now()).astimezone()
    if _CLOCK.fullmatch(text.strip()):
        moment = parse_moment(text, at=here)
        return moment - timedelta(days=1) if moment > here else moment
    try:
        return here - parse_duration(text)
    except Invalid:
        return parse_moment(text, at=here)


def wall_clock(text: str) -> str:
    """A date with or without time, for the server: without an offset it is the schedule's zone."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise _not_a_time(text) from None
    return moment.isoformat()


def planned(local: str) -> str:
    """A wall-clock time of the server as people read it: to the second, with its offset if any."""
    match = _PLANNED.fullmatch(local)
    if match is None:
        return local
    return " ".join(part for part in match.groups() if part)


def _not_a_time(text: str) -> Invalid:
    return Invalid(
        f"{text!r} is not a time", hint='write "14:30", "2026-05-01 08:00" or an RFC 3339 time'
    )


def seconds(text: str) -> float:
    """A duration as people write it, in seconds."""
    return parse_duration(text).total_seconds()


def age(moment: datetime | None) -> str:
    """How long ago, or how long until."""
    if moment is None:
        return ""
    gone = (now() - moment).total_seconds()
    return f"{short(gone)} ago" if gone >= 0 else f"in {short(-gone)}"


def span(start: datetime | None, end: datetime | None) -> str:
    """How long from `start` to `end`, or until now."""
    return "" if start is None else short(((end or now()) - start).total_seconds())


def short(length_s: float) -> str:
    """Two units at most: 0.42s, 12s, 3m05s, 2h10m, 4d3h."""
    if length_s < 10:
        return f"{max(0.0, length_s):.2f}".rstrip("0").rstrip(".") + "s"
    whole = int(length_s)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if days:
        return f"{days}d{hour}h"
    if hours:
        return f"{hours}h{minute:02}m"
    return f"{minutes}m{second:02}s" if minutes else f"{second}s"


def local(moment: datetime | None) -> str:
    """For people: this machine's time."""
    return "" if moment is None else f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"
