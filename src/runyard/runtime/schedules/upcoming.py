"""What is to come over all schedules: the next fires in order, and how many there are when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from runyard.domain.errors import Invalid
from runyard.runtime.clock import Clock
from runyard.runtime.schedules.coming import Coming, coming
from runyard.runtime.schedules.merging import Merge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from runyard.domain.schedules.model import Schedule
    from runyard.domain.schedules.timeline import Timeline

MAX_BUCKETS = 20_000
COUNTED_AT_MOST = 100_000  # fires that one answer looks at; a schedule counts as some
_OF_A_SCHEDULE = 5  # fires that cost as much as reading a trigger
_PAGE = 1_000
_AT_ONCE = 2_000  # fires computed between two looks at the store
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


class DuePages(Protocol):
    """Active schedules of active tasks in the order of (next due time, id)."""

    async def __call__(
        self,
        *,
        after: tuple[datetime, str] | None,
        until: datetime,
        task_id: str | None,
        limit: int,
    ) -> Sequence[Schedule]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ComingPage:
    """In the order of due times. `more`: a limit was reached before the time was."""

    items: tuple[Coming, ...]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Density:
    """Fires by due time: `counts[n]` of them in the `bucket` that begins at `start + n * bucket`.

    What comes before `counted_until` is counted; that is the end of the window unless it holds
    more than 100,000 fires, where each schedule counts as five more.
    """

    start: datetime
    bucket: timedelta
    counts: tuple[int, ...]
    counted_until: datetime


class Upcoming:
    """Answers from the index of next due times and computes only what it shows.

    Paused schedules, and those of paused tasks, have nothing to come.
    """

    def __init__(
        self, *, pages: DuePages, timeline: Callable[[Schedule], Timeline], clock: Clock
    ) -> None:
        self._pages = pages
        self._timeline = timeline
        self._clock = clock
        self._counting = asyncio.Lock()  # it may take seconds: only one at a time

    async def next_fires(
        self,
        *,
        until: datetime,
        limit: int,
        since: datetime | None = None,
        task_id: str | None = None,
        skipped: bool = True,
    ) -> ComingPage:
        """The first `limit` fires that are due from now, or `since`, up to `until`.

        Without `skipped` those that will be skipped are left out; it looks at 100,000 at most.
        """
        found: list[Coming] = []
        looked_at = 0
        async for some in self._in_order(until=until, task_id=task_id, at_once=limit + 1):
            found += [
                one
                for one in some
                if (skipped or one.fire.skipped is None) and (since is None or one.due >= since)
            ]
            looked_at += len(some)
            if len(found) > limit or looked_at >= COUNTED_AT_MOST:
                return ComingPage(items=tuple(found[:limit]), more=True)
        return ComingPage(items=tuple(found), more=False)

    async def density(
        self, *, start: datetime, end: datetime, bucket: timedelta, task_id: str | None = None
    ) -> Density:
        """How many fires are due in each bucket of [start, end); only those still to come.

        The last bucket may end after `end`. Raises Invalid for more than 20,000 buckets.
        """
        counts = [0] * _bucket_count(start, end, bucket)
        counted_until = end
        last = end - timedelta(microseconds=1)
        async with self._counting:
            counted, seen = 0, set[str]()
            async for some in self._in_order(until=last, task_id=task_id, at_once=_AT_ONCE):
                for one in some:
                    if one.due >= start and one.fire.skipped is None:
                        counts[(one.due - start) // bucket] += 1
                seen.update([one.schedule_id for one in some])
                counted += len(some)
                if counted + len(seen) * _OF_A_SCHEDULE >= COUNTED_AT_MOST:
                    counted_until = some[-1].due
                    break
        return Density(
            start=start, bucket=bucket, counts=tuple(counts), counted_until=counted_until
        )

    async def _in_order(
        self, *, until: datetime, task_id: str | None, at_once: int
    ) -> AsyncIterator[list[Coming]]:
        """All fires up to `until`, ascending, in lists of 1 to `at_once`."""
        now = self._clock.now()
        merge = Merge(lambda schedule: self._fires(schedule, now=now))
        after: tuple[datetime, str] | None = None
        whole = False
        while not whole:
            page = await self._pages(after=after, until=until, task_id=task_id, limit=_PAGE)
            merge.feed(page)
            whole = len(page) < _PAGE
            reached = until
            if not whole:
                # What is not loaded yet is not due before the last one of this page.
                after = _place(page[-1])
                reached = min(until, after[0] - timedelta(microseconds=1))
            while some := await asyncio.to_thread(merge.take, until=reached, limit=at_once):
                yield some

    def _fires(self, schedule: Schedule, *, now: datetime) -> Iterator[Coming]:
        return coming(schedule, self._timeline(schedule), now=now)


def _place(schedule: Schedule) -> tuple[datetime, str]:
    return schedule.next_due or _END_OF_TIME, schedule.id


def _bucket_count(start: datetime, end: datetime, bucket: timedelta) -> int:
    if bucket <= timedelta():
        raise Invalid(
            "a bucket must be longer than nothing",
            problems=[{"where": "bucket_s", "message": "must be above 0"}],
        )
    if end <= start:
        raise Invalid(
            "the window ends before it starts",
            problems=[{"where": "end", "message": "must be after start"}],
        )
    count = -((start - end) // bucket)
    if count > MAX_BUCKETS:
        raise Invalid(
            f"that would be {count:,} buckets; {MAX_BUCKETS:,} are the most",
            hint="ask for longer buckets or a shorter window",
            problems=[{"where": "bucket_s", "message": f"makes more than {MAX_BUCKETS:,} buckets"}],
        )
    return count
