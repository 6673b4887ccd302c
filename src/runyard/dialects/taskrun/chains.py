"""Orchestrated tasks: ordered scripts with a context that is passed on, under integer ids."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from runyard.dialects.answers import local_text
from runyard.dialects.bodies import read_object
from runyard.dialects.frame import service_of
from runyard.dialects.taskrun import envelope
from runyard.dialects.taskrun.envelope import DIALECT, NAME, ok, refused, said
from runyard.dialects.taskrun.views import status_of
from runyard.domain.errors import Invalid
from runyard.domain.runs import Run
from runyard.runtime.mappings import Mapping
from runyard.runtime.requests import SubmitRequest
from runyard.runtime.service import Service

_TASK, _RUN = "chain", "chain_run"
_QUEUE = "taskrun-db"
_MOST_SCRIPTS = 200
_MOST_DIGITS = 12


@DIALECT.on("GET", "/api/tasks/db")
async def list_chains(request: Request) -> Response:
    found = await service_of(request).mappings.listed(NAME, _TASK)
    return ok([{"id": int(one.key), **one.value} for one in reversed(found)])


@DIALECT.on("POST", "/api/tasks/db")
async def create_chain(request: Request) -> Response:
    body = await read_object(request)
    if not body.get("name") or not body.get("scripts"):
        return refused(envelope.NAME_OR_SCRIPTS_MISSING)
    value = _definition(body, {})
    chain = await service_of(request).mappings.add_numbered(NAME, _TASK, value=value)
    number = int(chain.key)
    return said(number, status=201, task_id=number)  # its message is the id, as documented


@DIALECT.on("PUT", "/api/tasks/db/{number}")
async def update_chain(request: Request) -> Response:
    """An empty name or description keeps the old one."""
    service = service_of(request)
    body = await read_object(request)
    chain = await _chain(service, request)
    if chain is None:
        return refused(envelope.NO_SUCH_TASK)
    if not body.get("scripts"):
        return refused(envelope.NAME_OR_SCRIPTS_MISSING)
    await service.mappings.put(replace(chain, value=_definition(body, chain.value)))
    return said(envelope.UPDATED)


@DIALECT.on("POST", "/api/tasks/db/{number}/execute")
async def execute_chain(request: Request) -> Response:
    service = service_of(request)
    context = (await read_object(request)).get("context") or {}
    if not isinstance(context, dict):
        raise Invalid("context must be an object")
    chain = await _chain(service, request)
    if chain is None:
        return refused(envelope.NO_SUCH_TASK)
    scripts = chain.value["scripts"]
    value = {"context": context, "scripts": scripts}
    noted = await service.mappings.add_numbered(NAME, _RUN, value=value, parent=chain.key)
    submitted = await service.submit(
        SubmitRequest(
            executor="shell",
            config={"command": [sys.executable, "-P", "-m", "runyard.compat.chain"]},
            params={"scripts": scripts, "context": context},
            queue=_QUEUE,
            labels=(NAME, "chain"),
            idempotency_key=_key(noted.key),
        ),
        by=NAME,
    )
    await service.mappings.put(replace(noted, run_id=submitted.run.id))
    return said(envelope.ACCEPTED, status=202, run_id=int(noted.key))


@DIALECT.on("GET", "/api/tasks/db/runs")
async def list_all_runs(request: Request) -> Response:
    return await _list_runs(service_of(request), parent=None)


@DIALECT.on("GET", "/api/tasks/db/{number}/runs")
async def list_runs(request: Request) -> Response:
    service = service_of(request)
    chain = await _chain(service, request)
    if chain is None:
        return refused(envelope.NO_SUCH_TASK, status=404)
    return await _list_runs(service, parent=chain.key)


@DIALECT.on("GET", "/api/tasks/db/runs/{number}/logs")
async def read_logs(request: Request) -> Response:
    return await _steps(request, "output")


@DIALECT.on("GET", "/api/tasks/db/runs/{number}/contexts")
async def read_contexts(request: Request) -> Response:
    return await _steps(request, "context")


async def _steps(request: Request, wanted: str) -> Response:
    """What each script left, in the order in which they ran."""
    service = service_of(request)
    noted = await _numbered(service, _RUN, request)
    if noted is None:
        return refused(envelope.NO_SUCH_RUN, status=404)
    run = (await _runs_of(service, [noted])).get(noted.key)
    names = ("script", wanted, "created_at")
    return ok([{name: step[name] for name in names} for step in _result(run)["steps"]])


async def _list_runs(service: Service, *, parent: str | None) -> Response:
    noted = await service.mappings.listed(NAME, _RUN, parent=parent)
    runs = await _runs_of(service, noted)
    return ok([_run_view(one, runs.get(one.key)) for one in noted])


async def _runs_of(service: Service, noted: list[Mapping]) -> dict[str, Run]:
    """By number. A run whose id could not be noted in time is found by its key."""
    by_id = await service.runs_by_id([one.run_id for one in noted if one.run_id])
    found = {one.key: by_id[one.run_id] for one in noted if one.run_id in by_id}
    for one in noted:
        if one.run_id is None:
            run = await service.run_of_key(_key(one.key))
            if run is not None:
                found[one.key] = run
    return found


def _run_view(noted: Mapping, run: Run | None) -> dict[str, Any]:
    finished = run.finished_at if run is not None else noted.created_at
    return {
        "run_id": int(noted.key),
        "task_id": int(noted.parent or 0),
        "status": "error" if run is None else status_of(run.status),
        "started_at": local_text(noted.created_at),
        "finished_at": local_text(finished) if finished else None,
        "initial_context": noted.value["context"],
        "final_context": _result(run)["context"] if run else {},
    }


def _result(run: Run | None) -> dict[str, Any]:
    result = run.result if run is not None else None
    return result if isinstance(result, dict) else {"steps": [], "context": {}}


def _definition(body: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    name = body.get("name") or before.get("name")
    description = body.get("description") or before.get("description", "")
    scripts = body["scripts"]
    if not isinstance(name, str) or not isinstance(description, str):
        raise Invalid("name and description must be text")
    if not isinstance(scripts, list) or len(scripts) > _MOST_SCRIPTS:
        raise Invalid(f"scripts must be an array of at most {_MOST_SCRIPTS} file names")
    for script in scripts:
        if not isinstance(script, str) or not _is_file_name(script):
            raise Invalid("each script is the name of a .py file in the tasks folder")
    return {"name": name, "description": description, "scripts": scripts}


def _is_file_name(text: str) -> bool:
    fits = text.endswith(".py") and not text.startswith(".") and len(text.encode()) <= 255
    return fits and not any(sign in text for sign in "/\\\0")


async def _chain(service: Service, request: Request) -> Mapping | None:
    return await _numbered(service, _TASK, request)


async def _numbered(service: Service, kind: str, request: Request) -> Mapping | None:
    number = request.path_params["number"]
    if not (number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS):
        return None
    return await service.mappings.get(NAME, kind, str(int(number)))


def _key(number: str) -> str:
    return f"{NAME}-db:{number}"
