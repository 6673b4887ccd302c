"""The server itself: its own log and its settings."""

from typing import Annotated

from starlette.requests import Request
from starlette.responses import Response

from runyard.api.calls import service_of
from runyard.api.file_answers import text_download
from runyard.api.marks import Query
from runyard.api.monitoring_answers import ServerLogAnswer, SettingsAnswer
from runyard.api.monitoring_models import ServerLogQuery, ServerLogSourceQuery
from runyard.api.operations import Operations
from runyard.api.responses import json_answer

server_settings = Operations("system")


@server_settings.on("GET", "/system/log", answers=ServerLogAnswer)
async def read_server_log(request: Request, query: Annotated[ServerLogQuery, Query()]) -> Response:
    """The server's own log, or its supervisor's, as records with all of their lines.

    The last `tail` records; `before` = `start` reads further back, `offset` = `next_offset` reads
    on. A call looks at 16 MiB at most, so with `level` or `q` a page may be short, or empty, and
    the next one not. What was rotated away is in the download only.
    """
    # The whole of monitoring is loaded with the first question.
    from runyard.runtime.server_log import LogSource, WantedRecords  # noqa: PLC0415

    page = await service_of(request).monitoring.server_log(
        LogSource(query.source),
        WantedRecords(
            count=query.tail,
            before=query.before,
            offset=query.offset,
            level=query.level,
            q=query.q,
        ),
    )
    return json_answer(
        {
            "items": [
                {
                    "offset": record.offset,
                    "at": record.at,
                    "level": record.level,
                    "logger": record.logger,
                    "message": record.message,
                }
                for record in page.records
            ],
            "start": page.start,
            "next_offset": page.end,
            "size": page.size,
        }
    )


@server_settings.on("GET", "/system/log/download", errors=(404,), media_type="text/plain")
async def download_server_log(
    request: Request, query: Annotated[ServerLogSourceQuery, Query()]
) -> Response:
    """All that is kept of the server's own log, or its supervisor's, as one file."""
    from runyard.runtime.server_log import LogSource  # noqa: PLC0415

    files = await service_of(request).monitoring.server_log_files(LogSource(query.source))
    return await text_download(files, name=f"runyard-{query.source}.log")


@server_settings.on("GET", "/system/settings", answers=SettingsAnswer)
async def read_server_settings(request: Request) -> Response:
    """The settings in force and where each comes from; passwords in addresses are masked."""
    return json_answer(
        {
            "items": [
                {
                    "name": one.name,
                    "value": one.value,
                    "source": one.source,
                    "description": one.description,
                    "env": one.env,
                    "option": one.option,
                }
                for one in service_of(request).monitoring.settings
            ]
        }
    )
