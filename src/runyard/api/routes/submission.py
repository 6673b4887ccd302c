"""Submitting runs: of a task, one-off, many at once; each may wait for the outcome."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

import orjson
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from runyard.api.answers import BulkAnswer, RunAnswer
from runyard.api.calls import caller_of, service_of
from runyard.api.idempotency import check_key
from runyard.api.marks import Header, Query
from runyard.api.models import BulkBody, RunBody, SubmitBody, WaitQuery
from runyard.api.operations import Operations
from runyard.api.responses import json_answer
from runyard.api.routes.runs import run_answer
from runyard.api.validation import problems_of
from runyard.domain.errors import Invalid, RunyardError
from runyard.runtime.requests import SubmitRequest

submission = Operations("runs")

Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=200)]
Wait = Annotated[WaitQuery, Query()]

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
    wanted = _request(asked, task_id=task_id, idempotency_key=check_key(key))
    return await _submit(request, wanted, wait=query.wait)


@submission.on("POST", "/runs", answers=RunAnswer, status=201, errors=(404, 409), others=_OTHERS)
async def submit_one_off(request: Request, body: RunBody, query: Wait, key: Key = None) -> Response:
    """Run an executor once with a configuration, without a task; or a task by its id."""
    wanted = _run_request(body, idempotency_key=check_key(key))
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


@submission.on("POST", "/runs/bulk", answers=BulkAnswer, status=201)
async def submit_bulk(request: Request, body: BulkBody) -> Response:
    """Submit up to 10,000 runs.

    `ids` is in the order of the request, null where an entry could not be submitted; `errors` says
    why. What is right is submitted whatever else is wrong.
    """
    ids: list[str | None] = [None] * len(body.runs)
    errors: list[dict[str, Any]] = []
    wanted: list[SubmitRequest] = []
    places: list[int] = []
    for index, entry in enumerate(body.runs):
        try:
            wanted.append(_run_request(_entry(entry)))
            places.append(index)
        except Invalid as error:
            errors.append(_failure(index, error))
    results = await service_of(request).submit_many(wanted, by=caller_of(request))
    for index, result in zip(places, results, strict=True):
        if isinstance(result, RunyardError):
            errors.append(_failure(index, result))
        else:
            ids[index] = result.run.id
    errors.sort(key=lambda error: int(error["index"]))
    return json_answer({"ids": ids, "errors": errors}, status=201)


def _entry(entry: Mapping[str, Any]) -> RunBody:
    try:
        if _PLAIN.issuperset(entry):  # nothing in it needs JSON's own view of a value
            return RunBody.model_validate(entry, strict=True)
        return RunBody.model_validate_json(orjson.dumps(entry), strict=True)
    except ValidationError as error:
        raise problems_of(error, model=RunBody, what="entry") from None


_PLAIN = frozenset({"task_id", "executor", "config", "params", "priority", "labels", "argv"})


def _failure(index: int, error: RunyardError) -> dict[str, Any]:
    return {"index": index, "code": error.code, "message": error.message}


def _run_request(body: RunBody, *, idempotency_key: str | None = None) -> SubmitRequest:
    return _request(
        body,
        task_id=body.task_id,
        executor=body.executor,
        config=body.config,
        idempotency_key=idempotency_key,
    )


def _request(
    asked: SubmitBody,
    *,
    task_id: str | None,
    executor: str | None = None,
    config: dict[str, Any] | None = None,
    idempotency_key: str | None,
) -> SubmitRequest:
    return SubmitRequest(
        task_id=task_id,
        executor=executor,
        config=config,
        params=asked.params,
        argv=None if asked.argv is None else tuple(asked.argv),
        if_busy=asked.if_busy,
        priority=asked.priority,
        not_before=asked.not_before,
        delay=asked.delay,
        labels=tuple(asked.labels),
        timeout=asked.timeout,
        version=asked.version,
        queue=asked.queue,
        concurrency_key=asked.concurrency_key,
        idempotency_key=idempotency_key,
    )
