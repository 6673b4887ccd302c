"""Searching the log of a run."""

from typing import Annotated

from starlette.requests import Request
from starlette.responses import Response

from runyard.api.calls import service_of
from runyard.api.marks import Query
from runyard.api.monitoring_answers import LogHitsAnswer
from runyard.api.monitoring_models import LogSearchQuery
from runyard.api.operations import Operations
from runyard.api.responses import json_answer

log_search = Operations("logs")


@log_search.on("GET", "/runs/{run_id}/log/search", answers=LogHitsAnswer, errors=(404, 409))
async def search_log(
    request: Request, run_id: str, query: Annotated[LogSearchQuery, Query()]
) -> Response:
    """Lines of the log that hold a text or match a pattern, forwards or backwards.

    A call looks at 64 MiB at most, for two seconds at most; while it is not `complete`, asking
    again with `from` = `next_offset` goes on. Patterns are those of RE2: no look-around, no
    references to groups, and none that are too large; they match lines over 16 KiB in pieces, as
    texts do lines over 1 MiB.
    """
    # The whole of monitoring is loaded with the first question.
    from runyard.runtime.log_search import Direction, Wanted  # noqa: PLC0415

    service = service_of(request)
    found = await service.monitoring.search(
        await service.run(run_id),
        Wanted(
            text=query.q,
            case=query.case,
            regex=query.regex,
            start=query.start,
            direction=Direction(query.direction),
            limit=query.limit,
        ),
    )
    return json_answer(
        {
            "hits": [
                {
                    "offset": hit.offset,
                    "at": hit.at,
                    "stream": hit.stream.name.lower(),
                    "text": hit.text,
                    "start": hit.start,
                    "end": hit.end,
                }
                for hit in found.hits
            ],
            "next_offset": found.next_offset,
            "complete": found.complete,
            "scanned_bytes": found.scanned_bytes,
        }
    )
