"""The log of a run: pages, tail, since, follow, download."""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from runyard.api.answers import LogAnswer
from runyard.api.calls import face_of, service_of
from runyard.api.encoding import dumps, line_dict
from runyard.api.live import last_event_id
from runyard.api.marks import Query
from runyard.api.models import LogQuery
from runyard.api.operations import Operations
from runyard.api.ports import ServicePort
from runyard.api.responses import JsonBytes, text_answer
from runyard.api.sse import EventStream, event
from runyard.domain.runs import Run
from runyard.process import logs as log_files
from runyard.process.logs import LogPage

logs = Operations("logs")

_CHUNK = 256 * 1024
_OTHERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Lines; raw text with `format=text`; events with `follow=true`",
        "content": {
            "text/plain": {"schema": {"type": "string"}},
            "text/event-stream": {},
        },
    }
}


@logs.on("GET", "/runs/{run_id}/log", answers=LogAnswer, errors=(404, 409), others=_OTHERS)
async def read_log(request: Request, run_id: str, query: Annotated[LogQuery, Query()]) -> Response:
    """Lines of the log, with time and stream.

    From the beginning, from `offset`, from a time (`since`), or the last `tail` lines. Reading on
    from `next_offset` gives every line once, and so does reading back with `before` = `start`
    (pages of about `lines` lines, of at most 8 MiB). An `offset` within a line answers the rest of
    it, or with `line_start=true` begins with the next line (with the rest where none starts within
    64 KiB). With `follow=true` the lines come as server-sent
    events until the run is over; `Last-Event-ID` resumes.
    """
    service = service_of(request)
    run = await service.run(run_id)
    path = service.log_path(run)
    if query.follow:
        start = last_event_id(request.headers)
        chunks = _follow(service, run, query, path=path, resumed_at=start)
        return EventStream(chunks, closing=face_of(request).closing)
    begin, page = await asyncio.to_thread(_placed_page, path, query)
    if query.format == "text":
        return await _text(path, begin, page)
    return JsonBytes(
        dumps(
            {
                "lines": [line_dict(line) for line in page.lines],
                "start": begin,
                "next_offset": page.next_offset,
                "size": page.size,
                "complete": run.status.is_final and page.next_offset >= page.size,
            }
        )
    )


def _placed_page(path: Path, query: LogQuery) -> tuple[int, LogPage]:
    """The page, and the offset at which it begins."""
    from runyard.process import log_reading  # noqa: PLC0415 - loaded when it is first needed

    if query.before is not None:
        span = log_reading.before(path, query.before, query.lines)
        return span.start, LogPage(lines=span.lines, next_offset=span.end, size=span.size)
    if query.offset is not None and query.line_start:
        start = log_reading.line_start(path, query.offset)
        return start, log_files.read(path, start, query.limit)
    page = _page(path, query)
    if query.tail is None and query.since is None:
        return min(query.offset or 0, page.next_offset), page
    return page.lines[0].offset if page.lines else page.next_offset, page


def _page(path: Path, query: LogQuery) -> LogPage:
    if query.tail is not None:
        return log_files.tail(path, query.tail)
    if query.since is not None:
        return log_files.since(path, query.since, query.limit)
    return log_files.read(path, query.offset or 0, query.limit)


async def _text(path: Path, start: int, page: LogPage) -> Response:
    """The raw bytes of the page, as they arrived."""
    body = await asyncio.to_thread(_bytes, path, start, page.next_offset)
    return text_answer(body, **{"x-next-offset": str(page.next_offset)})


def _bytes(path: Path, start: int, end: int) -> bytes:
    if start >= end:
        return b""
    with path.open("rb") as file:
        return os.pread(file.fileno(), end - start, start)


async def _follow(
    service: ServicePort, run: Run, query: LogQuery, *, path: Path, resumed_at: int | None
) -> AsyncGenerator[bytes, None]:
    """Each event has a page of lines and as its id the offset behind it; the last one is `end`."""
    offset = query.offset or 0
    if resumed_at is not None:
        offset = resumed_at
    elif query.tail is not None or query.since is not None:
        page = await asyncio.to_thread(_page, path, query)
        offset = page.next_offset
        yield _lines_event(page)
    async for page in service.follow_log(run.id, offset=offset):
        offset = page.next_offset
        yield _lines_event(page)
    ended = await service.run(run.id)
    yield event(dumps({"status": ended.status, "next_offset": offset}), id=offset, name="end")


def _lines_event(page: LogPage) -> bytes:
    document = {"lines": [line_dict(line) for line in page.lines], "next_offset": page.next_offset}
    return event(dumps(document), id=page.next_offset)


@logs.on(
    "GET",
    "/runs/{run_id}/log/download",
    errors=(404, 409),
    media_type="text/plain",
)
async def download_log(request: Request, run_id: str) -> Response:
    """The whole log as it is now, as a file."""
    service = service_of(request)
    run = await service.run(run_id)
    path = service.log_path(run)
    size = await asyncio.to_thread(log_files.size, path)
    return StreamingResponse(
        _contents(path, size),
        media_type="text/plain; charset=utf-8",
        headers={
            "content-length": str(size),
            "content-disposition": f"attachment; filename*=UTF-8''{quote(path.name)}",
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
        },
    )


async def _contents(path: Path, size: int) -> AsyncIterator[bytes]:
    """Exactly the bytes that were announced: a log may grow while it is read."""
    offset = 0
    while offset < size:
        chunk = await asyncio.to_thread(_bytes, path, offset, min(size, offset + _CHUNK))
        if not chunk:
            return  # cut off by someone; the client sees that bytes are missing
        offset += len(chunk)
        yield chunk
