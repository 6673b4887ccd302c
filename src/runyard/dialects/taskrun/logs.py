"""Logs: the list of files, one log, its download, the service's own log."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from runyard.dialects.bodies import check_text
from runyard.dialects.frame import service_of
from runyard.dialects.taskrun import envelope
from runyard.dialects.taskrun.envelope import DIALECT, ok, refused
from runyard.dialects.taskrun.views import SCRIPT, find_run, log_name
from runyard.domain.ids import is_run_id
from runyard.domain.runs import Run
from runyard.domain.states import RunStatus
from runyard.runtime.service import Service

_APP_LOG = "app.log"
_SUFFIX = ".log"
_DEFAULT_LINES = 100
_MOST_LINES = 100_000
_MOST_FILES = 10_000
_MOST_BYTES = 4 * 1024 * 1024  # of a log in one JSON answer
_CHUNK = 256 * 1024


@DIALECT.on("GET", "/api/logs")
async def list_logs(request: Request) -> Response:
    """All files, under the names by which they can be read here; at most the newest 10,000."""
    service = service_of(request)
    files = await service.log_folder.files(at_most=_MOST_FILES)
    ids = {file.name: run_id for file in files if (run_id := _run_id_in(file.name))}
    runs = await service.runs_by_id(list(ids.values()))
    listed = []
    for file in files:
        run = runs.get(ids.get(file.name, ""))
        if run is not None and run.executor != SCRIPT:
            continue
        name = log_name(run) if run is not None else file.name
        listed.append({"filename": name, "size": file.size, "modified_at": file.modified_at})
    return ok(listed)


@DIALECT.on("GET", "/api/logs/app.log")
async def app_log(request: Request) -> Response:
    lines = _count(request.query_params.get("lines"))
    tail = await service_of(request).log_folder.app_tail(lines, at_most_bytes=_MOST_BYTES)
    if tail is None:
        return refused(envelope.NO_APP_LOG, status=404)
    data = {"filename": _APP_LOG, "content": tail.text, "total_lines": tail.total_lines}
    return ok(data, content=tail.text)


@DIALECT.on("GET", "/api/logs/{name}")
async def read_log(request: Request) -> Response:
    """What has been written so far; of a very long log its end."""
    found = await _find(service_of(request), request.path_params["name"])
    if found is None:
        return refused(envelope.NO_SUCH_LOG, status=404)
    path, closing = found
    size = await asyncio.to_thread(_size, path)
    start = max(0, size - _MOST_BYTES)
    data = await asyncio.to_thread(_bytes, path, start, size)
    content = data.decode(errors="replace") + closing
    if start:
        content = f"[... {start} bytes before this are in the download]\n{content}"
    name = request.path_params["name"]
    return ok({"filename": name, "content": content}, content=content)


@DIALECT.on("GET", "/api/logs/{name}/download")
async def download_log(request: Request) -> Response:
    name = request.path_params["name"]
    service = service_of(request)
    if name == _APP_LOG:
        path = await service.log_folder.find(name)
        found = None if path is None else (path, "")
    else:
        found = await _find(service, name)
    if found is None:
        return refused(envelope.NO_SUCH_LOG, status=404)
    path, closing = found
    size = await asyncio.to_thread(_size, path)
    ending = closing.encode()
    plain = name if name.isascii() and '"' not in name else "run.log"
    return StreamingResponse(
        _contents(path, size, ending),
        media_type="text/plain; charset=utf-8",
        headers={
            "content-length": str(size + len(ending)),
            "content-disposition": (
                f"attachment; filename={plain}; filename*=UTF-8''{quote(name, safe='')}"
            ),
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
        },
    )


async def _find(service: Service, name: str) -> tuple[Path, str] | None:
    """The file behind a name `<task_id>_<run_id>.log`, and the line that ends it here."""
    check_text(name)
    if not name.endswith(_SUFFIX) or "/" in name or "\\" in name:
        return None
    task_id, _, run_id = name.removesuffix(_SUFFIX).rpartition("_")
    run = await find_run(service, run_id)
    if run is not None and run.task_id == task_id:
        return service.log_path(run), _closing_line(run)
    path = await service.log_folder.find(name)
    # A file of another kind of work, or one that no record names any more.
    return None if path is None or _run_id_in(name) in await _foreign(service, name) else (path, "")


async def _foreign(service: Service, name: str) -> set[str]:
    run_id = _run_id_in(name)
    runs = await service.runs_by_id([run_id]) if run_id else {}
    return {one.id for one in runs.values() if one.executor != SCRIPT}


def _run_id_in(name: str) -> str | None:
    run_id = name.removesuffix(_SUFFIX).rpartition("_")[2]
    return run_id if is_run_id(run_id) else None


def _closing_line(run: Run) -> str:
    """What the service itself has to say at the end of a log."""
    if run.status is RunStatus.TIMED_OUT:
        limit = run.spec.timeout or _lasted(run)
        return f"[ERROR] 任务执行超时 ({round(limit.total_seconds(), 1):g}秒)\n"
    if run.status is RunStatus.CRASHED:
        return f"[ERROR] 执行错误: {run.error.message if run.error else ''}\n"
    return ""


def _lasted(run: Run) -> timedelta:
    return (run.finished_at or run.submitted_at) - (run.started_at or run.submitted_at)


def _count(text: str | None) -> int:
    try:
        lines = int(text) if text is not None else _DEFAULT_LINES
    except ValueError:
        return _DEFAULT_LINES
    return min(lines, _MOST_LINES) if lines > 0 else _DEFAULT_LINES


def _size(path: Path) -> int:
    """0 when there is no file: it is made with the first output."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _bytes(path: Path, start: int, end: int) -> bytes:
    if start >= end:
        return b""
    with path.open("rb") as file:
        return os.pread(file.fileno(), end - start, start)


async def _contents(path: Path, size: int, ending: bytes) -> AsyncIterator[bytes]:
    """Exactly the bytes that were announced: a log may grow while it is read."""
    offset = 0
    while offset < size:
        chunk = await asyncio.to_thread(_bytes, path, offset, min(size, offset + _CHUNK))
        if not chunk:
            return  # cut off by someone; the client sees that bytes are missing
        offset += len(chunk)
        yield chunk
    if ending:
        yield ending
