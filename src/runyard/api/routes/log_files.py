"""The folder of logs as files: list and download."""

from typing import Annotated

from starlette.requests import Request
from starlette.responses import Response

from runyard.api.calls import service_of
from runyard.api.file_answers import text_download
from runyard.api.marks import Query
from runyard.api.monitoring_answers import LogFilesAnswer
from runyard.api.monitoring_models import LogFilesQuery
from runyard.api.operations import Operations
from runyard.api.paging import cursor_after, key_of
from runyard.api.responses import json_answer
from runyard.domain.errors import NotFound

log_files = Operations("logs")


@log_files.on("GET", "/logs", answers=LogFilesAnswer)
async def list_log_files(request: Request, query: Annotated[LogFilesQuery, Query()]) -> Response:
    """The files of the log folder: the log of the newest run first.

    Other files stand among them by the time at which they changed. In a folder with very many
    files a new one may be listed a few seconds late.
    """
    page, runs = await service_of(request).monitoring.log_files(
        q=query.q, after=key_of(query.cursor), limit=query.limit
    )
    items = []
    for one in page.items:
        run = runs.get(one.run_id or "")
        items.append(
            {
                "name": one.name,
                "size_bytes": one.size_bytes,
                "modified_at": one.modified_at,
                "run_id": one.run_id,
                "task_id": None if run is None else run.task_id,
                "live": run is not None and not run.status.is_final,
            }
        )
    after = page.next_cursor
    return json_answer(
        {"items": items, "next_cursor": None if after is None else cursor_after(after)}
    )


@log_files.on("GET", "/logs/{name}/download", errors=(404,), media_type="text/plain")
async def download_log_file(request: Request, name: str) -> Response:
    """A file of the log folder as it is now."""
    path = await service_of(request).monitoring.log_file(name)
    if path is None:
        raise NotFound("there is no log file of this name")
    return await text_download([path], name=name)
