"""Runs: read, list, cancel, rerun."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from runyard.api.answers import CancelledAnswer, RunAnswer, RunPageAnswer
from runyard.api.calls import caller_of, face_of, service_of
from runyard.api.encoding import page_bytes, run_bytes
from runyard.api.marks import Query
from runyard.api.models import (
    CancelBody,
    CancelManyBody,
    RerunBody,
    RunsQuery,
    WaitQuery,
)
from runyard.api.operations import PREFIX, Operations
from runyard.api.paging import checked_cursor
from runyard.api.responses import JsonBytes, json_answer
from runyard.api.run_filters import run_filter
from runyard.domain.runs import Run

runs = Operations("runs")


async def run_answer(
    request: Request, run: Run, *, status: int = 200, located: bool = False
) -> JsonBytes:
    """One run in full; `located` tells its address."""
    face = face_of(request)
    service = face.service()
    headers = {"location": f"{PREFIX}/runs/{quote(run.id)}"} if located else None
    body = face.full_runs.get(run)
    if body is None:
        attempts = await service.attempts(run.id) if run.attempt else ()
        body = run_bytes(face.items.of(run), run, attempts=attempts, waiting_for=service.why(run))
        if run.status.is_final:  # nothing about it changes any more without a new `seq`
            face.full_runs.keep(run, body)
    return JsonBytes(body, status=status, headers=headers)


@runs.on("GET", "/runs/{run_id}", answers=RunAnswer, errors=(404, 409))
async def read_run(request: Request, run_id: str) -> Response:
    """One run with its attempts.

    `run_id` may be any unique beginning or end of the id with 4 characters or more.
    """
    service = service_of(request)
    return await run_answer(request, await service.run(run_id))


@runs.on("GET", "/runs", answers=RunPageAnswer)
async def list_runs(request: Request, query: Annotated[RunsQuery, Query()]) -> Response:
    """Runs, newest first, a page at a time."""
    face = face_of(request)
    page = await face.service().runs(
        run_filter(query), cursor=checked_cursor(query.cursor), limit=query.limit
    )
    return JsonBytes(page_bytes(map(face.items.of, page.items), page.next_cursor))


@runs.on("POST", "/runs/{run_id}/cancel", answers=RunAnswer, errors=(404, 409))
async def cancel_run(request: Request, run_id: str, body: CancelBody | None = None) -> Response:
    """Cancel a run.

    A waiting run is cancelled at once. Of a running one the whole process tree is ended, and the
    status says `cancelled` only when it is dead. Cancelling a cancelled run changes nothing.
    """
    service = service_of(request)
    reason = body.reason if body else ""
    run = await service.cancel(run_id, reason=reason, by=caller_of(request))
    return await run_answer(request, run)


@runs.on("POST", "/runs/cancel", answers=CancelledAnswer)
async def cancel_runs(request: Request, body: CancelManyBody) -> Response:
    """Cancel all runs that match and are not over."""
    ids = await service_of(request).cancel_matching(
        run_filter(body.filter), reason=body.reason, by=caller_of(request)
    )
    return json_answer({"count": len(ids), "ids": ids})


@runs.on("POST", "/runs/{run_id}/rerun", answers=RunAnswer, status=201, errors=(404, 409))
async def rerun_run(
    request: Request,
    run_id: str,
    query: Annotated[WaitQuery, Query()],
    body: RerunBody | None = None,
) -> Response:
    """Run it again, with the same parameters or others, as a new run."""
    service = service_of(request)
    asked = body or RerunBody()
    run = await service.rerun(
        run_id,
        params=asked.params,
        argv=None if asked.argv is None else tuple(asked.argv),
        exact=asked.exact,
        by=caller_of(request),
    )
    if query.wait:
        run = await service.wait(run.id, timeout=timedelta(seconds=query.wait))
    return await run_answer(request, run, status=201, located=True)
