"""Fires of one schedule that are not decided yet: those that are due, and the one after them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from runyard.domain.schedules.model import Fire

MOST_ROWS = 10_000
"""Of a very long absence the newest fires get a row each, all older ones share one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A fire, and when it is to be decided: never before the fires that were planned earlier."""

    fire: Fire
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """Many old fires as one: `count` of them, from `first` to `last`."""

    first: Planned
    last: Planned
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """What is due, in planned order, and the first fire that is not; None: no more will come."""

    older: Folded | None = None
    due: tuple[Planned, ...] = ()
    following: Planned | None = None


class Lookahead:
    """Computes the fires of a timeline as far as they are due; each is computed once.

    `next_due` is what the schedule has noted for the fire `next_at`: jitter never lets a fire
    overtake one that was planned before it, and that survives a restart this way. Memory is
    bounded by `most` fires, however long the schedule has not been looked at.
    """

    def __init__(
        self,
        fires: Iterator[Fire],
        *,
        jitter: Callable[[datetime], timedelta],
        next_at: datetime | None = None,
        next_due: datetime | None = None,
        most: int = MOST_ROWS,
    ) -> None:
        self._fires = fires
        self._jitter = jitter
        self._noted = (next_at, next_due)
        self._floor: datetime | None = None
        self._most = most
        self._older: Folded | None = None
        self._known: deque[Planned] = deque()
        self._is_complete = False

    def advance(self, now: datetime, *, at_most: int | None = None) -> bool:
        """Compute until a fire is not due, or `at_most` fires; whether that point was reached."""
        left = at_most
        while not self._is_complete and (not self._known or self._known[-1].due <= now):
            if left is not None:
                if left <= 0:
                    return False
                left -= 1
            fire = next(self._fires, None)
            if fire is None:
                self._is_complete = True
            else:
                self._add(fire)
        return True

    def until(self, now: datetime) -> Pending:
        """The fires that are due at `now`; computes what is missing."""
        self.advance(now)
        older = self._older
        if older is not None and older.last.due > now:  # the clock was set back meanwhile
            return Pending(following=older.first)
        due: list[Planned] = []
        for planned in self._known:
            if planned.due > now:
                return Pending(older=older, due=tuple(due), following=planned)
            due.append(planned)
        return Pending(older=older, due=tuple(due))

    def _add(self, fire: Fire) -> None:
        noted_at, noted_due = self._noted
        due = fire.at + self._jitter(fire.at)
        if noted_due is not None and fire.at == noted_at:
            due = noted_due
        if self._floor is not None:
            due = max(due, self._floor)
        self._floor = due
        self._known.append(Planned(fire=fire, due=due))
        # One more than `most` is kept: the last one is not due yet.
        if len(self._known) > self._most + 1:
            oldest = self._known.popleft()
            first, count = (
                (oldest, 0)
                if self._older is None
                else (
                    self._older.first,
                    self._older.count,
                )
            )
            self._older = Folded(first=first, last=oldest, count=count + 1)
