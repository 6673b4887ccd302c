"""How often the runs of a queue may start: a rate, and the meter that keeps to it.

The meter is the generic cell rate algorithm (ITU-T I.371): one instant of memory, no refill loop.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

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
