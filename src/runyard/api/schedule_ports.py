"""What the HTTP face needs of scheduling, as narrow protocols; the runtime satisfies them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime, timedelta

    from runyard.domain.errors import RunyardError
    from runyard.domain.runs import Run
    from runyard.domain.schedules.calendars import Calendar
    from runyard.domain.schedules.model import Decision, Occurrence, Schedule, ScheduleVersion
    from runyard.domain.schedules.spec import ScheduleSpec
    from runyard.domain.schedules.timeline import Timeline
    from runyard.runtime.schedules.upcoming import ComingPage, Density
    from runyard.store.occurrences import Outcome
    from runyard.store.schedule_briefs import ScheduleBrief


class OccurrencePageLike(Protocol):
    @property
    def items(self) -> Sequence[Occurrence]: ...

    @property
    def next_cursor(self) -> str | None: ...


class ExplanationLike(Protocol):
    @property
    def schedule(self) -> Schedule: ...

    @property
    def at(self) -> datetime: ...

    @property
    def occurrence(self) -> Occurrence | None: ...

    @property
    def sentence(self) -> str: ...


class CalendarLike(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def calendar(self) -> Calendar: ...

    @property
    def author(self) -> str: ...

    @property
    def updated_at(self) -> datetime: ...


class SchedulesPort(Protocol):
    """Schedules and their ledger. Every change answers the schedule as it is after it."""

    @property
    def default_zone(self) -> str:
        """The zone of schedules that name none."""

    async def list(
        self,
        *,
        task_id: str | None = None,
        q: str | None = None,
        paused: bool | None = None,
        broken: bool | None = None,
    ) -> Sequence[Schedule]:
        """By id."""

    async def page(
        self,
        *,
        task_id: str | None,
        q: str | None,
        paused: bool | None,
        broken: bool | None,
        after: str | None,
        limit: int,
    ) -> Sequence[Schedule]:
        """As `list`, those whose id comes after `after`, at most `limit`."""

    async def of_tasks(self, task_ids: Collection[str]) -> Mapping[str, Sequence[ScheduleBrief]]:
        """By task, each by id and at most 100; a task without a schedule is left out."""

    async def names(self, task_ids: Collection[str]) -> Mapping[str, set[str]]:
        """The names that their schedules have, by task."""

    async def get(self, ref: str) -> Schedule:
        """By id, or by the id of a task that has exactly one."""

    async def create(
        self, *, task_id: str, name: str, spec: ScheduleSpec, author: str, message: str = ""
    ) -> Schedule: ...

    async def create_many(
        self, new: Sequence[tuple[str, str, ScheduleSpec]], *, author: str, message: str = ""
    ) -> Sequence[Schedule | RunyardError]:
        """Of each (task id, name, spec): the schedule, or why there is none."""

    async def replace(
        self,
        schedule_id: str,
        spec: ScheduleSpec,
        *,
        expected_version: int | None,
        author: str,
        message: str = "",
    ) -> Schedule: ...

    async def delete(self, schedule_id: str, *, author: str) -> None: ...

    async def versions(self, schedule_id: str) -> Sequence[ScheduleVersion]:
        """Newest first."""

    async def pause(self, schedule_id: str, *, reason: str, by: str) -> Schedule: ...

    async def resume(self, schedule_id: str, *, by: str) -> Schedule: ...

    async def trigger(
        self, schedule_id: str, *, params: dict[str, Any] | None = None, by: str
    ) -> Run: ...

    async def skip_next(self, schedule_id: str, *, count: int = 1, by: str) -> Schedule: ...

    async def backfill(
        self,
        schedule_id: str,
        *,
        start: datetime,
        end: datetime,
        by: str,
        dry_run: bool = False,
    ) -> Sequence[Occurrence]: ...

    async def occurrences(
        self,
        schedule_id: str,
        *,
        decisions: Sequence[Decision] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> OccurrencePageLike:
        """Newest first."""

    async def newest_occurrences(
        self,
        schedule_ids: Collection[str],
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int,
    ) -> Sequence[Outcome]:
        """Of each the newest first."""

    async def why(self, schedule_id: str, at: datetime) -> ExplanationLike: ...

    def timeline(
        self, spec: ScheduleSpec, *, schedule_id: str, anchor: datetime | None = None
    ) -> Timeline: ...


class CalendarsPort(Protocol):
    async def all(self) -> Sequence[CalendarLike]:
        """By name."""

    async def get(self, name: str) -> CalendarLike: ...

    async def save(self, name: str, calendar: Calendar, *, author: str) -> None: ...

    async def delete(self, name: str) -> None: ...


class UpcomingPort(Protocol):
    async def next_fires(
        self,
        *,
        until: datetime,
        limit: int,
        since: datetime | None = None,
        task_id: str | None = None,
        skipped: bool = True,
    ) -> ComingPage: ...

    async def density(
        self, *, start: datetime, end: datetime, bucket: timedelta, task_id: str | None = None
    ) -> Density: ...
