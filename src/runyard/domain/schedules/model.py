"""A schedule with its state, its planned fires, and the ledger of what was decided about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from runyard.domain.schedules.spec import ScheduleSpec
from runyard.domain.tasks import TaskSource


class Decision(StrEnum):
    """What was decided about a planned fire."""

    FIRED = "fired"  # a run was made
    BUFFERED = "buffered"  # waits until the earlier run is over, then becomes fired
    SKIPPED_OVERLAP = "skipped_overlap"
    COALESCED = "coalesced"  # a newer missed fire runs in its place
    MISSED = "missed"  # nobody was there, and catch-up does not ask for it
    PAUSED = "paused"  # the schedule or its task was paused
    SKIPPED = "skipped"  # by request: skip the next
    DST_GAP = "dst_gap"
    DST_REPEAT = "dst_repeat"
    CALENDAR = "calendar"  # on an excluded day
    REFUSED = "refused"  # no run could be made: the task is gone, broken, or takes other parameters


class Origin(StrEnum):
    """Who asked for an occurrence."""

    PLANNED = "planned"
    TRIGGERED = "triggered"  # now, by request
    BACKFILLED = "backfilled"  # a past window, by request


@dataclass(frozen=True, slots=True, kw_only=True)
class Fire:
    """One planned time of a trigger.

    `at` (UTC) is unique within a schedule and ascends; `local` (naive) is the wall-clock time in
    its zone that is meant (for a fire in a gap: the time that does not exist). `skipped` is set
    where zone or calendar already decide that it does not run; `note` says in a sentence what zone
    or calendar did to it.
    """

    at: datetime
    local: datetime
    skipped: Decision | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    id: str  # "<task_id>:<name>"
    task_id: str
    name: str
    source: TaskSource  # FILE and APP: the definition of the task holds it
    spec: ScheduleSpec
    version: int  # number of the newest version, from 1
    paused: bool = False
    pause_reason: str | None = None
    paused_at: datetime | None = None  # resuming makes up for what was planned since
    anchor: datetime  # what `every` counts from when the spec has no start
    cursor: datetime  # every planned time up to and including this one is decided
    next_at: datetime | None  # the planned time after the cursor; None: no more will come
    next_due: datetime | None  # when it has to be decided: planned time and jitter
    fires: int = 0  # runs started by plan, counted against `max_fires`
    failures: int = 0  # in a row
    skip_next: int = 0  # planned fires still to be skipped by request
    problem: str | None = None  # why it can't fire as defined: unknown calendar, task gone ...
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    seq: int = 0  # place of its last change in the change feed


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleVersion:
    schedule_id: str
    version: int
    spec: ScheduleSpec
    author: str
    message: str = ""
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One planned fire and what became of it; one row each.

    `planned_local` is the wall-clock time with its offset and zone, as text. `count` above 1: so
    many planned times from `planned_at` to `through` were decided alike (a very long absence).
    """

    schedule_id: str
    planned_at: datetime
    planned_local: str
    due_at: datetime  # with jitter
    origin: Origin = Origin.PLANNED
    decision: Decision
    rule: str  # a sentence: which rule decided, with its facts
    decided_at: datetime
    run_id: str | None = None
    count: int = 1
    through: datetime | None = None
