"""The shapes of answers about schedules, for the OpenAPI document and the tests only."""

from datetime import date, datetime
from typing import Any

from pydantic import Field

from runyard.api.answers import Answer
from runyard.domain.schedules.model import Decision, Origin
from runyard.domain.schedules.spec import CatchUp, DayMatch, DstGap, DstRepeat, Overlap, Roll
from runyard.domain.states import RunStatus
from runyard.domain.tasks import TaskSource


class ScheduleSpecAnswer(Answer):
    """A trigger with its policies. Times without an offset are wall-clock times in `timezone`."""

    at: str | None = Field(description="with an offset, or a wall-clock time in `timezone`")
    every_s: float | None
    cron: str | None
    rrule: str | None
    day_match: DayMatch
    at_once: bool
    timezone: str | None = Field(description="null: the server's")
    start: str | None
    end: str | None
    max_fires: int | None
    jitter_s: float
    calendar: str | None
    roll: Roll
    overlap: Overlap
    catch_up: CatchUp
    catch_up_window_s: float
    grace_s: float
    dst_gap: DstGap | None = Field(description="null: as the expression suggests")
    dst_repeat: DstRepeat | None = Field(description="null: as the expression suggests")
    pause_after_failures: int
    params: dict[str, Any]
    argv: list[str] | None
    note: str


class DescriptionAnswer(Answer):
    en: str
    zh: str


class NextAnswer(Answer):
    at: datetime
    local: str = Field(description="wall-clock time in the schedule's zone, with its offset")


class ScheduleAnswer(Answer):
    id: str
    task_id: str
    name: str
    source: TaskSource = Field(description="`file` and `app`: the task's definition holds it")
    spec: ScheduleSpecAnswer
    settings: dict[str, Any] = Field(description="the spec as one would write it")
    description: DescriptionAnswer
    timezone: str = Field(description="the zone it goes by")
    next: NextAnswer | None = Field(description="null: no more fires will come")
    version: int
    paused: bool
    pause_reason: str | None
    paused_at: datetime | None
    anchor: datetime = Field(description="what `every` counts from when there is no `start`")
    cursor: datetime = Field(description="all fires planned up to this are decided")
    next_at: datetime | None
    next_due: datetime | None = Field(description="`next_at` and its jitter")
    fires: int
    failures: int = Field(description="runs that failed in a row")
    skip_next: int
    problem: str | None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    seq: int


class SchedulePageAnswer(Answer):
    items: list[ScheduleAnswer]
    next_cursor: str | None


class ScheduleBulkErrorAnswer(Answer):
    index: int
    code: str
    message: str


class ScheduleBulkAnswer(Answer):
    ids: list[str | None] = Field(description="in the order of the request; null where it failed")
    errors: list[ScheduleBulkErrorAnswer]


class FireAnswer(Answer):
    """A planned fire."""

    at: datetime
    local: str = Field(description="the wall-clock time that is meant; it may not exist")
    skipped: Decision | None = Field(description="zone or calendar keep it from running")
    note: str = Field(description="what zone or calendar did to it")


class DueFireAnswer(FireAnswer):
    due: datetime = Field(description="`at` and its jitter")


class FiresAnswer(Answer):
    timezone: str
    items: list[DueFireAnswer]
    more: bool


class PlanChangeAnswer(Answer):
    """What saving would change in the next 30 days."""

    schedule: ScheduleAnswer
    appear: list[FireAnswer]
    disappear: list[FireAnswer]
    until: datetime = Field(description="compared from now to this")
    more: bool = Field(description="there are more changes than these, after `until`")


class PreviewProblemAnswer(Answer):
    where: str
    message: str


class PreviewAnswer(Answer):
    description: str
    timezone: str
    fires: list[DueFireAnswer]
    more: bool
    settings: dict[str, Any]
    problems: list[PreviewProblemAnswer]


class ScheduleVersionAnswer(Answer):
    schedule_id: str
    version: int
    spec: ScheduleSpecAnswer
    settings: dict[str, Any]
    author: str
    message: str
    created_at: datetime


class ScheduleVersionsAnswer(Answer):
    items: list[ScheduleVersionAnswer]


class OccurrenceAnswer(Answer):
    """One planned fire and what was decided about it."""

    schedule_id: str
    planned_at: datetime
    planned_local: str
    due_at: datetime
    origin: Origin
    decision: Decision
    rule: str = Field(description="which rule decided, as a sentence")
    decided_at: datetime
    run_id: str | None
    count: int = Field(description="above 1: so many fires up to `through` were decided alike")
    through: datetime | None


class OccurrencePageAnswer(Answer):
    items: list[OccurrenceAnswer]
    next_cursor: str | None


class OutcomeAnswer(OccurrenceAnswer):
    status: RunStatus | None = Field(description="of its run; null: there is none")


class OutcomesAnswer(Answer):
    items: list[OutcomeAnswer]


class BackfillAnswer(Answer):
    items: list[OccurrenceAnswer]
    dry_run: bool


class WhyAnswer(Answer):
    schedule_id: str
    at: datetime
    local: str
    occurrence: OccurrenceAnswer | None
    sentence: str


class UpcomingItem(DueFireAnswer):
    schedule_id: str
    task_id: str
    timezone: str


class UpcomingAnswer(Answer):
    items: list[UpcomingItem]
    until: datetime
    more: bool


class DensityAnswer(Answer):
    start: datetime
    bucket_s: float
    counts: list[int]
    counted_until: datetime = Field(
        description="before the end when there are more than 100,000 fires"
    )


class CalendarDayAnswer(Answer):
    day: date
    included: bool
    reason: str


class CalendarDaysAnswer(Answer):
    items: list[CalendarDayAnswer]


class CalendarAnswer(Answer):
    """Which days a schedule may fire on, as it was written."""

    name: str
    weekdays: list[str] | None
    holidays: list[str]
    exclude: list[Any]
    include: list[Any]
    note: str
    author: str
    updated_at: datetime


class CalendarsAnswer(Answer):
    items: list[CalendarAnswer]
