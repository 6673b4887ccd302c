"""The stream of changes as server-sent events (the WebSocket is `live.LiveSocket`)."""

from typing import Annotated

from starlette.requests import Request
from starlette.responses import Response

from runyard.api.calls import face_of
from runyard.api.live import change_events, last_event_id
from runyard.api.marks import Query
from runyard.api.models import StreamQuery
from runyard.api.operations import Operations
from runyard.api.sse import EventStream

streams = Operations("live")


@streams.on(
    "GET",
    "/events",
    media_type="text/event-stream",
)
async def stream_events(request: Request, query: Annotated[StreamQuery, Query()]) -> Response:
    """Every change of runs, tasks and queues, live.

    The data of each event is `{"seq", "kind", "object"}`. The first event is `hello` with the
    newest number. `since` or `Last-Event-ID` resumes after a number: of an object that changed
    several times meanwhile only its newest state may come. An event `closed` ends the stream of a
    client that is too slow.
    """
    face = face_of(request)
    since = last_event_id(request.headers)
    if since is None:
        since = query.since
    chunks = change_events(face.service(), face.frames, query, since=since)
    return EventStream(chunks, closing=face.closing)
