"""Edits of schedules inside a transaction: made, changed, deleted; the ledger stays complete.

An edit first settles what is due by the old definition, so that no planned fire falls between two
versions; from then on the new one plans. The cursor never goes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from runyard.domain.copying import changed
from runyard.domain.errors import RunyardError
from runyard.domain.schedules.deciding import local_text
from runyard.domain.schedules.model import Decision, Occurrence, Schedule
from runyard.domain.schedules.spec import ScheduleSpec
from runyard.domain.schedules.timeline import Timeline, jitter_of
from runyard.domain.tasks import TaskSource
from runyard.runtime.schedules.preparing import Preparing
from runyard.runtime.schedules.settling import Case, Settled, Settling
from runyard.runtime.schedules.timelines import Timelines, undecided
from runyard.store import Tx, occurrences, schedules

_MICROSECOND = timedelta(microseconds=1)


class Editing:
    """Called in the writer's thread. What it answers as Settled is to be carried out."""

    def __init__(self, *, timelines: Timelines, preparing: Preparing, settling: Settling) -> None:
        self._timelines = timelines
        self._preparing = preparing
        self._settling = settling

    def fresh(
        self, *, task_id: str, name: str, spec: ScheduleSpec, source: TaskSource, now: datetime
    ) -> tuple[Schedule, bool]:
        """A new schedule, and whether it fires on start; a spec that can't be is its problem."""
        schedule = Schedule(
            id=f"{task_id}:{name}",
            task_id=task_id,
            name=name,
            source=source,
            spec=spec,
            version=1,
            anchor=whole(now),
            cursor=first_cursor(spec, now),
            next_at=None,
            next_due=None,
            created_at=now,
            updated_at=now,
        )
        return self._planned(schedule)

    def insert(
        self, tx: Tx, new: Sequence[tuple[Schedule, bool]], *, author: str, message: str = ""
    ) -> list[Schedule]:
        return schedules.insert(tx, new, author=author, message=message)

    def replace(
        self,
        tx: Tx,
        row: Schedule,
        *,
        spec: ScheduleSpec,
        source: TaskSource,
        author: str,
        message: str,
        now: datetime,
    ) -> tuple[Schedule, Settled]:
        """The next version of a schedule; a deleted one begins a new life with its old ledger."""
        if row.deleted_at is not None:
            settled, base = Settled(), _revived(row, spec, now)
        else:
            settled = self.settle(tx, row, now=now)
            base = settled.schedules.get(row.id, row)
            self.let_go(tx, base, now, "the schedule was changed before its jitter was over")
        edited = replace(
            base,
            spec=spec,
            source=source,
            version=row.version + 1,
            cursor=base.cursor if row.deleted_at is not None else max(base.cursor, now),
            anchor=base.anchor if spec.every == base.spec.every else whole(now),
            updated_at=now,
        )
        planned, on_start = self._planned(edited)
        stored = schedules.put(tx, planned, on_start=on_start)
        schedules.add_version(tx, stored, author=author, message=message)
        self._preparing.forget(row.id)
        return stored, settled

    def delete(self, tx: Tx, row: Schedule, *, now: datetime) -> Settled:
        """Its ledger, versions and runs stay. What waits is refused, and says so."""
        settled = self.settle(tx, row, now=now)
        base = settled.schedules.get(row.id, row)
        self.let_go(tx, base, now, "the schedule was deleted before its jitter was over")
        while waiting := occurrences.buffered(tx, [row.id]).get(row.id):
            rule = "the schedule was deleted while this fire waited"
            occurrences.redecide(
                tx,
                [
                    replace(one, decision=Decision.REFUSED, rule=rule, decided_at=now)
                    for one in waiting[0]
                ],
            )
        gone = replace(base, deleted_at=now, updated_at=now, next_at=None, next_due=None)
        schedules.put(tx, gone, on_start=False)
        self._preparing.forget(row.id)
        return settled

    def settle(self, tx: Tx, row: Schedule, *, now: datetime) -> Settled:
        """Decide what is due."""
        return self._settling.settle(tx, [Case(stored=row, state=row)], now)

    def let_go(self, tx: Tx, schedule: Schedule, now: datetime, rule: str) -> None:
        """Fires whose planned time is over, but not their jitter: nobody will look at them."""
        if schedule.next_at is None or schedule.next_at > now:
            return
        try:
            timeline = self._timelines.of(schedule)
        except RunyardError:
            return  # it has planned nothing
        rows = []
        for fire in undecided(schedule, timeline):
            if fire.at > now:
                break
            rows.append(
                Occurrence(
                    schedule_id=schedule.id,
                    planned_at=fire.at,
                    planned_local=local_text(fire.local, fire.at, timeline.zone),
                    due_at=fire.at + self.jitter(schedule, fire.at),
                    decision=Decision.SKIPPED,
                    rule=rule,
                    decided_at=now,
                )
            )
        occurrences.insert(tx, rows)

    def plan_anew(self, tx: Tx, row: Schedule, *, problem: str | None) -> None:
        """The reason why it could not fire came or went."""
        planned, on_start = self._planned(row)
        changed = replace(planned, problem=problem or planned.problem)
        if row.next_at is not None and planned.problem is None:
            changed = replace(changed, next_at=row.next_at, next_due=row.next_due)
        if changed != row:
            schedules.put(tx, changed, on_start=on_start)

    def plan_from(self, tx: Tx, row: Schedule, *, now: datetime) -> None:
        """Its planned times are others from now on, though its definition is the same."""
        planned, on_start = self._planned(replace(row, cursor=max(row.cursor, now)))
        schedules.put(tx, planned, on_start=on_start)
        self._preparing.forget(row.id)

    def plan_again(self, tx: Tx, row: Schedule) -> None:
        """What is planned after its cursor is computed anew; nothing that was is left out."""
        planned, on_start = self._planned(row)
        if not on_start and planned != row:
            schedules.put(tx, planned, on_start=on_start)

    @property
    def default_zone(self) -> str:
        return self._timelines.default_zone

    def jitter(self, schedule: Schedule, planned: datetime) -> timedelta:
        return jitter_of(schedule.spec, schedule.id, planned)

    def timeline(self, schedule: Schedule) -> Timeline:
        """Raises Invalid."""
        return self._timelines.of(schedule)

    def _planned(self, schedule: Schedule) -> tuple[Schedule, bool]:
        """With its next fire, and whether it fires on start instead."""
        try:
            timeline = self._timelines.of(schedule)
        except RunyardError as error:
            return replace(schedule, next_at=None, next_due=None, problem=error.message), False
        if timeline.is_reboot:
            return replace(schedule, next_at=None, next_due=None, problem=None), True
        most = schedule.spec.max_fires
        is_over = most is not None and schedule.fires >= most
        fire = None if is_over else next(timeline.after(schedule.cursor), None)
        at = None if fire is None else fire.at
        due = None if at is None else at + self.jitter(schedule, at)
        return changed(schedule, next_at=at, next_due=due, problem=None), False


def whole(now: datetime) -> datetime:
    """Intervals count from a whole second: times that people can read."""
    return now.replace(microsecond=0)


def first_cursor(spec: ScheduleSpec, now: datetime) -> datetime:
    """Nothing before `now` is planned, but the fire at the anchor of an `every` with `at_once`."""
    is_at_once = spec.every is not None and spec.at_once
    return (whole(now) if is_at_once else now) - _MICROSECOND


def _revived(row: Schedule, spec: ScheduleSpec, now: datetime) -> Schedule:
    return replace(
        row,
        deleted_at=None,
        anchor=whole(now),
        cursor=max(row.cursor, first_cursor(spec, now)),
        paused=False,
        pause_reason=None,
        paused_at=None,
        fires=0,
        failures=0,
        skip_next=0,
        problem=None,
    )
