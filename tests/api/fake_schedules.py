"""Schedules in memory, with real timelines, for tests of the HTTP face alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from runyard.domain.errors import Conflict, Invalid, NotFound, RunyardError, StaleEdit
from runyard.domain.schedules.model import Decision, Occurrence, Origin, Schedule, ScheduleVersion
from runyard.domain.schedules.timeline import jitter_of, make_timeline
from runyard.domain.tasks import TaskSource
from runyard.runtime.requests import SubmitRequest
from runyard.runtime.schedules.upcoming import Upcoming
from runyard.store import Change
from runyard.store.occurrences import Outcome
from runyard.store.schedule_briefs import ScheduleBrief

if TYPE_CHECKING:
    from runyard.domain.runs import Run
    from runyard.domain.schedules.calendars import Calendar
    from runyard.domain.schedules.spec import ScheduleSpec
    from runyard.domain.schedules.timeline import Timeline
    from tests.api.fake import FakeService

Made: TypeAlias = list["Schedule | RunyardError"]
Outcomes: TypeAlias = list[Outcome]

FAR = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class FakePage:
    items: Sequence[Occurrence]
    next_cursor: str | None


@dataclass(frozen=True)
class FakeExplanation:
    schedule: Schedule
    at: datetime
    occurrence: Occurrence | None
    sentence: str


@dataclass(frozen=True)
class FakeCalendar:
    name: str
    calendar: Calendar
    author: str
    updated_at: datetime


class FakeCalendars:
    def __init__(self, schedules: FakeSchedules) -> None:
        self._schedules = schedules
        self.known: dict[str, FakeCalendar] = {}

    async def all(self) -> Sequence[FakeCalendar]:
        return [calendar for _, calendar in sorted(self.known.items())]

    async def get(self, name: str) -> FakeCalendar:
        if name not in self.known:
            raise NotFound(f"there is no calendar {name}")
        return self.known[name]

    async def save(self, name: str, calendar: Calendar, *, author: str) -> None:
        self.known[name] = FakeCalendar(name, calendar, author, datetime.now(UTC))

    async def delete(self, name: str) -> None:
        await self.get(name)
        if any(schedule.spec.calendar == name for schedule in self._schedules.all.values()):
            raise Conflict(f"calendar {name} is used")
        del self.known[name]


class Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class FakeSchedules:
    default_zone = "Europe/Berlin"

    def __init__(self, service: FakeService) -> None:
        self._service = service
        self.all: dict[str, Schedule] = {}
        self.history: dict[str, list[ScheduleVersion]] = {}
        self.calendars = FakeCalendars(self)
        self.ledger: list[Occurrence] = []
        self.upcoming = Upcoming(pages=self.due, timeline=self.timeline_of, clock=Clock())

    # What the face asks for

    async def list(
        self,
        *,
        task_id: str | None = None,
        q: str | None = None,
        paused: bool | None = None,
        broken: bool | None = None,
    ) -> Sequence[Schedule]:
        return [
            schedule
            for _, schedule in sorted(self.all.items())
            if task_id in (None, schedule.task_id)
            and (q is None or q in schedule.id)
            and paused in (None, schedule.paused)
            and broken in (None, schedule.problem is not None)
        ]

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
        found = await self.list(task_id=task_id, q=q, paused=paused, broken=broken)
        return [schedule for schedule in found if after is None or schedule.id > after][:limit]

    async def of_tasks(self, task_ids: Collection[str]) -> Mapping[str, Sequence[ScheduleBrief]]:
        found: dict[str, Sequence[ScheduleBrief]] = {}
        for task_id in task_ids:
            if mine := await self.list(task_id=task_id):
                found[task_id] = [
                    ScheduleBrief(id=one.id, next_at=one.next_at, paused=one.paused) for one in mine
                ]
        return found

    async def names(self, task_ids: Collection[str]) -> Mapping[str, set[str]]:
        return {
            task_id: {one.name for one in await self.list(task_id=task_id)} for task_id in task_ids
        }

    async def get(self, ref: str) -> Schedule:
        if ref in self.all:
            return self.all[ref]
        mine = await self.list(task_id=ref)
        if len(mine) > 1:
            raise Conflict(f"task {ref} has {len(mine)} schedules")
        if not mine:
            raise NotFound(f"there is no schedule {ref}")
        return mine[0]

    async def create(
        self,
        *,
        task_id: str,
        name: str,
        spec: ScheduleSpec,
        author: str,
        message: str = "",
        source: TaskSource = TaskSource.API,
    ) -> Schedule:
        await self._service.catalog.get(task_id)
        now = datetime.now(UTC)
        schedule_id = f"{task_id}:{name}"
        if schedule_id in self.all:
            raise Conflict(f"schedule {schedule_id} is there already")
        schedule = Schedule(
            id=schedule_id,
            task_id=task_id,
            name=name,
            source=source,
            spec=spec,
            version=1,
            anchor=now,
            cursor=now,
            next_at=None,
            next_due=None,
            created_at=now,
            updated_at=now,
        )
        return await self._save(schedule, author=author, message=message)

    async def create_many(
        self, new: Sequence[tuple[str, str, ScheduleSpec]], *, author: str, message: str = ""
    ) -> Sequence[Schedule | RunyardError]:
        answers: Made = []
        for task_id, name, spec in new:
            try:
                made = await self.create(
                    task_id=task_id, name=name, spec=spec, author=author, message=message
                )
                answers.append(made)
            except RunyardError as error:
                answers.append(error)
        return answers

    async def replace(
        self,
        schedule_id: str,
        spec: ScheduleSpec,
        *,
        expected_version: int | None,
        author: str,
        message: str = "",
    ) -> Schedule:
        old = await self.get(schedule_id)
        if old.source is not TaskSource.API:
            raise Conflict(f"schedule {schedule_id} stands in its task", hint="edit it there")
        if expected_version not in (None, old.version):
            raise StaleEdit("changed meanwhile", version=old.version)
        new = replace(old, spec=spec, version=old.version + 1)
        return await self._save(new, author=author, message=message)

    async def delete(self, schedule_id: str, *, author: str) -> None:
        if (await self.get(schedule_id)).source is not TaskSource.API:
            raise Conflict(f"schedule {schedule_id} stands in its task", hint="edit it there")
        del self.all[schedule_id]

    async def versions(self, schedule_id: str) -> Sequence[ScheduleVersion]:
        if schedule_id not in self.history:
            raise NotFound(f"there is no schedule {schedule_id}")
        return self.history[schedule_id][::-1]

    async def pause(self, schedule_id: str, *, reason: str, by: str) -> Schedule:
        now = datetime.now(UTC)
        return await self._change(schedule_id, paused=True, pause_reason=reason, paused_at=now)

    async def resume(self, schedule_id: str, *, by: str) -> Schedule:
        return await self._change(schedule_id, paused=False, pause_reason=None, paused_at=None)

    async def trigger(
        self, schedule_id: str, *, params: dict[str, Any] | None = None, by: str
    ) -> Run:
        schedule = await self.get(schedule_id)
        request = SubmitRequest(
            task_id=schedule.task_id, params=schedule.spec.params if params is None else params
        )
        run = (await self._service.submit(request, by=by)).run
        return await self._service.change(replace(run, schedule_id=schedule.id))

    async def skip_next(self, schedule_id: str, *, count: int = 1, by: str) -> Schedule:
        skipped = (await self.get(schedule_id)).skip_next
        return await self._change(schedule_id, skip_next=skipped + count)

    async def backfill(
        self,
        schedule_id: str,
        *,
        start: datetime,
        end: datetime,
        by: str,
        dry_run: bool = False,
    ) -> Sequence[Occurrence]:
        if end > datetime.now(UTC):
            raise Invalid("the window is not over yet")
        schedule = await self.get(schedule_id)
        found = []
        for fire in self.timeline_of(schedule).after(start - timedelta(microseconds=1)):
            if fire.at >= end:
                break
            found.append(occurrence(schedule, fire.at, origin=Origin.BACKFILLED))
        if not dry_run:
            self.ledger += found
        return found

    async def occurrences(
        self,
        schedule_id: str,
        *,
        decisions: Sequence[Decision] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> FakePage:
        rows = sorted(
            (
                row
                for row in self.ledger
                if row.schedule_id == schedule_id
                and (not decisions or row.decision in decisions)
                and (since is None or row.planned_at >= since)
                and (until is None or row.planned_at < until)
            ),
            key=lambda row: row.planned_at,
            reverse=True,
        )
        start = int(cursor or 0)
        more = len(rows) > start + limit
        return FakePage(rows[start : start + limit], str(start + limit) if more else None)

    async def newest_occurrences(
        self,
        schedule_ids: Collection[str],
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int,
    ) -> Sequence[Outcome]:
        found: Outcomes = []
        for schedule_id in schedule_ids:
            page = await self.occurrences(schedule_id, since=since, until=until, limit=limit)
            found += [Outcome(row, None) for row in page.items]
        return found

    async def why(self, schedule_id: str, at: datetime) -> FakeExplanation:
        schedule = await self.get(schedule_id)
        row = next((row for row in self.ledger if row.planned_at == at), None)
        return FakeExplanation(schedule, at, row, "no fire is planned then" if row is None else "")

    def timeline(
        self, spec: ScheduleSpec, *, schedule_id: str, anchor: datetime | None = None
    ) -> Timeline:
        named = self.calendars.known.get(spec.calendar or "")
        return make_timeline(
            spec,
            default_zone=self.default_zone,
            anchor=anchor or datetime.now(UTC),
            key=schedule_id,
            calendar=None if named is None else named.calendar,
        )

    # Beneath

    def timeline_of(self, schedule: Schedule) -> Timeline:
        return self.timeline(schedule.spec, schedule_id=schedule.id, anchor=schedule.anchor)

    async def due(
        self,
        *,
        after: tuple[datetime, str] | None,
        until: datetime,
        task_id: str | None,
        limit: int,
    ) -> Sequence[Schedule]:
        found = sorted((schedule.next_due or FAR, schedule.id) for schedule in self.all.values())
        return [
            self.all[schedule_id]
            for due, schedule_id in found
            if due <= until
            and (after is None or (due, schedule_id) > after)
            and not self.all[schedule_id].paused
            and task_id in (None, self.all[schedule_id].task_id)
        ][:limit]

    async def _change(self, schedule_id: str, **changes: Any) -> Schedule:
        return await self._put(replace(await self.get(schedule_id), **changes))

    async def _save(self, schedule: Schedule, *, author: str, message: str) -> Schedule:
        version = ScheduleVersion(
            schedule_id=schedule.id,
            version=schedule.version,
            spec=schedule.spec,
            author=author,
            message=message,
            created_at=schedule.created_at,
        )
        fire = next(self.timeline_of(schedule).after(schedule.cursor), None)
        due = None
        if fire is not None:
            due = fire.at + jitter_of(schedule.spec, schedule.id, fire.at)
        schedule = replace(schedule, next_at=None if fire is None else fire.at, next_due=due)
        self.history.setdefault(schedule.id, []).append(version)
        return await self._put(schedule)

    async def _put(self, schedule: Schedule) -> Schedule:
        self._service.seq += 1
        schedule = replace(schedule, seq=self._service.seq)
        self.all[schedule.id] = schedule
        await self._service.feed.publish(Change(seq=schedule.seq, kind="schedule", object=schedule))
        return schedule


def occurrence(
    schedule: Schedule,
    at: datetime,
    *,
    decision: Decision = Decision.FIRED,
    origin: Origin = Origin.PLANNED,
    local: str = "",
) -> Occurrence:
    return Occurrence(
        schedule_id=schedule.id,
        planned_at=at,
        planned_local=local or at.isoformat(),
        due_at=at,
        origin=origin,
        decision=decision,
        rule="on time",
        decided_at=at,
    )
