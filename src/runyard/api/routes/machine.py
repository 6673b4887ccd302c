"""The machine: load and its history, processes, the curve of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from starlette.requests import Request
from starlette.responses import Response

from runyard.api.calls import service_of
from runyard.api.marks import Query
from runyard.api.monitoring_answers import MachineAnswer, ProcessesAnswer, ResourcesAnswer
from runyard.api.monitoring_models import MachineQuery
from runyard.api.operations import Operations
from runyard.api.responses import json_answer

if TYPE_CHECKING:
    from runyard.runtime.gauges import MachineNow, OwnProcess, Volume
    from runyard.runtime.load_history import LoadPoint

machine = Operations("system")


@machine.on("GET", "/system/machine", answers=MachineAnswer)
async def read_machine(request: Request, query: Annotated[MachineQuery, Query()]) -> Response:
    """The load of the machine now, and over the last `history_s` seconds.

    A sample is taken every 10 s for as long as the server runs.
    """
    monitoring = service_of(request).monitoring
    now = await monitoring.machine()
    history = await monitoring.history(span_s=query.history_s)
    return json_answer({**_machine_dict(now), "history": [_load_dict(one) for one in history]})


@machine.on("GET", "/system/processes", answers=ProcessesAnswer)
async def read_processes(request: Request) -> Response:
    """What the processes of live runs use, and all Python processes of the machine."""
    now, runs = await service_of(request).monitoring.processes()
    return json_answer(
        {
            "runs": [
                {
                    "run_id": one.run_id,
                    "task_id": runs[one.run_id].task_id if one.run_id in runs else None,
                    "attempt": one.attempt,
                    "pid": one.pid,
                    "started_at": one.started_at,
                    "cpu_percent": one.cpu_percent,
                    "rss_bytes": one.rss_bytes,
                    "threads": one.threads,
                    "processes": one.processes,
                }
                for one in now.runs
            ],
            "python": [
                {
                    "pid": one.pid,
                    "name": one.name,
                    "command": one.command,
                    "status": one.status,
                    "cpu_percent": one.cpu_percent,
                    "rss_bytes": one.rss_bytes,
                    "run_id": one.run_id,
                }
                for one in now.python
            ],
        }
    )


@machine.on("GET", "/runs/{run_id}/resources", answers=ResourcesAnswer, errors=(404, 409))
async def read_run_resources(request: Request, run_id: str) -> Response:
    """What the processes of a run use, or used, over time.

    A point each second in the first minute of an attempt, then every 10 s or more; runs of less
    than a second, and runs without processes of their own here, have none.
    """
    service = service_of(request)
    points, every_s = await service.monitoring.curve(await service.run(run_id))
    return json_answer(
        {
            "items": [
                {
                    "at": point.at,
                    "cpu_percent": point.cpu_percent,
                    "rss_bytes": point.rss_bytes,
                    "processes": point.processes,
                }
                for point in points
            ],
            "every_s": every_s,
        }
    )


def _machine_dict(now: MachineNow) -> dict[str, Any]:
    return {
        "cpu_percent": now.cpu_percent,
        "cpu_count": now.cpu_count,
        "load_1": now.load_1,
        "load_5": now.load_5,
        "load_15": now.load_15,
        "memory": _volume_dict(now.memory),
        "disk": _volume_dict(now.disk),
        "server": _process_dict(now.server),
        "supervisor": None if now.supervisor is None else _process_dict(now.supervisor),
    }


def _volume_dict(volume: Volume) -> dict[str, Any]:
    return {
        "total_bytes": volume.total,
        "used_bytes": volume.used,
        "available_bytes": volume.available,
        "percent": volume.percent,
    }


def _process_dict(process: OwnProcess) -> dict[str, Any]:
    return {
        "pid": process.pid,
        "rss_bytes": process.rss_bytes,
        "cpu_percent": process.cpu_percent,
        "threads": process.threads,
    }


def _load_dict(point: LoadPoint) -> dict[str, Any]:
    return {
        "at": point.at,
        "cpu_percent": point.load.cpu_percent,
        "memory_percent": point.load.memory_percent,
        "disk_percent": point.load.disk_percent,
        "running": point.load.running,
        "waiting": point.load.waiting,
    }
