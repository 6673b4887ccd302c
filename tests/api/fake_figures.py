"""Figures about the runs of a Service in memory, for tests of the HTTP face alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from runyard.domain.errors import NotFound
from runyard.domain.run_statistics import TaskRun, statistics
from runyard.domain.schedules.zones import find_zone
from runyard.domain.states import RunStatus
from runyard.runtime.projects import Project
from runyard.runtime.statistics import TaskReport, TimelineWindow
from runyard.store.filters import RunFilter
from runyard.store.run_counts import RunCounts
from runyard.store.run_timeline import RunSpan, Timeline
from runyard.store.task_runs import Neighbours, RunBrief

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from runyard.domain.runs import Run
    from tests.api.fake import FakeService


class FakeStatistics:
    def __init__(self, service: FakeService) -> None:
        self._service = service

    async def counts(self, wanted: RunFilter, /) -> RunCounts:
        page = await self._service.runs(wanted, cursor=None, limit=1_000)
        counts = {s: sum(run.status is s for run in page.items) for s in RunStatus}
        return RunCounts(counts=counts, exact=True)

    async def timeline(
        self, wanted: RunFilter, /, *, since: datetime | None, until: datetime | None, limit: int
    ) -> TimelineWindow:
        page = await self._service.runs(wanted, cursor=None, limit=limit)
        spans = tuple(
            RunSpan(
                run.id,
                run.task_id,
                run.executor,
                run.queue,
                run.status,
                run.submitted_at,
                run.started_at,
                run.finished_at,
            )
            for run in page.items
        )
        end = until or datetime.now(UTC)
        return TimelineWindow(
            since=since or end - timedelta(hours=6),
            until=end,
            timeline=Timeline(items=spans, truncated=page.next_cursor is not None),
        )

    async def of_task(self, task_id: str, *, days: int, zone: str | None) -> TaskReport:
        name = zone or "UTC"
        runs = [
            TaskRun(
                run.id,
                run.status,
                run.attempt,
                run.submitted_at,
                run.not_before,
                run.started_at,
                run.finished_at,
            )
            for run in self._of(task_id)
        ]
        made = statistics(runs, now=datetime.now(UTC), days=days, zone=find_zone(name))
        return TaskReport(task_id=task_id, zone=name, statistics=made, recent=runs, sampled=False)

    async def newest_runs(
        self, task_ids: Collection[str], *, most: int
    ) -> Mapping[str, Sequence[RunBrief]]:
        return {
            task_id: [_brief(run) for run in found[:most]]
            for task_id in task_ids
            if (found := self._of(task_id))
        }

    async def neighbours(self, task_id: str, run_id: str, /) -> Neighbours:
        found = self._of(task_id)
        return Neighbours(
            previous=next((_brief(run) for run in found if run.id < run_id), None),
            next=next((_brief(run) for run in reversed(found) if run.id > run_id), None),
        )

    async def last_ends(self, task_ids: Collection[str]) -> Mapping[str, RunStatus]:
        ended = {one: [r for r in self._of(one) if r.status.is_final] for one in task_ids}
        return {task_id: runs[0].status for task_id, runs in ended.items() if runs}

    async def next_fires(self) -> Mapping[str, datetime]:
        return {}

    def _of(self, task_id: str) -> list[Run]:
        found = sorted(self._service.all.items(), reverse=True)
        return [run for _, run in found if run.task_id == task_id]


def _brief(run: Run) -> RunBrief:
    return RunBrief(run.id, run.status, run.submitted_at, run.started_at, run.finished_at)


class FakeProjects:
    def __init__(self, service: FakeService) -> None:
        self._service = service

    async def all(self) -> Sequence[Project]:
        names = {task.spec.project for task in self._service.catalog.tasks.values()}
        return [self._project(name) for name in sorted(names, key=lambda one: one or "~")]

    async def get(self, name: str) -> Project:
        project = self._project(name)
        if not project.task_ids:
            raise NotFound(f"there is no project {name}")
        return project

    async def pause(self, name: str, *, reason: str, by: str) -> Sequence[str]:
        ids = (await self.get(name)).task_ids
        return [(await self._service.pause_task(one, reason=reason, by=by)).id for one in ids]

    async def resume(self, name: str, *, by: str) -> Sequence[str]:
        ids = (await self.get(name)).task_ids
        return [(await self._service.resume_task(one, by=by)).id for one in ids]

    def _project(self, name: str | None) -> Project:
        tasks = [t for t in self._service.catalog.tasks.values() if t.spec.project == name]
        return Project(
            name=name,
            task_ids=tuple(task.id for task in tasks),
            paused_tasks=sum(task.paused for task in tasks),
            broken_tasks=0,
            live=0,
            waiting=0,
            failed_24h=0,
            succeeded_24h=0,
            next_at=None,
            last_run_at=None,
            sampled=False,
        )
