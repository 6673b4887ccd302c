"""Plans one schedule: from its state, the facts and the clock to decisions; pure, without I/O.

`plan` is the only place where a planned fire is decided. It is called with everything that is due
and answers with rows for the ledger, the runs to start and to cancel, and the schedule's next
state; the caller makes all of that one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from runyard.domain.copying import changed
from runyard.domain.schedules.deciding import Desk
from runyard.domain.schedules.lookahead import Pending, Planned
from runyard.domain.schedules.model import Occurrence, Schedule
from runyard.domain.states import RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A run of the schedule that is over and was not counted yet."""

    run_id: str
    status: RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the decisions depend on besides the schedule: all read in the same transaction."""

    live: tuple[str, ...] = ()  # runs of the schedule that are not over, oldest first
    buffered: tuple[Occurrence, ...] = ()  # rows that wait, oldest first
    more_buffered: int = 0  # that wait behind those
    held: tuple[Occurrence, ...] = ()  # rows of a pause that ends now, to be made up for
    ended: tuple[Ended, ...] = ()  # in the order in which they ended
    task_pause: str | None = None  # a sentence: the task is paused
    refusal: str | None = None  # a sentence: why no run can be made
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be done, together. Rows that are `fired` without `run_id` need a run each."""

    schedule: Schedule
    rows: tuple[Occurrence, ...] = ()  # new, in planned order
    redecided: tuple[Occurrence, ...] = ()  # rows that are there and change
    cancels: tuple[str, ...] = ()  # runs to be cancelled
    kill: bool = False  # without grace
    is_over: bool = False  # as many runs as are wanted were started, or wait to be

    def changes(self, before: Schedule) -> bool:
        return bool(self.rows or self.redecided) or self.schedule != before


def plan(schedule: Schedule, facts: Facts, pending: Pending, now: datetime) -> Plan:
    """Decide everything that is due.

    Guarantees: every fire in `pending` up to the last decided one has exactly one row; the cursor
    only moves forward; a fire that stays undecided because `max_fires` is reached is no longer
    planned. `pending` holds the fires after the cursor.
    """
    desk = Desk(
        schedule,
        live=facts.live,
        waiting=facts.buffered,
        more_waiting=facts.more_buffered,
        task_pause=facts.task_pause,
        refusal=facts.refusal,
        zone=facts.zone,
        now=now,
    )
    for end in facts.ended:
        desk.count_end(end.run_id, end.status)
    desk.decide(facts.held, pending)
    return Plan(
        schedule=_next_state(desk, pending.following),
        rows=tuple(desk.rows.values()),
        redecided=tuple(desk.redecided.values()),
        cancels=tuple(desk.cancels),
        kill=desk.kill,
        is_over=desk.is_over,
    )


def _next_state(desk: Desk, following: Planned | None) -> Schedule:
    state = desk.state
    next_at = next_due = None
    if following is not None and not desk.is_over:
        next_at, next_due = following.fire.at, following.due
    return changed(
        state,
        cursor=desk.cursor,
        next_at=next_at,
        next_due=next_due,
        fires=desk.fires,
        problem=desk.refusal,
    )
