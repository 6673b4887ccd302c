"""Steers schedules inside a transaction: pause, resume, skip the next, run now, make up the past.

Each first settles what is due, so that it acts on a schedule of which everything up to now is
decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from runyard.domain.errors import Invalid
from runyard.domain.ids import RunIds
from runyard.domain.runs import Run
from runyard.domain.schedules.deciding import local_text
from runyard.domain.schedules.model import Decision, Fire, Occurrence, Origin, Schedule
from runyard.domain.schedules.spec import Overlap
from runyard.domain.schedules.timeline import Timeline
from runyard.runtime.requests import SubmitRequest
from runyard.runtime.schedules.editing import Editing
from runyard.runtime.schedules.preparing import broken, run_of
from runyard.runtime.schedules.settling import Case, Settled, Settling
from runyard.store import Tx, occurrences, runs, schedule_runs, schedules, tasks

BACKFILLED_AT_MOST = 1_000
SKIPPED_AT_MOST = 10_000
_HELD_AT_MOST = 10_000
_MICROSECOND = timedelta(microseconds=1)


class Steering:
    """Called in the writer's thread. What it answers as Settled is to be carried out."""

    def __init__(
        self,
        *,
        editing: Editing,
        settling: Settling,
        ids: RunIds,
        template: Callable[[SubmitRequest, str], Run],
    ) -> None:
        self._editing = editing
        self._settling = settling
        self._ids = ids
        self._template = template

    def pause(
        self, tx: Tx, row: Schedule, *, reason: str, now: datetime
    ) -> tuple[Schedule, Settled]:
        """Fires planned from now on become `paused`; runs that live, live on."""
        base, settled = self._settle(tx, row, now)
        if base.paused and base.pause_reason == (reason or None):
            return base, settled
        paused = replace(
            base, paused=True, pause_reason=reason or None, paused_at=base.paused_at or now
        )
        return schedules.put(tx, paused), settled

    def resume(self, tx: Tx, row: Schedule, *, now: datetime) -> tuple[Schedule, Settled]:
        """Fires again; what was planned during the pause follows the catch-up policy."""
        base, settled = self._settle(tx, row, now)
        if not base.paused:
            return base, settled
        held = occurrences.between(
            tx,
            base.id,
            start=max(base.paused_at or now, now - base.spec.catch_up_window),
            end=max(now, base.cursor) + _MICROSECOND,  # the clock may have been set back
            decision=Decision.PAUSED,
            limit=_HELD_AT_MOST,
        )
        active = replace(base, paused=False, pause_reason=None, paused_at=None, failures=0)
        case = Case(stored=base, state=active, held=tuple(held))
        resumed = self._settling.settle(tx, [case], now)
        settled.add(resumed)
        return settled.schedules.get(base.id, base), settled

    def skip_next(
        self, tx: Tx, row: Schedule, *, count: int, now: datetime
    ) -> tuple[Schedule, Settled]:
        base, settled = self._settle(tx, row, now)
        if count < 1 or base.skip_next + count > SKIPPED_AT_MOST:
            raise Invalid(f"between 1 and {SKIPPED_AT_MOST} fires can be skipped")
        return schedules.put(tx, replace(base, skip_next=base.skip_next + count)), settled

    def trigger(
        self, tx: Tx, row: Schedule, *, params: dict[str, Any] | None, by: str, now: datetime
    ) -> tuple[Run, Settled]:
        """A run now, whatever the policies say. Raises NotFound, Invalid."""
        base, settled = self._settle(tx, row, now)
        template = self._checked_template(tx, base, by, params=params)
        timeline = self._editing.timeline(base)
        at = now
        while occurrences.get(tx, base.id, at) or _is_planned(timeline, at):
            at += _MICROSECOND
        local = at.astimezone(timeline.zone).replace(tzinfo=None)
        run = replace(template, id=self._ids.new(), scheduled_for=at, submitted_at=now)
        row_ = Occurrence(
            schedule_id=base.id,
            planned_at=at,
            planned_local=local_text(local, at, timeline.zone),
            due_at=at,
            origin=Origin.TRIGGERED,
            decision=Decision.FIRED,
            rule=f"triggered by {by}" if by else "triggered",
            decided_at=now,
            run_id=run.id,
        )
        occurrences.insert(tx, [row_])
        (stored,) = runs.insert(tx, [run])
        settled.runs.append(stored)
        return stored, settled

    def backfill(
        self,
        tx: Tx,
        row: Schedule,
        *,
        start: datetime,
        end: datetime,
        by: str,
        dry_run: bool,
        now: datetime,
    ) -> tuple[list[Occurrence], Settled]:
        """Runs for planned times in [start, end) that have not fired: one after the other, or,
        with `allow_all`, at once. Raises NotFound, Invalid."""
        if end <= start:
            raise Invalid("a backfill ends after it starts")
        if end > now:
            raise Invalid("a backfill is for the past", hint=f"end at {now.isoformat()} or before")
        base, settled = self._settle(tx, row, now)
        template = self._checked_template(tx, base, by)
        timeline = self._editing.timeline(base)
        rows = self._rows_between(tx, base, timeline, start=start, end=end, now=now)
        idle = not (
            schedule_runs.live(tx, [base.id]).get(base.id)
            or occurrences.buffered(tx, [base.id]).get(base.id)
        )
        new: list[Occurrence] = []
        again: list[Occurrence] = []
        for one, is_there in rows:
            decided = self._line_up(one, by=by, idle=idle, at_once=base.spec.overlap)
            idle = False
            if decided.decision is Decision.FIRED and not dry_run:
                run = replace(
                    template,
                    id=self._ids.new(),
                    scheduled_for=decided.planned_at,
                    submitted_at=now,
                )
                settled.runs += runs.insert(tx, [run])
                decided = replace(decided, run_id=run.id)
            (again if is_there else new).append(decided)
        if not dry_run:
            occurrences.insert(tx, new)
            occurrences.redecide(tx, again)
        return sorted(new + again, key=lambda one: one.planned_at), settled

    def _line_up(self, row: Occurrence, *, by: str, idle: bool, at_once: Overlap) -> Occurrence:
        rule = f"backfilled by {by}" if by else "backfilled"
        if row.rule:
            rule = f"{rule}; before: {row.decision.value}, {row.rule}"
        starts = idle or at_once is Overlap.ALLOW_ALL
        return replace(
            row,
            origin=Origin.BACKFILLED,
            decision=Decision.FIRED if starts else Decision.BUFFERED,
            rule=rule if starts else f"{rule}; waited for an earlier run",
        )

    def _rows_between(
        self,
        tx: Tx,
        schedule: Schedule,
        timeline: Timeline,
        *,
        start: datetime,
        end: datetime,
        now: datetime,
    ) -> list[tuple[Occurrence, bool]]:
        """Planned times that have not fired, each with whether it has a row; oldest first."""
        there = {
            one.planned_at: one
            for one in occurrences.between(tx, schedule.id, start=start, end=end)
        }
        if any(one.count > 1 for one in there.values()):
            raise Invalid("some of these fires share one row of the ledger; choose a later start")
        found: list[tuple[Occurrence, bool]] = []
        for fire in _fires(timeline, start, min(end, schedule.cursor + _MICROSECOND)):
            row = there.get(fire.at)
            if row is not None and row.decision in (Decision.FIRED, Decision.BUFFERED):
                continue
            if len(found) == BACKFILLED_AT_MOST:
                raise Invalid(
                    f"more than {BACKFILLED_AT_MOST} fires are to be backfilled",
                    hint="choose a shorter window",
                )
            if row is None:
                fresh = Occurrence(
                    schedule_id=schedule.id,
                    planned_at=fire.at,
                    planned_local=local_text(fire.local, fire.at, timeline.zone),
                    due_at=fire.at,
                    decision=Decision.FIRED,
                    rule="",
                    decided_at=now,
                )
                found.append((fresh, False))
            else:
                found.append((replace(row, decided_at=now), True))
        return found

    def _checked_template(
        self, tx: Tx, schedule: Schedule, by: str, *, params: dict[str, Any] | None = None
    ) -> Run:
        task = tasks.get(tx, schedule.task_id)
        reason = None if task is None else broken(task)
        if reason is not None:
            raise Invalid(reason)
        return run_of(schedule, lambda request: self._template(request, by), params=params)

    def _settle(self, tx: Tx, row: Schedule, now: datetime) -> tuple[Schedule, Settled]:
        settled = self._editing.settle(tx, row, now=now)
        return settled.schedules.get(row.id, row), settled


def _is_planned(timeline: Timeline, at: datetime) -> bool:
    fire = next(timeline.after(at - _MICROSECOND), None)
    return fire is not None and fire.at == at


def _fires(timeline: Timeline, start: datetime, end: datetime) -> Iterable[Fire]:
    """Those in [start, end) that neither zone nor calendar leave out."""
    for fire in timeline.after(start - _MICROSECOND):
        if fire.at >= end:
            return
        if fire.skipped is None:
            yield fire
