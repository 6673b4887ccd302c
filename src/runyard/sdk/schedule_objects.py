"""What the client answers about schedules and calendars: frozen views of the server's JSON."""

# ruff: noqa: RUF009 (the functions called are names for dataclasses.field)
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from runyard.sdk.objects import Record, instant_field


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule(Record):
    """A schedule. `settings` is what an editor shows, `timezone` the zone it goes by.

    `description` has a sentence by language (`en`, `zh`); `problem` says why it can't fire.
    """

    id: str
    task_id: str
    name: str
    source: str = "api"
    version: int = 0
    settings: dict[str, Any] = field(default_factory=dict)
    spec: dict[str, Any] = field(default_factory=dict)
    description: dict[str, str] = field(default_factory=dict)
    timezone: str = ""
    paused: bool = False
    pause_reason: str | None = None
    next_at: datetime | None = instant_field()
    next_due: datetime | None = instant_field()
    fires: int = 0
    failures: int = 0
    skip_next: int = 0
    problem: str | None = None
    created_at: datetime | None = instant_field()
    updated_at: datetime | None = instant_field()
    deleted_at: datetime | None = instant_field()
    seq: int = 0

    @property
    def next_local(self) -> str | None:
        """The next fire as wall-clock time in the schedule's zone, with its offset."""
        following = self.raw.get("next")
        return following["local"] if following else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleVersion(Record):
    schedule_id: str = ""
    version: int
    settings: dict[str, Any] = field(default_factory=dict)
    author: str = ""
    message: str = ""
    created_at: datetime | None = instant_field()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fire(Record):
    """A planned fire. `local` is the wall-clock time that is meant; it may not exist.

    `skipped`: zone or calendar keep it from running, and `note` says what they did to it.
    """

    at: datetime | None = instant_field()
    local: str = ""
    due: datetime | None = instant_field()
    skipped: str | None = None
    note: str = ""


def _fires(raw: list[dict[str, Any]] | None) -> tuple[Fire, ...]:
    return tuple(Fire.of(one) for one in raw or ())


def _fires_field() -> Any:
    return field(default=(), metadata={"read": _fires})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fires(Record):
    """The next fires. `more`: these are not the last."""

    timezone: str = ""
    items: tuple[Fire, ...] = _fires_field()
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview(Record):
    """What a schedule that is not saved means, and when it would fire."""

    description: str = ""
    timezone: str = ""
    fires: tuple[Fire, ...] = _fires_field()
    more: bool = False
    settings: dict[str, Any] = field(default_factory=dict)
    problems: list[dict[str, Any]] = field(default_factory=list)


def _schedule(raw: dict[str, Any]) -> Schedule:
    return Schedule.of(raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChange(Record):
    """What saving would change: which fires appear and disappear until `until`."""

    schedule: Schedule = field(metadata={"read": _schedule})
    appear: tuple[Fire, ...] = _fires_field()
    disappear: tuple[Fire, ...] = _fires_field()
    until: datetime | None = instant_field()
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence(Record):
    """One planned fire and what was decided about it; `rule` says in a sentence why.

    `count` above 1: so many fires from `planned_at` to `through` were decided alike.
    """

    schedule_id: str = ""
    planned_at: datetime | None = instant_field()
    planned_local: str = ""
    due_at: datetime | None = instant_field()
    origin: str = "planned"
    decision: str = ""
    rule: str = ""
    decided_at: datetime | None = instant_field()
    run_id: str | None = None
    count: int = 1
    through: datetime | None = instant_field()


def _occurrence(raw: dict[str, Any] | None) -> Occurrence | None:
    return Occurrence.of(raw) if raw else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation(Record):
    """What happened, or will happen, at a moment. `occurrence` None: nothing is decided for it."""

    schedule_id: str = ""
    at: datetime | None = instant_field()
    local: str = ""
    occurrence: Occurrence | None = field(default=None, metadata={"read": _occurrence})
    sentence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpcomingFire(Fire):
    schedule_id: str = ""
    task_id: str = ""
    timezone: str = ""


def _upcoming(raw: list[dict[str, Any]] | None) -> tuple[UpcomingFire, ...]:
    return tuple(UpcomingFire.of(one) for one in raw or ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Upcoming(Record):
    """The next fires of all active schedules until `until`; `more`: there are more before it."""

    items: tuple[UpcomingFire, ...] = field(default=(), metadata={"read": _upcoming})
    until: datetime | None = instant_field()
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Density(Record):
    """How many fires are due in each bucket of `bucket_s` seconds from `start` on."""

    start: datetime | None = instant_field()
    bucket_s: float = 60.0
    counts: list[int] = field(default_factory=list)
    counted_until: datetime | None = instant_field()


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar(Record):
    """The days on which schedules that go by it may fire, as it was written."""

    name: str
    weekdays: list[str] | None = None
    holidays: list[str] = field(default_factory=list)
    exclude: list[Any] = field(default_factory=list)
    include: list[Any] = field(default_factory=list)
    note: str = ""
    author: str = ""
    updated_at: datetime | None = instant_field()


def _day(text: str) -> date:
    return date.fromisoformat(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDay(Record):
    day: date = field(metadata={"read": _day})
    included: bool = True
    reason: str = ""
