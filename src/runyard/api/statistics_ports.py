"""What the HTTP face needs of the runtime for figures about runs, tasks and projects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from runyard.domain.states import RunStatus
    from runyard.runtime.projects import Project
    from runyard.runtime.statistics import TaskReport, TimelineWindow
    from runyard.store.filters import RunFilter
    from runyard.store.run_counts import RunCounts
    from runyard.store.task_runs import Neighbours, RunBrief


class StatisticsPort(Protocol):
    async def counts(self, wanted: RunFilter, /) -> RunCounts: ...

    async def timeline(
        self, wanted: RunFilter, /, *, since: datetime | None, until: datetime | None, limit: int
    ) -> TimelineWindow: ...

    async def of_task(self, task_id: str, *, days: int, zone: str | None) -> TaskReport: ...

    async def newest_runs(
        self, task_ids: Collection[str], *, most: int
    ) -> Mapping[str, Sequence[RunBrief]]:
        """By task, newest first; a task without runs is left out."""

    async def neighbours(self, task_id: str, run_id: str, /) -> Neighbours:
        """The runs of the task just before and just after this one."""

    async def last_ends(self, task_ids: Collection[str]) -> Mapping[str, RunStatus]:
        """How the newest run that is over ended, by task."""

    async def next_fires(self) -> Mapping[str, datetime]:
        """When the first active schedule of each task fires next."""


class ProjectsPort(Protocol):
    async def all(self) -> Sequence[Project]:
        """By name; last, if there are any, the tasks without a project."""

    async def get(self, name: str) -> Project: ...

    async def pause(self, name: str, *, reason: str, by: str) -> Sequence[str]:
        """The ids of the tasks that it changed."""

    async def resume(self, name: str, *, by: str) -> Sequence[str]:
        """The ids of the tasks that it changed."""
