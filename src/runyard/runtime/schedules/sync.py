"""Brings the schedules that tasks define, in a script or an app, into the store, and keeps them so.

Definitions and rows are matched by name. State (pause, cursor, failures) survives every edit; a
schedule that vanishes from its definition is deleted, and its ledger stays; one whose definition
can't be read stays and refuses its fires: a slip of the editor leaves no hole in the ledger.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from runyard.domain.schedules.model import Schedule
from runyard.domain.schedules.spec import NamedSchedule
from runyard.domain.tasks import Task, TaskSource
from runyard.runtime.clock import Clock
from runyard.runtime.schedules.carrying import Carrying
from runyard.runtime.schedules.editing import Editing
from runyard.runtime.schedules.preparing import Preparing, misread
from runyard.runtime.schedules.settling import Settled
from runyard.runtime.schedules.timelines import zone_stamp
from runyard.store import Change, Store, Tx, of_known_things, schedules, settings, tasks
from runyard.store.schedule_rows import spec_text

AUTHOR = "definition"
_DEFINED = (TaskSource.FILE, TaskSource.APP)
_TASKS_AT_ONCE = 200
_ZONES = "schedules.zones"


class Sync:
    """Follows the tasks. What a crash leaves undone is found again when the server starts."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        editing: Editing,
        preparing: Preparing,
        carrying: Carrying,
        all_tasks: Callable[[], Sequence[Task]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._editing = editing
        self._preparing = preparing
        self._carrying = carrying
        self._all_tasks = all_tasks
        self._changed: dict[str, None] = {}
        self._lane = asyncio.Lock()

    async def open(self) -> None:
        """Compare every definition with its row; try again what had a problem."""
        defined = await self._store.read(lambda tx: schedules.defined(tx, _DEFINED))
        rows = {(task_id, name): text for task_id, name, text in defined}
        wanted = {
            (task.id, named.name): spec_text(named.spec)
            for task in self._all_tasks()
            for named in task.spec.schedules
        }
        differing = {key for key in rows.keys() | wanted.keys() if rows.get(key) != wanted.get(key)}
        self._changed |= dict.fromkeys(task_id for task_id, _ in sorted(differing))
        troubled = await self._store.read(schedules.with_problem)
        self._changed |= dict.fromkeys(one.task_id for one in troubled)
        await self.catch_up()
        await self._store.write(self._plan_by_new_zones)

    def _plan_by_new_zones(self, tx: Tx) -> None:
        """Wall-clock times may lie elsewhere since the zones, or the server's, are others."""
        known = zone_stamp(self._editing.default_zone)
        if settings.get(tx, _ZONES) == known:
            return
        for schedule in schedules.listed(tx):
            self._editing.plan_again(tx, schedule)
        settings.put(tx, _ZONES, known)

    def follow(self, batch: Sequence[Change]) -> bool:
        """Note the tasks of a commit; whether there are any."""
        touched = [
            change.object.id for change in of_known_things(batch) if isinstance(change.object, Task)
        ]
        self._changed |= dict.fromkeys(touched)
        return bool(touched)

    async def catch_up(self) -> None:
        """Returns when everything that was noted is in the store. Raises StoreUnavailable."""
        while self._changed or self._lane.locked():
            async with self._lane:
                await self._catch_up_with(list(self._changed)[:_TASKS_AT_ONCE])

    async def _catch_up_with(self, task_ids: Sequence[str]) -> None:
        if not task_ids:
            return
        for task_id in task_ids:
            del self._changed[task_id]
        try:
            settled = await self._store.write(lambda tx: self._bring(tx, task_ids))
        except BaseException:
            self._changed |= dict.fromkeys(task_ids)
            raise
        await self._carrying.out(settled)

    def note_start(self, tx: Tx, now: datetime) -> None:
        """The server has started: those that fire then have a planned time now."""
        moved = []
        for schedule in schedules.on_start(tx):
            if schedule.next_at is None and now > schedule.cursor:
                jitter = self._editing.jitter(schedule, now)
                after = replace(schedule, next_at=now, next_due=now + jitter)
                moved.append((schedule, after))
        schedules.advance(tx, moved)

    def _bring(self, tx: Tx, task_ids: Iterable[str]) -> Settled:
        now = self._clock.now()
        settled = Settled()
        for task_id in task_ids:
            task = tasks.get(tx, task_id)
            rows = {one.name: one for one in schedules.of_task(tx, task_id, deleted=True)}
            wanted = () if task is None else task.spec.schedules
            source = TaskSource.APP if task is not None and _is_app(task) else TaskSource.FILE
            for named in wanted:
                row = rows.get(named.name)
                one = self._bring_one(tx, task_id, named, source=source, row=row, now=now)
                settled.add(one)
            names = {named.name for named in wanted}
            is_misread = task is not None and misread(task) is not None
            for row in rows.values():
                if row.deleted_at is not None or row.name in names:
                    continue
                if row.source in _DEFINED and not is_misread:
                    settled.add(self._editing.delete(tx, row, now=now))
                else:
                    self._note_problem(tx, row)
        return settled

    def _bring_one(
        self,
        tx: Tx,
        task_id: str,
        named: NamedSchedule,
        *,
        source: TaskSource,
        row: Schedule | None,
        now: datetime,
    ) -> Settled:
        if row is None:
            fresh = self._editing.fresh(
                task_id=task_id, name=named.name, spec=named.spec, source=source, now=now
            )
            self._editing.insert(tx, [fresh], author=AUTHOR)
            return Settled()
        if row.deleted_at is None and row.spec == named.spec and row.source is source:
            self._note_problem(tx, row)
            return Settled()
        _, settled = self._editing.replace(
            tx, row, spec=named.spec, source=source, author=AUTHOR, message="", now=now
        )
        return settled

    def _note_problem(self, tx: Tx, row: Schedule) -> None:
        """A task that came or went, or is broken, shows on its schedules before they are due."""
        problem = self._preparing.refusal(row)
        if problem != row.problem:
            self._editing.plan_anew(tx, row, problem=problem)


def _is_app(task: Task) -> bool:
    return task.source is TaskSource.APP
