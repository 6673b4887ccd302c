"""What the author of a schedule decides: a trigger, its time zone, its policies, its parameters."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any


class DayMatch(StrEnum):
    """How a cron expression that limits both day of month and day of week is read."""

    OR = "or"  # either, as Vixie cron does
    AND = "and"


class Overlap(StrEnum):
    """What happens to a fire while an earlier run of the same schedule is not over."""

    SKIP = "skip"
    BUFFER_ONE = "buffer_one"  # keep one fire for later, skip more
    BUFFER_ALL = "buffer_all"  # keep every fire for later, in order
    CANCEL_OTHER = "cancel_other"  # cancel the earlier run with its grace, start when it is over
    TERMINATE_OTHER = "terminate_other"  # kill the earlier run at once, start when it is over
    ALLOW_ALL = "allow_all"  # run beside it


class CatchUp(StrEnum):
    """What happens to fires that were missed (no server, suspended machine, paused schedule)."""

    NONE = "none"
    LAST = "last"  # the newest one runs, the others are coalesced into it
    ALL = "all"  # each runs, in order


class DstGap(StrEnum):
    """A wall-clock time that a change of the zone leaves out."""

    SKIP = "skip"
    SHIFT = "shift"  # to the first instant after the gap


class DstRepeat(StrEnum):
    """A wall-clock time that a change of the zone brings twice."""

    FIRST = "first"
    LAST = "last"
    BOTH = "both"


class Roll(StrEnum):
    """What happens to a fire on a day that the calendar excludes."""

    SKIP = "skip"
    PRECEDING = "preceding"  # moved to the last included day before, same wall-clock time
    FOLLOWING = "following"  # moved to the next included day, same wall-clock time


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleSpec:
    """A trigger with its policies. Exactly one of `at`, `every`, `cron`, `rrule` is given.

    Instants without an offset are wall-clock times in `timezone`. A policy that is None follows
    the expression: times that name an hour are shifted out of a gap and fire once in a repeat;
    an expression that fires in every hour follows elapsed time.
    """

    at: datetime | None = None
    every: timedelta | None = None  # counted from `start`, or from when the schedule was made
    cron: str | None = None  # 5 fields, 6 with seconds first, or @daily ... @reboot
    rrule: str | None = None  # RFC 5545, with or without a DTSTART line
    day_match: DayMatch = DayMatch.OR
    at_once: bool = False  # `every`: the first fire when it is made, not one interval later
    timezone: str | None = None  # IANA name; None: the server's
    start: datetime | None = None  # no fire before
    end: datetime | None = None  # no fire after
    max_fires: int | None = None  # started runs, then the schedule is over
    jitter: timedelta = (
        timedelta()
    )  # each fire is put off by 0 to this, the same for each planned time
    calendar: str | None = None  # name of a calendar
    roll: Roll = Roll.SKIP
    overlap: Overlap = Overlap.SKIP
    catch_up: CatchUp = CatchUp.LAST
    catch_up_window: timedelta = timedelta(days=1)  # fires missed longer ago are never made up for
    grace: timedelta = timedelta(minutes=1)  # a fire decided within it is on time, not missed
    dst_gap: DstGap | None = None
    dst_repeat: DstRepeat | None = None
    pause_after_failures: int = 0  # in a row; 0 = never
    params: dict[str, Any] = field(default_factory=dict)
    argv: tuple[str, ...] | None = None  # plain arguments instead of typed parameters
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSchedule:
    """A schedule as a task's definition holds it: its name is unique within the task."""

    name: str
    spec: ScheduleSpec
