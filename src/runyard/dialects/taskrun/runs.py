"""Runs of scripts: execute, status, the active ones."""

from __future__ import annotations

import logging
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from runyard.dialects.bodies import read_object
from runyard.dialects.frame import service_of
from runyard.dialects.taskrun import envelope
from runyard.dialects.taskrun.envelope import DIALECT, NAME, ok, refused, said
from runyard.dialects.taskrun.views import (
    SCRIPT,
    find_run,
    find_task,
    new_key,
    run_id_of,
    run_view,
)
from runyard.domain.errors import Busy, Full, IdempotencyMismatch, Invalid, NotFound
from runyard.domain.runs import IfBusy, Run
from runyard.domain.states import RunStatus
from runyard.runtime.requests import SubmitRequest
from runyard.runtime.service import Service
from runyard.store import RunFilter

log = logging.getLogger("runyard.taskrun")

_ACTIVE = (RunStatus.RUNNING, RunStatus.RETRYING)
_LISTED = 500


@DIALECT.on("POST", "/api/tasks/{task_id}/execute")
async def execute(request: Request) -> Response:
    """Accepted and running, or refused; never waiting."""
    service = service_of(request)
    arguments = arguments_of(await read_object(request))
    task_id = request.path_params["task_id"]
    task = await find_task(service, task_id)
    try:
        if task is None:
            service.check_room()
            return refused(envelope.NO_SUCH_TASK)
        run = await _start(service, task.id, arguments)
    except Full:
        return refused(envelope.FULL)
    except Busy:
        return refused(envelope.running_already(task_id))
    except NotFound:  # deleted meanwhile
        return refused(envelope.NO_SUCH_TASK)
    log.info("task %s executed as run %s (%s)", task_id, run.id, run_id_of(run))
    return said(envelope.ACCEPTED, status=202, run_id=run_id_of(run))


async def _start(service: Service, task_id: str, arguments: tuple[str, ...]) -> Run:
    while True:
        request = SubmitRequest(
            task_id=task_id,
            argv=arguments,
            if_busy=IfBusy.REJECT,
            idempotency_key=new_key(),
        )
        try:
            submitted = await service.start(request, by=NAME)
        except IdempotencyMismatch:  # the id is taken: once in some billion
            continue
        if submitted.created:
            return submitted.run


def arguments_of(body: dict[str, Any]) -> tuple[str, ...]:
    """Each element of `params` as text, as Python's `str` writes it."""
    params = body.get("params")
    if params is None:
        return ()
    if not isinstance(params, list):
        raise Invalid("params must be an array")
    return tuple(str(param) for param in params)


@DIALECT.on("GET", "/api/tasks/runs")
async def active_runs(request: Request) -> Response:
    """The scripts that run now, whoever started them."""
    service = service_of(request)
    wanted = RunFilter(statuses=_ACTIVE, executors=(SCRIPT,))
    runs: list[Run] = []
    cursor: str | None = None
    while True:
        page = await service.runs(wanted, cursor=cursor, limit=_LISTED)
        runs += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    return ok([run_view(run) for run in runs])


@DIALECT.on("GET", "/api/tasks/runs/{run_id}")
async def read_run(request: Request) -> Response:
    run = await find_run(service_of(request), request.path_params["run_id"])
    if run is None:
        return refused(envelope.NO_SUCH_RUN, status=404)
    return ok(run_view(run))
