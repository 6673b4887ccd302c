"""The machine, the service's process, all Python processes, health."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from runyard.dialects.frame import service_of
from runyard.dialects.taskrun.envelope import DIALECT, ok, said


@DIALECT.on("GET", "/api/system/info")
async def info(request: Request) -> Response:
    load = await service_of(request).machine.load()
    data = {
        "cpu_percent": load.cpu_percent,
        "memory": {
            "total": load.memory_total,
            "available": load.memory_available,
            "percent": load.memory_percent,
            "used": load.memory_used,
        },
        "disk": {
            "total": load.disk_total,
            "used": load.disk_used,
            "free": load.disk_free,
            "percent": load.disk_percent,
        },
    }
    return ok(data, **data)  # both readings of the guide's client find their figures


@DIALECT.on("GET", "/api/system/process")
async def process(request: Request) -> Response:
    own = await service_of(request).machine.own_process()
    return ok(
        {
            "pid": own.pid,
            "name": own.name,
            "status": own.status,
            "memory_info": {"rss": own.rss, "vms": own.vms},
            "cpu_percent": own.cpu_percent,
            "num_threads": own.threads,
        }
    )


@DIALECT.on("GET", "/api/system/processes")
async def processes(request: Request) -> Response:
    found = await service_of(request).machine.python_processes()
    return ok(
        [
            {"pid": one.pid, "name": one.name, "status": one.status, "memory_rss": one.rss}
            for one in found
        ]
    )


@DIALECT.on("GET", "/api/system/health")
async def health(request: Request) -> Response:
    service_of(request)
    return said("Service is running")
