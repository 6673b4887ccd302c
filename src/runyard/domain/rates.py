"""How often the runs of a queue may start: a rate, and the meter that keeps to it.

As text a rate is "100/h", "5/s" or "30/10m", perhaps with " burst 20". The meter is the generic
cell rate algorithm (ITU-T I.371): one instant of memory, no refill loop.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from runyard.domain.durations import format_duration, parse_duration
from runyard.domain.errors import Invalid

_TEXT = re.compile(
    r"\s*([0-9]{1,7})\s*/\s*([a-zA-Z0-9][a-zA-Z0-9. ]*?)(?:\s+burst\s+([0-9]{1,5}))?\s*"
)
_LONGEST_TEXT = 60
_LONGEST_PERIOD = timedelta(days=366)
_SHORTEST_PERIOD = timedelta(milliseconds=1)
_HINT = 'write it like "100/h", "5/s", "30/10m" or "100/h burst 20"'
_ONE_OF_A_UNIT = frozenset({"1s", "1m", "1h", "1d"})
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """`count` starts per `per`, evenly; after a pause up to `burst` of them at once."""

    count: int
    per: timedelta
    burst: int = 1

    def __post_init__(self) -> None:
        if self.count < 1 or self.burst < 1 or self.per <= timedelta(0):
            raise ValueError("a rate needs count >= 1, burst >= 1 and a positive period")

    @property
    def interval(self) -> timedelta:
        """Between two starts; rounded up to the microsecond, so that the rate is never exceeded."""
        return -(-self.per // self.count)


def parse_rate(text: str) -> Rate:
    """Raises Invalid for what is not a rate, or one whose period is not from 1 ms to a year."""
    found = _TEXT.fullmatch(text) if len(text) <= _LONGEST_TEXT else None
    if found is None:
        raise Invalid(f"{text!r:.80} is not a rate", hint=_HINT)
    count, period, burst = found.groups()
    per = parse_duration(period if period[:1].isdigit() else f"1{period}")
    if not _SHORTEST_PERIOD <= per <= _LONGEST_PERIOD:
        raise Invalid(f"the period of the rate {text!r:.80} must be 1 ms to 366 days", hint=_HINT)
    try:
        return Rate(count=int(count), per=per, burst=int(burst or 1))
    except ValueError as error:
        raise Invalid(f"{text!r:.80}: {error}", hint=_HINT) from error


def format_rate(rate: Rate) -> str:
    """What `parse_rate` reads as the same rate."""
    period = format_duration(rate.per)
    if period in _ONE_OF_A_UNIT:
        period = period[1:]
    text = f"{rate.count}/{period}"
    return text if rate.burst == 1 else f"{text} burst {rate.burst}"


class Meter:
    """Remembers how much of a rate is used up."""

    __slots__ = ("_due", "_interval", "_slack", "rate")

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self._interval = rate.interval
        self._slack = rate.interval * (rate.burst - 1)
        self._due = _LONG_AGO  # when the next start would come if all came evenly

    def ready_at(self, now: datetime) -> datetime:
        """The earliest moment for the next start; `now` when it may start at once."""
        # Later than that it can only be when the clock was set back: don't wait for the old time.
        self._due = min(self._due, now + self._interval + self._slack)
        return max(now, self._due - self._slack) if self._due > now else now

    def take(self, now: datetime) -> None:
        """One run starts at `now`, which `ready_at` allowed."""
        self._due = max(self._due, now) + self._interval
