"""What a trigger would do, before it is saved: its next fires, and how an edit changes the plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import TypeVar

from runyard.domain.schedules.model import Fire
from runyard.domain.schedules.spec import ScheduleSpec

T = TypeVar("T")

HORIZON = timedelta(days=30)
CHANGES_AT_MOST = 500  # fires that appear or disappear, together
COMPARED_AT_MOST = 100_000  # fires looked at

# What decides when a schedule fires; the rest decides what happens then.
_TIMING = frozenset(
    {
        *("at", "every", "cron", "rrule", "day_match", "at_once", "timezone", "start", "end"),
        *("calendar", "roll", "dst_gap", "dst_repeat", "max_fires"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChange:
    """Which fires an edit brings and takes away, in order.

    Everything is compared from now until `until`; `more` says that this is not the whole 30 days,
    because there were too many fires.
    """

    appear: tuple[Fire, ...]
    disappear: tuple[Fire, ...]
    until: datetime
    more: bool


def same_timing(old: ScheduleSpec, new: ScheduleSpec) -> bool:
    """Whether both plan the same fires, as far as their settings show without computing any."""
    names = (one.name for one in fields(ScheduleSpec) if one.name in _TIMING)
    return all(getattr(old, name) == getattr(new, name) for name in names)


def compare(
    before: Iterable[Fire],
    after: Iterable[Fire],
    *,
    now: datetime,
    horizon: timedelta = HORIZON,
    changes: int = CHANGES_AT_MOST,
    looked_at: int = COMPARED_AT_MOST,
) -> PlanChange:
    """Compare two plans, both ascending and both after `now`.

    Fires that zone or calendar skip count as not there.
    """
    end = now + horizon
    until, more = end, False
    appear: list[Fire] = []
    disappear: list[Fire] = []
    pairs = _side_by_side(_until(before, end), _until(after, end))
    for number, (at, old, new) in enumerate(pairs):
        if number >= looked_at or len(appear) + len(disappear) >= changes:
            until, more = at, True
            break
        if old is None and new is not None:
            appear.append(new)
        elif new is None and old is not None:
            disappear.append(old)
    return PlanChange(appear=tuple(appear), disappear=tuple(disappear), until=until, more=more)


def _until(fires: Iterable[Fire], end: datetime) -> Iterator[Fire]:
    return (fire for fire in takewhile(lambda fire: fire.at < end, fires) if fire.skipped is None)


def _side_by_side(
    before: Iterator[Fire], after: Iterator[Fire]
) -> Iterator[tuple[datetime, Fire | None, Fire | None]]:
    """Both in one order of time; what is at one instant stands together."""
    old, new = next(before, None), next(after, None)
    while old is not None or new is not None:
        if old is not None and (new is None or old.at < new.at):
            yield old.at, old, None
            old = next(before, None)
        elif new is not None and (old is None or new.at < old.at):
            yield new.at, None, new
            new = next(after, None)
        elif old is not None:
            yield old.at, old, new
            old, new = next(before, None), next(after, None)


def first_of(fires: Iterable[T], *, count: int) -> tuple[list[T], bool]:
    """The first `count`, and whether there are more."""
    found = list(islice(fires, count + 1))
    return found[:count], len(found) > count
