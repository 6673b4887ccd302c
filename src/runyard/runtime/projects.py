"""Projects: what their tasks and runs do, and pausing all tasks of one together."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from runyard.domain.errors import NotFound
from runyard.domain.states import WAITING, RunStatus
from runyard.domain.tasks import Task
from runyard.runtime.clock import Clock
from runyard.runtime.keeping import Keeping
from runyard.store import Store, Tx, project_runs, task_runs

log = logging.getLogger("runyard.projects")

_LATELY = timedelta(hours=24)
_BAD = (RunStatus.FAILED, RunStatus.TIMED_OUT, RunStatus.CRASHED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """`name` None: the tasks that belong to none.

    `failed_24h` also counts runs that timed out or crashed. `sampled`: only the 50,000 runs that
    ended last were looked at, over all projects.
    """

    name: str | None
    task_ids: tuple[str, ...]
    paused_tasks: int
    broken_tasks: int
    live: int
    waiting: int
    failed_24h: int
    succeeded_24h: int
    next_at: datetime | None
    last_run_at: datetime | None
    sampled: bool


class Steer(Protocol):
    """Pauses or resumes one task."""

    async def __call__(self, task_id: str, *, paused: bool, reason: str) -> Task: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Activity:
    unfinished: Mapping[str | None, Mapping[RunStatus, int]]
    ended: project_runs.Ended
    last: Mapping[str | None, datetime]
    next_fires: Mapping[str, datetime]


class Projects:
    """A project exists while a task names it. Figures about runs may be some seconds old."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        tasks: Callable[[], Awaitable[Sequence[Task]]],
        steer: Steer,
    ) -> None:
        self._store = store
        self._clock = clock
        self._tasks = tasks
        self._steer = steer
        self._activity: Keeping[frozenset[str | None], _Activity] = Keeping()

    async def all(self) -> list[Project]:
        """By name; last, if there are any, the tasks without a project."""
        members = await self._members()
        activity = await self._look(frozenset(members))
        names = sorted(members, key=lambda name: (name is None, name or ""))
        return [_project(name, members[name], activity) for name in names]

    async def get(self, name: str) -> Project:
        """Raises NotFound."""
        for project in await self.all():
            if project.name == name:
                return project
        raise _unknown(name)

    async def pause(self, name: str, *, reason: str, by: str) -> list[str]:
        """Pause every task of it; the answer are those that were not paused. Raises NotFound."""
        changed = await self._set(name, paused=True, reason=reason)
        log.info("project %s paused by %s: %s", name, by, reason or "no reason given")
        return changed

    async def resume(self, name: str, *, by: str) -> list[str]:
        """Resume every task of it; the answer are those that were paused. Raises NotFound."""
        changed = await self._set(name, paused=False, reason="")
        log.info("project %s resumed by %s", name, by)
        return changed

    async def _set(self, name: str, *, paused: bool, reason: str) -> list[str]:
        tasks = (await self._members()).get(name)
        if not tasks:
            raise _unknown(name)
        changed: list[str] = []
        for task in tasks:
            if task.paused == paused:
                continue
            try:
                await self._steer(task.id, paused=paused, reason=reason)
            except NotFound:  # deleted meanwhile; the others are still meant
                continue
            changed.append(task.id)
        return changed

    async def _members(self) -> dict[str | None, list[Task]]:
        members: dict[str | None, list[Task]] = {}
        for task in await self._tasks():
            members.setdefault(task.spec.project, []).append(task)
        return members

    async def _look(self, names: frozenset[str | None]) -> _Activity:
        since = self._clock.now() - _LATELY

        def look(tx: Tx) -> _Activity:
            return _Activity(
                unfinished=project_runs.unfinished(tx),
                ended=project_runs.ended_since(tx, since),
                last=project_runs.last_submitted(tx, names),
                next_fires=task_runs.next_fires(tx),
            )

        async def read() -> _Activity:
            return await self._store.read(look)

        return await self._activity.get(names, read)


def _project(name: str | None, tasks: Sequence[Task], activity: _Activity) -> Project:
    unfinished = activity.unfinished.get(name, {})
    ended = activity.ended.counts.get(name, {})
    fires = [at for task in tasks if not task.paused and (at := activity.next_fires.get(task.id))]
    return Project(
        name=name,
        task_ids=tuple(task.id for task in tasks),
        paused_tasks=sum(task.paused for task in tasks),
        broken_tasks=sum(bool(task.problems) for task in tasks),
        live=unfinished.get(RunStatus.RUNNING, 0),
        waiting=sum(unfinished.get(status, 0) for status in WAITING),
        failed_24h=sum(ended.get(status, 0) for status in _BAD),
        succeeded_24h=ended.get(RunStatus.SUCCEEDED, 0),
        next_at=min(fires, default=None),
        last_run_at=activity.last.get(name),
        sampled=not activity.ended.exact,
    )


def _unknown(name: str) -> NotFound:
    return NotFound(f"there is no project {name!r}", hint="a project exists while a task names it")
