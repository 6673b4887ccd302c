"""Checks of definitions that are not saved: what is wrong with them, and what they would do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from runyard.definitions.draft import ReadDraft, WrittenSchedule, read_draft, read_typed_draft
from runyard.definitions.source import MAX_BYTES, encode_source, too_large
from runyard.definitions.task_ids import check_task_id
from runyard.domain.errors import Invalid, NotFound, RunyardError
from runyard.domain.schedules.words import describe
from runyard.domain.tasks import Problem, Task, TaskSource, TaskSpec
from runyard.executors.registry import Executors
from runyard.runtime.clock import Clock
from runyard.runtime.schedules.coming import Coming
from runyard.runtime.schedules.previews import Plans, Previews

if TYPE_CHECKING:
    from runyard.domain.schedules.spec import ScheduleSpec
    from runyard.runtime.catalog import Catalog

NAMELESS = "draft"
"""What a draft without a task id goes by."""

Kind = Literal["at", "every", "cron", "rrule"]

_KINDS: tuple[Kind, ...] = ("at", "every", "cron", "rrule")
_FIRES = 3
_LOOK_AHEAD_S = 2.0  # for all schedules of one draft together


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftProblem:
    """`field` is the setting (`tool.runyard.timeout`, or a JSON path of a typed task), `python`
    for what Python can't compile, `content`, `script` (the block as a whole) or `task_id`.
    """

    field: str
    message: str
    severity: Severity = Severity.ERROR
    line: int | None = None
    column: int | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftSchedule:
    """`kind` None: it can't be read, and `problems` say why."""

    name: str
    kind: Kind | None
    summary: dict[str, str] | None  # in words, by language
    timezone: str | None
    next: tuple[Coming, ...]
    problems: tuple[DraftProblem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftCheck:
    """`spec` is what applies: wrong settings are left out of it."""

    problems: tuple[DraftProblem, ...]
    read: ReadDraft
    spec: TaskSpec
    schedules: tuple[DraftSchedule, ...]


class DraftChecks:
    """Saves nothing and runs nothing; what is wrong is answered, never raised."""

    def __init__(
        self, *, catalog: Catalog, executors: Executors, plans: Plans, clock: Clock
    ) -> None:
        self._catalog = catalog
        self._executors = executors
        self._plans = plans
        self._clock = clock
        # Compiling a large text keeps everything else waiting; editors ask with every pause.
        self._one_at_a_time = asyncio.Lock()

    async def script(self, content: str, *, task_id: str | None, new: bool) -> DraftCheck:
        """`new`: the task is to be made; else the one that there is, is edited."""
        named = self._name_problems(task_id, new=new)
        wrong = _unusable(content)
        if wrong is not None and len(content) > MAX_BYTES:
            return _unread(NAMELESS, (*named, wrong))
        read = await self._read(task_id or NAMELESS, content)
        mine = named if wrong is None else (*named, wrong)
        return await self._checked(read, mine, task_id=task_id)

    async def typed(
        self,
        executor: str,
        *,
        config: Mapping[str, Any],
        settings: Mapping[str, Any],
        task_id: str | None,
        new: bool,
    ) -> DraftCheck:
        """The same for a task of another type than `script`."""
        named = self._name_problems(task_id, new=new)
        read = await asyncio.to_thread(read_typed_draft, executor, settings)
        filled, wrong = await asyncio.to_thread(self._config, executor, config)
        spec = replace(read.spec, config=filled, title=read.spec.title or task_id or NAMELESS)
        return await self._checked(replace(read, spec=spec), (*named, *wrong), task_id=task_id)

    async def problems(self, content: str) -> tuple[DraftProblem, ...]:
        """What is wrong with the text itself."""
        wrong = _unusable(content)
        if wrong is not None:
            return (wrong,)
        return tuple(map(_told, (await self._read(NAMELESS, content)).problems))

    async def _read(self, task_id: str, content: str) -> ReadDraft:
        async with self._one_at_a_time:
            return await asyncio.to_thread(read_draft, task_id, content)

    def _config(
        self, executor: str, config: Mapping[str, Any]
    ) -> tuple[dict[str, Any], list[DraftProblem]]:
        try:
            return self._executors.get(executor).check_config(config), []
        except NotFound as error:
            wrong = DraftProblem(field="$.executor", message=error.message, hint=error.hint)
            return dict(config), [wrong]
        except Invalid as error:
            problems = error.facts.get("problems") or [{"where": "$", "message": error.message}]
            return dict(config), [
                DraftProblem(field=_in_config(str(one.get("where", ""))), message=one["message"])
                for one in problems
            ]

    def _name_problems(self, task_id: str | None, *, new: bool) -> tuple[DraftProblem, ...]:
        if task_id is None:
            return ()
        try:
            name = check_task_id(task_id)
        except Invalid as error:
            wrong = DraftProblem(field="task_id", message=error.message, hint=error.hint)
            return (wrong,)
        if name.startswith("_"):
            message = "files that start with '_' are not tasks"
            return (DraftProblem(field="task_id", message=message),)
        if new and self._catalog.known(name) is not None:
            message = f"there is a task {name!r} already"
            return (DraftProblem(field="task_id", message=message, hint="choose another id"),)
        return ()

    async def _checked(
        self, read: ReadDraft, more: tuple[DraftProblem, ...], *, task_id: str | None
    ) -> DraftCheck:
        problems = [*more, *map(_told, read.problems)]
        task = _as_task(task_id or NAMELESS, read, now=self._clock.now())
        previews = Previews(self._plans, _Only(task), clock=self._clock)
        until = time.monotonic() + _LOOK_AHEAD_S
        schedules = []
        for written in read.schedules:
            hasty = time.monotonic() > until
            schedule, found = await self._schedule(written, task, previews, hasty=hasty)
            schedules.append(schedule)
            problems += found
        problems.sort(key=lambda problem: problem.line or 0)
        return DraftCheck(
            problems=tuple(problems), read=read, spec=read.spec, schedules=tuple(schedules)
        )

    async def _schedule(
        self, written: WrittenSchedule, task: Task, previews: Previews, *, hasty: bool
    ) -> tuple[DraftSchedule, list[DraftProblem]]:
        """A schedule, and the problems of it that reading alone did not show."""
        spec = written.spec
        known = tuple(map(_told, written.problems))
        blank = DraftSchedule(
            name=written.name, kind=None, summary=None, timezone=None, next=(), problems=known
        )
        if spec is None:
            return blank, []
        kind = next(kind for kind in _KINDS if getattr(spec, kind) is not None)
        if hasty:
            message = f"schedule {written.name!r}: its next fires were not looked for: too many"
            found = [_at(written.place, message, severity=Severity.WARNING)]
            return replace(blank, kind=kind, problems=(*known, *found)), found
        try:
            preview = await previews.preview(
                spec, count=_FIRES, after=None, language="en", task_id=task.id, name=written.name
            )
        except RunyardError as error:
            message = f"schedule {written.name!r}: {error.message}"
            found = [_at(written.place, message, hint=error.hint)]
            return replace(blank, kind=kind, problems=(*known, *found)), found
        found = [
            _at(
                written.place,
                f"schedule {written.name!r}: {problem['message']}",
                severity=Severity.ERROR if preview.fires else Severity.WARNING,
            )
            for problem in preview.problems
        ]
        schedule = DraftSchedule(
            name=written.name,
            kind=kind,
            summary=_summary(spec, preview.description, key=f"{task.id}:{written.name}"),
            timezone=preview.timezone,
            next=preview.fires,
            problems=(*known, *found),
        )
        return schedule, found


class _Only:
    """The tasks, when there is only this one."""

    def __init__(self, task: Task) -> None:
        self._task = task

    async def get(self, task_id: str) -> Task:  # noqa: ARG002 - it is the only one
        return self._task


def _as_task(task_id: str, read: ReadDraft, *, now: datetime) -> Task:
    """The draft as the task that it would become."""
    return Task(
        id=task_id,
        source=TaskSource.FILE,
        spec=read.spec,
        version=1,
        problems=read.problems,
        created_at=now,
        updated_at=now,
    )


def _unread(task_id: str, problems: tuple[DraftProblem, ...]) -> DraftCheck:
    spec = TaskSpec(title=task_id)
    read = ReadDraft(spec=spec, problems=())
    return DraftCheck(problems=problems, read=read, spec=spec, schedules=())


def _unusable(content: str) -> DraftProblem | None:
    """Why the text can't be a file, if it can't."""
    try:
        if len(content) > MAX_BYTES:  # before it is encoded
            raise too_large()
        encode_source(content)
    except Invalid as error:
        line = error.facts.get("line")
        return DraftProblem(field="content", message=error.message, line=line, hint=error.hint)
    return None


def _in_config(where: str) -> str:
    inner = where.removeprefix("$")
    return f"$.config{inner}" if inner[:1] in ("", ".", "[") else f"$.config.{inner}"


def _told(problem: Problem) -> DraftProblem:
    return DraftProblem(
        field=problem.where, message=problem.message, line=problem.line, column=problem.column
    )


def _at(
    place: Problem, message: str, *, severity: Severity = Severity.ERROR, hint: str | None = None
) -> DraftProblem:
    return DraftProblem(
        field=place.where,
        message=message,
        severity=severity,
        line=place.line,
        column=place.column,
        hint=hint,
    )


def _summary(spec: ScheduleSpec, english: str, *, key: str) -> dict[str, str]:
    return {"en": english, "zh": describe(spec, "zh", key=key)}
