"""Submitting runs: of a task, one-off, many at once; each may wait for the outcome."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any

from starlette.requests import Request
from starlette.responses import Response

from runyard.api.answers import BulkAnswer, RunAnswer
from runyard.api.calls import caller_of, service_of
from runyard.api.entries import bulk_body, groups_of, request_of, run_request_of
from runyard.api.idempotency import check_key
from runyard.api.marks import Header, Query
from runyard.api.models import BulkBody, RunBody, SubmitBody, WaitQuery
from runyard.api.operations import Operations
from runyard.api.responses import json_answer
from runyard.api.routes.runs import run_answer
from runyard.domain.errors import RunyardError
from runyard.runtime.requests import AlikeRequests, SubmitRequest, Submitted, can_be_bulk

submission = Operations("runs")

Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=200)]
Wait = Annotated[WaitQuery, Query()]

_ALIKE_AT_LEAST = 8  # entries a group, on average; below, each alone costs no more

_OTHERS: dict[int | str, dict[str, Any]] = {
    200: {"model": RunAnswer, "description": "The run that this Idempotency-Key made before"},
    202: {"model": RunAnswer, "description": "Submitted, and not over when the wait was"},
}


@submission.on(
    "POST",
    "/tasks/{task_id}/runs",
    answers=RunAnswer,
    status=201,
    errors=(404, 409),
    others=_OTHERS,
)
async def submit_run(
    request: Request, task_id: str, query: Wait, key: Key = None, body: SubmitBody | None = None
) -> Response:
    """Run a task.

    With `?wait=SECONDS` the answer is the finished run (201), or 202 with the state so far. A
    repeated `Idempotency-Key` answers the first run (200).
    """
    asked = body or SubmitBody()
    wanted = request_of(asked, task_id=task_id, idempotency_key=check_key(key))
    return await _submit(request, wanted, wait=query.wait)


@submission.on("POST", "/runs", answers=RunAnswer, status=201, errors=(404, 409), others=_OTHERS)
async def submit_one_off(request: Request, body: RunBody, query: Wait, key: Key = None) -> Response:
    """Run an executor once with a configuration, without a task; or a task by its id."""
    wanted = run_request_of(body, idempotency_key=check_key(key))
    return await _submit(request, wanted, wait=query.wait)


async def _submit(request: Request, wanted: SubmitRequest, *, wait: float) -> Response:
    service = service_of(request)
    submitted = await service.submit(wanted, by=caller_of(request))
    run = submitted.run
    status = 201 if submitted.created else 200
    if wait and not run.status.is_final:
        run = await service.wait(run.id, timeout=timedelta(seconds=wait))
        status = status if run.status.is_final else 202
    return await run_answer(request, run, status=status, located=True)


@submission.on("POST", "/runs/bulk", answers=BulkAnswer, status=201, quick=bulk_body)
async def submit_bulk(request: Request, body: BulkBody) -> Response:
    """Submit up to 10,000 runs.

    `ids` is in the order of the request, null where an entry could not be submitted; `errors` says
    why. What is right is submitted whatever else is wrong.
    """
    groups, wrong = groups_of(body.runs)
    answers = {**await _submit_groups(request, groups), **wrong}
    ids: list[str | None] = [None] * len(body.runs)
    errors: list[dict[str, Any]] = []
    for index, answer in answers.items():
        if type(answer) is str:
            ids[index] = answer
        elif isinstance(answer, RunyardError):
            errors.append({"index": index, "code": answer.code, "message": answer.message})
    errors.sort(key=lambda error: int(error["index"]))
    return json_answer({"ids": ids, "errors": errors}, status=201)


async def _submit_groups(
    request: Request, groups: Sequence[AlikeRequests]
) -> Mapping[int, str | RunyardError]:
    service, caller = service_of(request), caller_of(request)
    wanted = sum(len(group.places) for group in groups)
    if len(groups) * _ALIKE_AT_LEAST <= wanted and all(can_be_bulk(g.request) for g in groups):
        return await service.submit_alike(groups, by=caller)
    by_place = dict(pair for group in groups for pair in group.one_by_one())
    places = sorted(by_place)
    answers = await service.submit_many([by_place[place] for place in places], by=caller)
    return {
        place: answer.run.id if isinstance(answer, Submitted) else answer
        for place, answer in zip(places, answers, strict=True)
    }
