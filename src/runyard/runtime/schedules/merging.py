"""Merges the fires of many schedules in the order of their due times, without computing them all.

A schedule comes in with the due time of its next fire, which the store has kept; its trigger is
only computed when that time is reached. So the next hundred fires of a hundred thousand schedules
cost a hundred computations.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TypeAlias

from runyard.domain.schedules.model import Schedule
from runyard.runtime.schedules.coming import Coming

Fires: TypeAlias = Callable[[Schedule], Iterator[Coming]]


class Merge:
    """Not thread-safe; no clock and no I/O. Feed schedules in the order of their next due time."""

    def __init__(self, fires: Fires) -> None:
        self._fires = fires
        # Entries are unique in their first two members, so what follows is never compared.
        self._heap: list[tuple[datetime, str, Coming | Schedule, Iterator[Coming]]] = []

    def feed(self, schedules: Sequence[Schedule]) -> None:
        """Add schedules; each once, and those without a next due time are left out."""
        for schedule in schedules:
            if schedule.next_due is not None:
                entry = (schedule.next_due, schedule.id, schedule, iter(()))
                heapq.heappush(self._heap, entry)

    def take(self, *, until: datetime, limit: int) -> list[Coming]:
        """The next fires due at or before `until`, in the order of (due, schedule id).

        At most `limit`; fewer mean that there are no more until then among what was fed.
        """
        taken: list[Coming] = []
        heap = self._heap
        while heap and len(taken) < limit and heap[0][0] <= until:
            _, schedule_id, thing, rest = heap[0]
            if isinstance(thing, Schedule):
                rest = self._fires(thing)
            else:
                taken.append(thing)
            following = next(rest, None)
            if following is None:
                heapq.heappop(heap)
            else:
                heapq.heapreplace(heap, (following.due, schedule_id, following, rest))
        return taken
