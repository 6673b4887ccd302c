"""Fires at a fixed distance in elapsed time from an anchor."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from runyard.domain.schedules.model import Fire


def every_after(
    interval: timedelta, *, anchor: datetime, first: int, zone: ZoneInfo, moment: datetime
) -> Iterator[Fire]:
    """Fires at `anchor + n * interval` for n >= `first` that lie after `moment`, ascending.

    All instants are aware. The number of the next one is computed, never counted up to, so a far
    anchor costs nothing; a change of clocks does not move it.
    """
    number = max(first, (moment - anchor) // interval + 1)
    try:
        at = anchor.astimezone(UTC) + number * interval
        while True:
            yield Fire(at=at, local=at.astimezone(zone).replace(tzinfo=None, fold=0))
            at += interval
    except OverflowError:  # the end of the calendar
        return
