"""What is to come over all schedules: a list, how dense it is, and a feed for calendar programs."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from starlette.requests import Request
from starlette.responses import Response

from runyard.api.calls import service_of
from runyard.api.marks import Query
from runyard.api.operations import Operations
from runyard.api.responses import json_answer, text_answer
from runyard.api.schedule_answers import DensityAnswer, UpcomingAnswer
from runyard.api.schedule_encoding import upcoming_dict
from runyard.api.schedule_models import DensityQuery, FeedQuery, UpcomingQuery
from runyard.domain.errors import Invalid
from runyard.runtime.schedules.calendar_feed import calendar_text

upcoming = Operations("schedules")

_FAR = timedelta(days=30)
_DAY = timedelta(days=1)


@upcoming.on("GET", "/upcoming", answers=UpcomingAnswer)
async def list_upcoming(request: Request, query: Annotated[UpcomingQuery, Query()]) -> Response:
    """The next fires of all active schedules, in the order in which they are due."""
    service = service_of(request)
    until = query.until or datetime.now(UTC) + _FAR
    page = await service.upcoming.next_fires(
        since=query.since, until=until, limit=query.limit, task_id=query.task_id
    )
    zone = service.schedules.default_zone
    return json_answer(
        {
            "items": [upcoming_dict(one, default_zone=zone) for one in page.items],
            "until": until,
            "more": page.more,
        }
    )


@upcoming.on("GET", "/upcoming/density", answers=DensityAnswer)
async def count_upcoming(request: Request, query: Annotated[DensityQuery, Query()]) -> Response:
    """How many fires are due in each minute, or other bucket, of a window to come."""
    try:
        start = query.start or _begin(datetime.now(UTC), query.bucket)
        end = query.end or start + _DAY
        density = await service_of(request).upcoming.density(
            start=start, end=end, bucket=query.bucket, task_id=query.task_id
        )
    except OverflowError:
        raise Invalid("the window lies outside of the calendar") from None
    return json_answer(
        {
            "start": density.start,
            "bucket_s": density.bucket.total_seconds(),
            "counts": density.counts,
            "counted_until": density.counted_until,
        }
    )


def _begin(moment: datetime, bucket: timedelta) -> datetime:
    """The beginning of the bucket that `moment` is in, when they are counted from 1970."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return moment - (moment - epoch) % bucket


@upcoming.on(
    "GET",
    "/upcoming.ics",
    media_type="text/calendar",
    others={200: {"description": "An iCalendar feed (RFC 5545), for calendar programs"}},
)
async def read_upcoming_feed(request: Request, query: Annotated[FeedQuery, Query()]) -> Response:
    """The next fires as a calendar that calendar programs can subscribe to.

    An event for each fire, without a duration; those that will be skipped are left out.
    """
    now = datetime.now(UTC)
    page = await service_of(request).upcoming.next_fires(
        until=query.until or now + _FAR,
        limit=query.limit,
        task_id=query.task_id,
        skipped=False,
    )
    return text_answer(
        calendar_text(page.items, now=now), media_type="text/calendar; charset=utf-8"
    )
