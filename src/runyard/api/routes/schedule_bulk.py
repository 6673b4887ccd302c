"""Making many schedules in one call."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

import orjson
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from runyard.api.calls import caller_of, service_of
from runyard.api.operations import Operations
from runyard.api.responses import json_answer
from runyard.api.schedule_answers import ScheduleBulkAnswer
from runyard.api.schedule_models import BulkScheduleBody, CreateScheduleBody
from runyard.api.validation import problems_of
from runyard.definitions.schedule_names import DEFAULT
from runyard.definitions.schedule_settings import check_schedule
from runyard.domain.errors import Invalid, RunyardError
from runyard.domain.schedules.model import Schedule
from runyard.domain.schedules.spec import ScheduleSpec
from runyard.runtime.schedules.previews import check_parameters

schedule_bulk = Operations("schedules")


@schedule_bulk.on("POST", "/schedules/bulk", answers=ScheduleBulkAnswer, status=201)
async def create_schedules(request: Request, body: BulkScheduleBody) -> Response:
    """Make up to 10,000 schedules.

    `ids` is in the order of the request, null where an entry could not be made; `errors` says why.
    What is right is made whatever else is wrong.
    """
    # In a thread: each expression is read whole, and there may be 10,000.
    bodies, answers = await asyncio.to_thread(_checked, body.schedules)
    tasks = {task.id: task for task in await service_of(request).catalog.list()}
    for index, (entry, spec) in list(bodies.items()):
        try:
            if task := tasks.get(entry.task_id):
                check_parameters(task, spec)
        except Invalid as error:
            answers[index] = error
            del bodies[index]
    names = _Names(await _taken(request, list(bodies.values())), bodies.values())
    by_message: dict[str, dict[int, tuple[str, str, ScheduleSpec]]] = {}
    for index, (entry, spec) in bodies.items():
        made = (entry.task_id, entry.name or names.free(entry.task_id), spec)
        by_message.setdefault(entry.message, {})[index] = made
    for message, group in by_message.items():
        made_of_group = await service_of(request).schedules.create_many(
            list(group.values()), author=caller_of(request), message=message
        )
        answers.update(zip(group, made_of_group, strict=True))
    return json_answer(_answer(answers), status=201)


_Entry = tuple[CreateScheduleBody, ScheduleSpec]
_Answers = dict[int, Schedule | RunyardError]


def _checked(entries: Sequence[Mapping[str, Any]]) -> tuple[dict[int, _Entry], _Answers]:
    """The entries that are right, by index, and what is wrong with the others.

    What is equal in many is checked once.
    """
    right: dict[int, _Entry] = {}
    wrong: _Answers = {}
    known: dict[bytes, ScheduleSpec] = {}
    for index, entry in enumerate(entries):
        try:
            body = CreateScheduleBody.model_validate(entry, strict=True)
            key = orjson.dumps(body.settings)
            if key not in known:
                known[key] = check_schedule(body.settings)
            right[index] = (body, known[key])
        except ValidationError as error:
            wrong[index] = problems_of(error, model=CreateScheduleBody, what="entry")
        except Invalid as error:
            wrong[index] = error
    return right, wrong


async def _taken(request: Request, entries: Sequence[_Entry]) -> dict[str, set[str]]:
    """The names that schedules have already, by task, of tasks that want a free one."""
    tasks = {body.task_id for body, _ in entries if body.name is None}
    found = await service_of(request).schedules.names(tasks)
    return {task_id: set(found.get(task_id, ())) for task_id in tasks}


class _Names:
    """Free names for schedules without one; a name that is given in the call is not free."""

    def __init__(self, taken: dict[str, set[str]], entries: Any) -> None:
        self._taken = taken
        self._numbers: dict[str, Any] = {}
        for body, _ in entries:
            if body.name is not None and body.task_id in taken:
                taken[body.task_id].add(body.name)

    def free(self, task_id: str) -> str:
        taken = self._taken[task_id]
        # Counted on, so that many unnamed ones of one task do not search from the start again.
        numbers = self._numbers.setdefault(task_id, count(1))
        names = (DEFAULT if number == 1 else f"{DEFAULT}-{number}" for number in numbers)
        return next(name for name in names if name not in taken)


def _answer(answers: _Answers) -> dict[str, Any]:
    ids: list[str | None] = []
    errors = []
    for index in sorted(answers):
        match answers[index]:
            case Schedule() as schedule:
                ids.append(schedule.id)
            case RunyardError() as error:
                ids.append(None)
                errors.append({"index": index, "code": error.code, "message": error.message})
    return {"ids": ids, "errors": errors}
