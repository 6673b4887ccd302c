"""Definitions that are not saved: check them, change their settings, run them."""

from datetime import timedelta
from typing import Annotated, Any

from starlette.requests import Request
from starlette.responses import Response

from runyard.api.answers import RunAnswer
from runyard.api.calls import caller_of, service_of
from runyard.api.draft_answers import DraftCheckAnswer, DraftContentAnswer, DraftSettingsAnswer
from runyard.api.draft_models import CheckDraftBody, DraftSettingsBody, RunDraftBody
from runyard.api.encoding import spec_dict
from runyard.api.idempotency import check_key
from runyard.api.marks import Header, Query
from runyard.api.models import WaitQuery
from runyard.api.operations import Operations
from runyard.api.responses import json_answer
from runyard.api.routes.runs import run_answer
from runyard.api.schedule_encoding import due_fire_dict
from runyard.runtime.draft_checks import DraftCheck, DraftProblem, DraftSchedule
from runyard.runtime.requests import SubmitRequest

drafts = Operations("drafts")

Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=200)]
Wait = Annotated[WaitQuery, Query()]

_OTHERS: dict[int | str, dict[str, Any]] = {
    200: {"model": RunAnswer, "description": "The run that this Idempotency-Key made before"},
    202: {"model": RunAnswer, "description": "Submitted, and not over when the wait was"},
}


@drafts.on("POST", "/drafts/check", answers=DraftCheckAnswer)
async def check_draft(request: Request, body: CheckDraftBody) -> Response:
    """What is wrong with a definition, what it means, and when it would run by itself.

    Nothing is saved, and nothing of it is imported or run. What is wrong is told in `problems`;
    the call itself only fails when it can't be read.
    """
    checks = service_of(request).drafts.checks
    if body.content is not None:
        checked = await checks.script(body.content, task_id=body.task_id, new=body.new)
    else:
        checked = await checks.typed(
            body.executor,
            config=body.config,
            settings=body.settings,
            task_id=body.task_id,
            new=body.new,
        )
    return json_answer(_check_dict(checked))


@drafts.on("POST", "/drafts/settings", answers=DraftSettingsAnswer)
async def edit_draft_settings(request: Request, body: DraftSettingsBody) -> Response:
    """Change settings in a script's text; comments, order and all other bytes stay as they are.

    A block is added where there is none. Wrong values are written all the same, and told in
    `problems`; a block that can't be edited is refused (422).
    """
    edited = await service_of(request).drafts.edit(body.content, body.changes)
    problems = [_problem_dict(problem) for problem in edited.problems]
    return json_answer({"content": edited.content, "problems": problems})


@drafts.on("POST", "/drafts/run", answers=RunAnswer, status=201, errors=(404, 409), others=_OTHERS)
async def run_draft(request: Request, body: RunDraftBody, query: Wait, key: Key = None) -> Response:
    """Run a script's text as it is, without saving it.

    The run has `draft: true` and no `task_version`. It never holds up runs of its task, nor is it
    held by a pause of it; limits of queues count. A rerun of it runs the same text.
    """
    wanted = SubmitRequest(
        task_id=body.task_id,
        params=body.params,
        argv=None if body.argv is None else tuple(body.argv),
        if_busy=body.if_busy,
        labels=tuple(body.labels),
        timeout=body.timeout,
        idempotency_key=check_key(key),
    )
    service = service_of(request)
    submitted = await service.drafts.run(body.content, wanted, by=caller_of(request))
    run = submitted.run
    status = 201 if submitted.created else 200
    if query.wait and not run.status.is_final:
        run = await service.wait(run.id, timeout=timedelta(seconds=query.wait))
        status = status if run.status.is_final else 202
    return await run_answer(request, run, status=status, located=True)


@drafts.on("GET", "/runs/{run_id}/draft", answers=DraftContentAnswer, errors=(404, 409))
async def read_draft_of_run(request: Request, run_id: str) -> Response:
    """The text that a draft run executes."""
    service = service_of(request)
    run = await service.run(run_id)
    content = await service.drafts.content(run)
    return json_answer(
        {
            "run_id": run.id,
            "task_id": run.task_id,
            "content": content,
            "content_hash": run.draft,
        }
    )


@drafts.on("GET", "/drafts/schema", answers=dict[str, Any])
async def read_settings_schema(request: Request) -> Response:
    """The JSON Schema of `[tool.runyard]`: every key with description, default and examples.

    `x-place` is `block` for keys that stand above the section, at the top of the block.
    """
    del request
    # Only editors ask for it: the server starts without what makes schemas.
    from runyard.definitions.settings_schema import settings_schema  # noqa: PLC0415

    return json_answer(settings_schema())


def _check_dict(checked: DraftCheck) -> dict[str, Any]:
    spec = spec_dict(checked.spec)
    return {
        "problems": [_problem_dict(problem) for problem in checked.problems],
        "settings": checked.read.settings,
        "parameters": spec["parameters"],
        "dependencies": checked.read.dependencies,
        "requires_python": checked.read.requires_python,
        "spec": spec,
        "schedules": [_schedule_dict(schedule) for schedule in checked.schedules],
    }


def _problem_dict(problem: DraftProblem) -> dict[str, Any]:
    return {
        "field": problem.field,
        "line": problem.line,
        "column": problem.column,
        "severity": problem.severity,
        "message": problem.message,
        "hint": problem.hint,
    }


def _schedule_dict(schedule: DraftSchedule) -> dict[str, Any]:
    return {
        "name": schedule.name,
        "kind": schedule.kind,
        "summary": schedule.summary,
        "timezone": schedule.timezone,
        "next": [due_fire_dict(one) for one in schedule.next],
        "problems": [_problem_dict(problem) for problem in schedule.problems],
    }
