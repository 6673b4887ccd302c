"""Does what a sentence asks for: finds the task that is meant, says what would be done, does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never

from runyard.domain.errors import Conflict, NotFound
from runyard.domain.intents.matching import Known, match
from runyard.domain.intents.model import Intent, IntentKind, When
from runyard.domain.intents.reading import read
from runyard.domain.intents.telling import told, unsure
from runyard.domain.schedules.spec import CatchUp, Overlap, ScheduleSpec
from runyard.domain.schedules.zones import find_zone
from runyard.runtime.clock import Clock, SystemClock
from runyard.runtime.instructions import NAME, Instructions
from runyard.runtime.interpretation import Candidate, Interpretation, Sentence
from runyard.runtime.requests import SubmitRequest
from runyard.runtime.service import Service
from runyard.store import RunFilter

_ANYONE = "default"  # whose an instruction is that no user is named for
_LISTED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What would be done; `problem` is raised when it is confirmed all the same."""

    kind: IntentKind
    understood: str
    target: Candidate | None = None
    when: When | None = None
    candidates: tuple[Candidate, ...] = ()
    problem: Conflict | NotFound | None = None


class Interpreter:
    """Reads sentences over one Service; nothing is kept between them."""

    def __init__(self, service: Service, *, clock: Clock | None = None) -> None:
        self._service = service
        self._instructions = Instructions(service)
        self._clock = clock or SystemClock()

    async def interpret(self, sentence: Sentence, *, by: str) -> Interpretation:
        """What is understood; done only when the sentence is confirmed and its meaning is clear.

        Raises Invalid for what can't be read, and for one that is confirmed: Conflict where
        several tasks may be meant, NotFound where none is, and what the doing raises.
        """
        zone = find_zone(self._service.schedules.default_zone)
        intent = read(sentence.text, now=self._clock.now().astimezone(zone))
        known = await self._known(sentence.user_id)
        plan = _planned(intent, known, sentence.target)
        result: dict[str, Any] | None = None
        if sentence.confirm:
            if plan.problem is not None:
                raise plan.problem
            result = await self._do(plan, intent.subject, sentence.user_id or _ANYONE, by)
        return Interpretation(
            intent=plan.kind,
            language=intent.language,
            subject=intent.subject,
            understood=plan.understood,
            sure=plan.problem is None,
            target=plan.target,
            when=plan.when,
            timezone=zone.key,
            candidates=plan.candidates,
            done=sentence.confirm,
            result=result,
        )

    async def _known(self, user_id: str | None) -> list[Candidate]:
        """Instructions of the user (None: of all) that are not cancelled, and all other tasks."""
        rows = await self._instructions.of_user(user_id)
        tasks = {task.id: task for task in await self._service.catalog.list()}
        found = [
            Candidate(id=row.key, kind="definition", title=row.value["content"])
            for row in rows
            if row.key in tasks and not row.value.get("cancelled")
        ]
        found += [
            Candidate(id=task.id, kind="task", title=task.spec.title or task.id)
            for task in tasks.values()
            if NAME not in task.spec.labels
        ]
        return found

    async def _do(self, plan: _Plan, subject: str, user_id: str, by: str) -> dict[str, Any]:
        target = plan.target
        if plan.kind is IntentKind.LIST:
            return {"count": len(plan.candidates)}
        if target is None:
            return {"task_id": await self._create(subject, plan.when or When(), user_id)}
        if target.kind == "definition":
            return await self._steer(plan.kind, target.id)
        return await self._steer_task(plan.kind, target.id, by)

    async def _create(self, content: str, when: When, user_id: str) -> str:
        kind, arguments = _trigger(when)
        return await self._instructions.add(
            user_id=user_id,
            content=content,
            spec=_spec(when, self._clock.now()),
            trigger_type=kind,
            trigger_args=arguments,
        )

    async def _steer(self, kind: IntentKind, definition_id: str) -> dict[str, Any]:
        done: dict[str, Any] = {"task_id": definition_id}
        match kind:
            case IntentKind.PAUSE:
                await self._instructions.pause(definition_id)
            case IntentKind.RESUME:
                await self._instructions.resume(definition_id)
            case IntentKind.CANCEL:
                await self._instructions.cancel(definition_id)
            case IntentKind.TRIGGER:
                done["run_id"] = (await self._instructions.trigger(definition_id)).id
            case IntentKind.CREATE | IntentKind.LIST:
                pass  # has no target
            case _:
                assert_never(kind)
        return done

    async def _steer_task(self, kind: IntentKind, task_id: str, by: str) -> dict[str, Any]:
        done: dict[str, Any] = {"task_id": task_id}
        match kind:
            case IntentKind.PAUSE:
                await self._service.pause_task(task_id, by=by)
            case IntentKind.RESUME:
                await self._service.resume_task(task_id, by=by)
            case IntentKind.CANCEL:
                live = RunFilter(task_ids=(task_id,))
                ended = await self._service.cancel_matching(
                    live, reason="cancelled in words", by=by
                )
                done["cancelled_runs"] = ended
            case IntentKind.TRIGGER:
                asked = SubmitRequest(task_id=task_id)
                done["run_id"] = (await self._service.submit(asked, by=by)).run.id
            case IntentKind.CREATE | IntentKind.LIST:
                pass  # has no target
            case _:
                assert_never(kind)
        return done


def _planned(intent: Intent, known: Sequence[Candidate], target_id: str | None) -> _Plan:
    match intent.kind:
        case IntentKind.LIST:
            listed = tuple(known[:_LISTED])
            return _Plan(
                kind=intent.kind,
                understood=told(intent.kind, intent.language, ""),
                candidates=listed,
            )
        case IntentKind.CREATE:
            return _creating(intent)
        case _:
            return _steering(intent, known, target_id)


def _creating(intent: Intent) -> _Plan:
    when = intent.when or When()
    understood = told(IntentKind.CREATE, intent.language, intent.subject, when)
    return _Plan(kind=IntentKind.CREATE, understood=understood, when=when)


def _steering(intent: Intent, known: Sequence[Candidate], target_id: str | None) -> _Plan:
    by_id = {one.id: one for one in known}
    if target_id is not None:
        chosen = by_id.get(target_id)
        if chosen is None:
            raise NotFound(f"there is no task {target_id!r}", task_id=target_id)
        return _certain(intent, chosen, (chosen,))
    matches = match(
        intent.subject, [Known(id=one.id, texts=(one.title, one.name)) for one in known]
    )
    likely = tuple(by_id[one.id].scored(one.score) for one in matches.likely)
    if matches.sure is not None:
        return _certain(intent, by_id[matches.sure.id].scored(matches.sure.score), likely)
    if not likely and intent.kind is IntentKind.TRIGGER and intent.subject:
        return _creating(intent)  # nothing like it is known: something new, done once
    return _uncertain(intent, likely)


def _certain(intent: Intent, target: Candidate, likely: tuple[Candidate, ...]) -> _Plan:
    understood = told(intent.kind, intent.language, target.title)
    return _Plan(kind=intent.kind, understood=understood, target=target, candidates=likely)


def _uncertain(intent: Intent, likely: tuple[Candidate, ...]) -> _Plan:
    understood = unsure(intent.language, intent.subject, several=bool(likely))
    candidates = [one.plain() for one in likely]
    problem: Conflict | NotFound = (
        Conflict(understood, hint="say it closer, or name one as target", candidates=candidates)
        if likely
        else NotFound(understood, hint="list your tasks to see what they are called")
    )
    return _Plan(kind=intent.kind, understood=understood, candidates=likely, problem=problem)


def _trigger(when: When) -> tuple[str, dict[str, Any] | None]:
    """The words of the Task Control Service for it."""
    if when.every is not None:
        return "LOOP", {"interval": when.every.total_seconds()}
    if when.cron is not None:
        return "LOOP", {"cron": when.cron}
    if when.at is not None:
        return "SCHEDULED", {"run_date": when.at.isoformat()}
    return "IMMEDIATE", None


def _spec(when: When, now: datetime) -> ScheduleSpec | None:
    """None: at once. Firings that were missed are not made up for, but a date is."""
    if when.is_now:
        return None
    if when.at is not None:
        return ScheduleSpec(at=when.at, overlap=Overlap.ALLOW_ALL, catch_up=CatchUp.LAST)
    start = when.start or (now if when.every else None)
    return ScheduleSpec(
        every=when.every,
        cron=when.cron,
        start=start,
        overlap=Overlap.ALLOW_ALL,
        catch_up=CatchUp.NONE,
    )
