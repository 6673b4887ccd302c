"""The facade of schedules: everything that a face may ask about them, in one place."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from runyard.domain.errors import Invalid, NotFound, RunyardError, StaleEdit
from runyard.domain.runs import Run
from runyard.domain.schedules.model import Decision, Occurrence, Schedule, ScheduleVersion
from runyard.domain.schedules.spec import ScheduleSpec
from runyard.domain.schedules.timeline import Timeline
from runyard.runtime.clock import Clock
from runyard.runtime.schedules.carrying import Carrying
from runyard.runtime.schedules.editing import Editing
from runyard.runtime.schedules.explaining import Explanation, explain
from runyard.runtime.schedules.making import Making, NewSchedule, check_own
from runyard.runtime.schedules.settling import Settled
from runyard.runtime.schedules.steering import Steering
from runyard.runtime.schedules.sync import Sync
from runyard.runtime.schedules.timelines import Timelines
from runyard.store import Store, Tx, occurrences, schedule_briefs, schedules
from runyard.store.occurrences import OccurrencePage, Outcome
from runyard.store.schedule_briefs import ScheduleBrief

log = logging.getLogger("runyard.schedules")

T = TypeVar("T")
_MINUTE = timedelta(minutes=1)
_PAGE_AT_MOST = 1_000


class Schedules:
    """Every change is durable when it is answered, and wakes the scheduler by itself."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        timelines: Timelines,
        editing: Editing,
        making: Making,
        steering: Steering,
        sync: Sync,
        carrying: Carrying,
    ) -> None:
        self._store = store
        self._clock = clock
        self._timelines = timelines
        self._editing = editing
        self._making = making
        self._steering = steering
        self._sync = sync
        self._carrying = carrying

    @property
    def default_zone(self) -> str:
        """The zone of schedules that name none."""
        return self._timelines.default_zone

    # Looking

    async def list(
        self,
        *,
        task_id: str | None = None,
        q: str | None = None,
        paused: bool | None = None,
        broken: bool | None = None,
    ) -> list[Schedule]:
        """By id. `q` is looked for in the id."""
        await self._sync.catch_up()
        return await self._store.read(
            lambda tx: schedules.listed(tx, task_id=task_id, text=q, paused=paused, broken=broken)
        )

    async def page(
        self,
        *,
        task_id: str | None = None,
        q: str | None = None,
        paused: bool | None = None,
        broken: bool | None = None,
        after: str | None = None,
        limit: int,
    ) -> Sequence[Schedule]:
        """As `list`, those whose id comes after `after`, at most `limit`."""
        await self._sync.catch_up()
        return await self._store.read(
            lambda tx: schedules.listed(
                tx,
                task_id=task_id,
                text=q,
                paused=paused,
                broken=broken,
                after=after,
                limit=limit,
            )
        )

    async def of_tasks(self, task_ids: Collection[str]) -> Mapping[str, Sequence[ScheduleBrief]]:
        """By task, each by id and at most 100; a task without a schedule is left out."""
        await self._sync.catch_up()
        return await self._store.read(lambda tx: schedule_briefs.of_tasks(tx, task_ids))

    async def names(self, task_ids: Collection[str]) -> Mapping[str, set[str]]:
        """The names that their schedules have, by task."""
        await self._sync.catch_up()
        return await self._store.read(lambda tx: schedule_briefs.names(tx, task_ids))

    async def get(self, ref: str) -> Schedule:
        """By id, or by the id of a task that has exactly one schedule. Raises NotFound."""
        await self._sync.catch_up()
        return await self._store.read(lambda tx: _find(tx, ref))

    async def versions(self, schedule_id: str) -> Sequence[ScheduleVersion]:
        """Newest first; also of a deleted schedule. Raises NotFound."""
        await self._sync.catch_up()
        found = await self._store.read(lambda tx: schedules.versions(tx, schedule_id))
        if not found:
            raise _unknown(schedule_id)
        return found

    async def occurrences(
        self,
        schedule_id: str,
        *,
        decisions: Collection[Decision] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> OccurrencePage:
        """The ledger, newest first; also of a deleted schedule. Raises NotFound, Invalid."""

        def query(tx: Tx) -> OccurrencePage:
            page = occurrences.page(
                tx,
                schedule_id,
                decisions=decisions,
                since=since,
                until=until,
                cursor=cursor,
                limit=max(1, min(limit, _PAGE_AT_MOST)),
            )
            if not page.items and schedules.stored(tx, schedule_id) is None:
                raise _unknown(schedule_id)
            return page

        return await self._store.read(query)

    async def newest_occurrences(
        self,
        schedule_ids: Collection[str],
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int,
    ) -> Sequence[Outcome]:
        """The newest rows of each of these schedules; one that is not known has none."""
        await self._sync.catch_up()
        return await self._store.read(
            lambda tx: occurrences.newest_of_each(
                tx, schedule_ids, since=since, until=until, limit=limit
            )
        )

    async def why(self, schedule_id: str, at: datetime) -> Explanation:
        """What became of the fire planned at `at` or within its minute; or what is next to it."""

        def query(tx: Tx) -> tuple[Schedule, Occurrence | None]:
            schedule = schedules.stored(tx, schedule_id) or _find(tx, schedule_id)
            return schedule, _row_at(tx, schedule.id, at)

        schedule, row = await self._store.read(query)
        timeline: Timeline | RunyardError
        try:
            timeline = self._timelines.of(schedule)
        except RunyardError as error:
            timeline = error
        return explain(schedule, timeline, at, row=row, now=self._clock.now())

    def timeline(
        self, spec: ScheduleSpec, *, schedule_id: str, anchor: datetime | None = None
    ) -> Timeline:
        """For previews. Raises Invalid for a spec that can't be, or an unknown calendar."""
        return self._timelines.make(spec, key=schedule_id, anchor=anchor or self._clock.now())

    async def due_page(
        self,
        *,
        after: tuple[datetime, str] | None,
        until: datetime,
        task_id: str | None,
        limit: int,
    ) -> Sequence[Schedule]:
        """Active schedules of active tasks in the order of (next due time, id)."""
        return await self._store.read(
            lambda tx: schedules.due_page(
                tx, after=after, until=until, task_id=task_id, limit=limit
            )
        )

    # Editing

    async def create(
        self, *, task_id: str, name: str, spec: ScheduleSpec, author: str, message: str = ""
    ) -> Schedule:
        """Raises NotFound for the task, Conflict for a name that is taken, Invalid."""
        (created,) = await self.create_many([(task_id, name, spec)], author=author, message=message)
        if isinstance(created, RunyardError):
            raise created
        return created

    async def create_many(
        self, new: Sequence[NewSchedule], *, author: str, message: str = ""
    ) -> Sequence[Schedule | RunyardError]:
        """One transaction; each has its own answer, in order."""
        await self._sync.catch_up()

        def change(tx: Tx) -> Sequence[Schedule | RunyardError]:
            return self._making.create(tx, new, author=author, message=message)

        return await self._store.write(change)

    async def replace(
        self,
        schedule_id: str,
        spec: ScheduleSpec,
        *,
        expected_version: int | None,
        author: str,
        message: str = "",
    ) -> Schedule:
        """The next version; nothing happens when nothing differs.

        What is due by the old one is decided first. Raises NotFound, Invalid, StaleEdit, and
        Conflict for a schedule that the task's definition holds.
        """

        def change(tx: Tx, row: Schedule) -> tuple[Schedule, Settled]:
            if expected_version is not None and expected_version != row.version:
                raise StaleEdit(
                    f"schedule {row.id} was changed meanwhile",
                    hint="read it again and repeat the edit",
                    schedule_id=row.id,
                    version=row.version,
                )
            check_own(row)
            if spec == row.spec:
                return row, Settled()
            self._timelines.make(spec, key=row.id, anchor=row.anchor)
            return self._editing.replace(
                tx,
                row,
                spec=spec,
                source=row.source,
                author=author,
                message=message,
                now=self._clock.now(),
            )

        return await self._change(schedule_id, change)

    async def delete(self, schedule_id: str, *, author: str) -> None:
        """Ledger, versions and runs stay. Raises NotFound, Conflict for FILE and APP."""

        def change(tx: Tx, row: Schedule) -> tuple[None, Settled]:
            check_own(row)
            return None, self._editing.delete(tx, row, now=self._clock.now())

        await self._change(schedule_id, change)
        log.info("schedule %s deleted by %s", schedule_id, author)

    # Steering

    async def pause(self, schedule_id: str, *, reason: str, by: str) -> Schedule:
        """Running runs go on; what is planned meanwhile is recorded as paused."""
        paused = await self._change(
            schedule_id,
            lambda tx, row: self._steering.pause(tx, row, reason=reason, now=self._clock.now()),
        )
        log.info("schedule %s paused by %s: %s", schedule_id, by, reason or "no reason given")
        return paused

    async def resume(self, schedule_id: str, *, by: str) -> Schedule:
        """The catch-up policy says what becomes of the fires planned during the pause."""
        resumed = await self._change(
            schedule_id, lambda tx, row: self._steering.resume(tx, row, now=self._clock.now())
        )
        log.info("schedule %s resumed by %s", schedule_id, by)
        return resumed

    async def trigger(
        self, schedule_id: str, *, params: dict[str, Any] | None = None, by: str
    ) -> Run:
        """A run now, beside the plan. Raises NotFound, Invalid."""
        return await self._change(
            schedule_id,
            lambda tx, row: self._steering.trigger(
                tx, row, params=params, by=by, now=self._clock.now()
            ),
        )

    async def skip_next(self, schedule_id: str, *, count: int = 1, by: str) -> Schedule:
        """So many more of the next fires are recorded as skipped. Raises NotFound, Invalid."""
        skipping = await self._change(
            schedule_id,
            lambda tx, row: self._steering.skip_next(tx, row, count=count, now=self._clock.now()),
        )
        log.info("the next %d fires of schedule %s skipped by %s", count, schedule_id, by)
        return skipping

    async def backfill(
        self,
        schedule_id: str,
        *,
        start: datetime,
        end: datetime,
        by: str,
        dry_run: bool = False,
    ) -> Sequence[Occurrence]:
        """Runs for the planned times in [start, end) that have not fired; at most 1,000.

        Raises NotFound, Invalid.
        """
        return await self._change(
            schedule_id,
            lambda tx, row: self._steering.backfill(
                tx,
                row,
                start=start,
                end=end,
                by=by,
                dry_run=dry_run,
                now=self._clock.now(),
            ),
        )

    # Steps

    async def _change(self, ref: str, change: Callable[[Tx, Schedule], tuple[T, Settled]]) -> T:
        await self._sync.catch_up()
        answer, settled = await self._store.write(lambda tx: change(tx, _find(tx, ref)))
        await self._carrying.out(settled)
        return answer


def _find(tx: Tx, ref: str) -> Schedule:
    found = schedules.get(tx, ref)
    if found is not None:
        return found
    of_task = schedules.of_task(tx, ref)
    if len(of_task) == 1:
        return of_task[0]
    if of_task:
        raise NotFound(
            f"task {ref!r} has {len(of_task)} schedules",
            hint=f"name one of {', '.join(one.id for one in of_task[:10])}",
            schedule_id=ref,
        )
    raise _unknown(ref)


def _row_at(tx: Tx, schedule_id: str, at: datetime) -> Occurrence | None:
    """The row of exactly this moment, or the nearest one within its minute, or a folded one."""
    exact = occurrences.get(tx, schedule_id, at)
    if exact is not None:
        return exact
    near = occurrences.between(tx, schedule_id, start=at - _MINUTE, end=at + _MINUTE)
    within = [one for one in near if at <= one.planned_at] or near[-1:]
    if within:
        return within[0]
    row = occurrences.covering(tx, schedule_id, at)
    if row is not None and row.through is not None and row.through >= at:
        return row
    return None


def _unknown(ref: str) -> NotFound:
    return NotFound(f"there is no schedule {ref!r}", schedule_id=ref)


__all__ = ["Explanation", "Invalid", "NewSchedule", "OccurrencePage", "Schedules"]
