"""Figures about runs: how many, when, and how those of a task went."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import TypeAlias

from runyard.domain.errors import Invalid
from runyard.domain.run_statistics import TaskRun, TaskStatistics, statistics
from runyard.domain.schedules.zones import find_zone
from runyard.domain.states import RunStatus
from runyard.runtime.clock import Clock
from runyard.runtime.keeping import Keeping
from runyard.store import Store, run_counts, run_timeline, task_runs
from runyard.store.filters import RunFilter
from runyard.store.run_counts import RunCounts
from runyard.store.run_timeline import Timeline
from runyard.store.task_runs import Neighbours, RunBrief

RUNS_AT_MOST = 10_000
_WINDOW = timedelta(hours=6)
_RECENT = 100
_TimelineKey: TypeAlias = tuple[RunFilter, datetime | None, datetime | None, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReport:
    """`sampled`: the task has more runs in this time; the newest 10,000 are counted."""

    task_id: str
    zone: str
    statistics: TaskStatistics
    recent: Sequence[TaskRun]  # newest first
    sampled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineWindow:
    since: datetime
    until: datetime
    timeline: Timeline


class Statistics:
    """Every question has a bound on its work, however many runs there are."""

    def __init__(self, *, store: Store, clock: Clock, default_zone: str) -> None:
        self._store = store
        self._clock = clock
        self._default_zone = default_zone
        self._counts: Keeping[RunFilter, RunCounts] = Keeping()
        self._timelines: Keeping[_TimelineKey, TimelineWindow] = Keeping()
        self._reports: Keeping[tuple[str, int, str], TaskReport] = Keeping()

    async def counts(self, wanted: RunFilter) -> RunCounts:
        """How many runs fit, by status; may be some seconds old where counting is long."""

        async def count() -> RunCounts:
            return await self._store.read(lambda tx: run_counts.counts(tx, wanted))

        return await self._counts.get(wanted, count)

    async def timeline(
        self, wanted: RunFilter, *, since: datetime | None, until: datetime | None, limit: int
    ) -> TimelineWindow:
        """The runs that waited or ran in [since, until); open ends are six hours ago, and now.

        Raises Invalid for a window that ends before it starts.
        """

        async def make() -> TimelineWindow:
            return await self._window(wanted, since=since, until=until, limit=limit)

        return await self._timelines.get((wanted, since, until, limit), make)

    async def _window(
        self, wanted: RunFilter, *, since: datetime | None, until: datetime | None, limit: int
    ) -> TimelineWindow:
        end = until or self._clock.now()
        start = since or end - min(_WINDOW, end - datetime.min.replace(tzinfo=end.tzinfo))
        if end < start:
            raise Invalid(
                "the window ends before it starts",
                problems=[{"where": "until", "message": "must be after since"}],
            )
        found = await self._store.read(
            lambda tx: run_timeline.timeline(tx, wanted, since=start, until=end, limit=limit)
        )
        return TimelineWindow(since=start, until=end, timeline=found)

    async def of_task(self, task_id: str, *, days: int, zone: str | None) -> TaskReport:
        """How the runs of a task went in the last `days` days of a zone. Raises Invalid."""
        name = zone or self._default_zone
        place = find_zone(name)

        async def make() -> TaskReport:
            return await self._report(task_id, days=days, name=name, zone=place)

        return await self._reports.get((task_id, days, name), make)

    async def _report(self, task_id: str, *, days: int, name: str, zone: tzinfo) -> TaskReport:
        found = await self._store.read(
            lambda tx: task_runs.of_task(tx, task_id, most=RUNS_AT_MOST + 1)
        )
        counted = found[:RUNS_AT_MOST]
        made = await asyncio.to_thread(
            statistics, counted, now=self._clock.now(), days=days, zone=zone
        )
        return TaskReport(
            task_id=task_id,
            zone=name,
            statistics=made,
            recent=counted[:_RECENT],
            sampled=len(found) > RUNS_AT_MOST and counted[-1].submitted_at >= made.since,
        )

    async def newest_runs(
        self, task_ids: Collection[str], *, most: int
    ) -> Mapping[str, Sequence[RunBrief]]:
        """By task, newest first; a task without runs is left out."""
        return await self._store.read(lambda tx: task_runs.newest(tx, task_ids, most=most))

    async def neighbours(self, task_id: str, run_id: str) -> Neighbours:
        """The runs of the task just before and just after this one."""
        return await self._store.read(lambda tx: task_runs.neighbours(tx, task_id, run_id))

    async def last_ends(self, task_ids: Collection[str]) -> Mapping[str, RunStatus]:
        """How the newest run that is over ended, by task, among its newest 1,000."""
        return await self._store.read(lambda tx: task_runs.last_ends(tx, task_ids))

    async def next_fires(self) -> Mapping[str, datetime]:
        """When the first active schedule of each task fires next."""
        return await self._store.read(task_runs.next_fires)
