"""Settles schedules inside a transaction: facts, plan, then ledger, states and runs as one.

The cursor of a schedule, the row of each fire and the run that it starts are written together, so
a crash at any point loses nothing and doubles nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from runyard.domain.copying import changed
from runyard.domain.ids import RunIds
from runyard.domain.runs import Run
from runyard.domain.schedules.lookahead import Pending
from runyard.domain.schedules.model import Decision, Occurrence, Schedule
from runyard.domain.schedules.plan import Ended, Facts, Plan, plan
from runyard.runtime.control import CancelRecord, record_cancel
from runyard.runtime.schedules.preparing import BY, Prepared, Preparing
from runyard.store import Tx, occurrences, runs, schedule_runs, schedules

MOST_ROWS = 20_000  # ledger rows in one transaction, unless one schedule has more

_ENDS_AT_ONCE = 5_000


@dataclass(slots=True)
class Settled:
    """What a transaction has decided, to be carried out after its commit."""

    runs: list[Run] = field(default_factory=list)
    cancels: list[tuple[CancelRecord, bool]] = field(default_factory=list)  # without grace?
    schedules: dict[str, Schedule] = field(default_factory=dict)  # as they are now
    more: bool = False  # not everything was looked at

    def add(self, other: Settled) -> None:
        self.runs += other.runs
        self.cancels += other.cancels
        self.schedules |= other.schedules
        self.more |= other.more


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One schedule to be settled: as it stands in the store, and as it is to be decided."""

    stored: Schedule
    state: Schedule
    held: tuple[Occurrence, ...] = ()


class Settling:
    """The one way in which planned fires are decided. Called in the writer's thread."""

    def __init__(self, *, preparing: Preparing, ids: RunIds) -> None:
        self._preparing = preparing
        self._ids = ids

    def settle_due(self, tx: Tx, now: datetime, *, most: int) -> Settled:
        """Everything that is due, and every schedule of which a run has ended."""
        tx.numbers(0)  # locks the feed: what is read from here on is what others left
        ended = schedule_runs.ended(tx, most=_ENDS_AT_ONCE)
        if ended:
            schedule_runs.set_counted(tx, ended[-1].seq)
        ends: dict[str, list[Ended]] = defaultdict(list)
        for end in ended:
            ends[end.schedule_id].append(Ended(run_id=end.run_id, status=end.status))
        due = self._preparing.due(tx, until=now, most=most)
        known = {one.id for one in due}
        touched = schedules.get_many(tx, [one for one in ends if one not in known])
        cases = [Case(stored=one, state=one) for one in (*touched, *due) if not one.deleted_at]
        settled = self._settle(tx, cases, now, ends)
        settled.more |= len(due) == most or len(ended) == _ENDS_AT_ONCE
        return settled

    def settle(self, tx: Tx, cases: Sequence[Case], now: datetime) -> Settled:
        """All that is due now of these, however much it is."""
        tx.numbers(0)
        self._preparing.follow(tx)
        return self._settle(tx, cases, now, {}, whole=True)

    def _settle(
        self,
        tx: Tx,
        cases: Sequence[Case],
        now: datetime,
        ends: Mapping[str, Sequence[Ended]],
        *,
        whole: bool = False,
    ) -> Settled:
        ids = [case.stored.id for case in cases]
        live = schedule_runs.live(tx, ids)
        buffered = occurrences.buffered(tx, ids)
        settled = Settled()
        plans: list[tuple[Case, Plan, Prepared]] = []
        rows = 0
        for case in cases:
            stored = case.stored
            prepared = self._preparing.of(stored)
            ended = tuple(ends.get(stored.id, ()))
            if rows > MOST_ROWS and not ended:
                settled.more = True
                continue
            waiting, count = buffered.get(stored.id, ((), 0))
            facts = Facts(
                live=tuple(live.get(stored.id, ())),
                buffered=tuple(waiting),
                more_buffered=count - len(waiting),
                held=case.held,
                ended=ended,
                task_pause=prepared.task_pause,
                refusal=prepared.refusal,
                zone=prepared.zone,
            )
            made, is_complete = _plan(case.state, facts, prepared, now, whole=whole)
            settled.more |= not is_complete
            if made.changes(stored):  # of the state, or of the ledger
                rows += len(made.rows) + len(made.redecided)
                plans.append((case, made, prepared))
        self._write(tx, plans, now, settled)
        return settled

    def _write(
        self,
        tx: Tx,
        plans: Iterable[tuple[Case, Plan, Prepared]],
        now: datetime,
        settled: Settled,
    ) -> None:
        moved = schedules.advance(tx, [(case.stored, made.schedule) for case, made, _ in plans])
        settled.schedules |= moved
        new: list[Occurrence] = []
        redecided: list[Occurrence] = []
        starting: list[tuple[Occurrence, Prepared]] = []
        for case, made, prepared in plans:
            if case.stored.id not in moved:
                continue  # another server has decided it
            self._preparing.forget(case.stored.id)
            new += made.rows
            redecided += made.redecided
            starting += [
                (row, prepared)
                for row in (*made.rows, *made.redecided)
                if row.decision is Decision.FIRED and row.run_id is None
            ]
            if made.cancels:
                reason = f"replaced by the next fire of schedule {case.stored.id}"
                record = record_cancel(tx, made.cancels, at=now, reason=reason, by=BY)
                settled.cancels.append((record, made.kill))
        settled.runs += self._runs_of(starting, now)
        occurrences.insert(tx, new)
        occurrences.redecide(tx, redecided)
        runs.insert(tx, settled.runs)

    def _runs_of(self, starting: Sequence[tuple[Occurrence, Prepared]], now: datetime) -> list[Run]:
        """A run for each row, which names it."""
        made = []
        for run_id, (row, prepared) in zip(self._ids.block(len(starting)), starting, strict=True):
            assert prepared.template is not None  # noqa: S101 - or it would have been refused
            run = changed(
                prepared.template, id=run_id, scheduled_for=row.planned_at, submitted_at=now
            )
            # The plan is ours alone, and a thousand are due in one second.
            object.__setattr__(row, "run_id", run_id)
            made.append(run)
        return made


def _plan(
    state: Schedule, facts: Facts, prepared: Prepared, now: datetime, *, whole: bool
) -> tuple[Plan, bool]:
    """The plan, and whether it has seen all that is due."""
    if state.spec.max_fires is not None:
        ending = plan(state, facts, Pending(), now)
        if ending.is_over:
            return ending, True  # what would be planned since then is no concern of it
    lookahead = prepared.lookahead
    if lookahead is not None and prepared.advance(now, whole=whole):
        return plan(state, facts, lookahead.until(now), now), True
    # Runs that ended are counted all the same.
    made = plan(state, facts, Pending(), now)
    if lookahead is None:
        # Its fires can't be computed: it says so, and is tried again when something changes.
        return replace(made, schedule=replace(made.schedule, problem=prepared.problem)), True
    still_due = replace(made.schedule, next_at=state.next_at, next_due=state.next_due)
    return replace(made, schedule=still_due), False
