"""The operations that look at schedules: ledger, explanations, previews, what is upcoming."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Unpack

from runyard.sdk.calls import Answer, Call, body, path, query, reading
from runyard.sdk.objects import Page
from runyard.sdk.schedule_keys import ScheduleKeys, schedule_keys
from runyard.sdk.schedule_objects import (
    Density,
    Explanation,
    Fires,
    Occurrence,
    Preview,
    Upcoming,
)


def list_occurrences(
    schedule_id: str,
    *,
    decision: Sequence[str] = (),
    since: datetime | str | None = None,
    until: datetime | str | None = None,
    limit: int = 100,
    cursor: str | None = None,
) -> Call[Page[Occurrence]]:
    """The ledger: every planned fire and what was decided about it, newest first."""
    return Call(
        method="GET",
        path=path("schedules", schedule_id, "occurrences"),
        query=query(
            decision=",".join(decision) or None,
            since=since,
            until=until,
            limit=limit,
            cursor=cursor,
        ),
        read=_occurrence_page,
    )


def _occurrence_page(answer: Answer) -> Page[Occurrence]:
    page = answer.json()
    items = [Occurrence.of(one) for one in page["items"]]
    return Page(items=items, next_cursor=page.get("next_cursor"))


def why(schedule_id: str, at: datetime | str) -> Call[Explanation]:
    """What happened, or will happen, at a moment, and by which rule.

    `at` may be a wall-clock time in the schedule's zone: "02:30" (the last such time) or
    "2026-03-29T02:30".
    """
    return Call(
        method="GET",
        path=path("schedules", schedule_id, "why"),
        query=query(at=at),
        read=reading(Explanation.of),
    )


def next_fires(schedule_id: str, count: int = 10, *, after: datetime | None = None) -> Call[Fires]:
    """The next planned fires, with what zone and calendar do to them."""
    return Call(
        method="GET",
        path=path("schedules", schedule_id, "fires"),
        query=query(count=count, after=after),
        read=reading(Fires.of),
    )


def preview(
    *,
    count: int = 10,
    after: datetime | None = None,
    language: str | None = None,
    task_id: str | None = None,
    **keys: Unpack[ScheduleKeys],
) -> Call[Preview]:
    """What a schedule means and when it would fire; nothing is saved. Raises `Invalid`."""
    given = body(count=count, after=after, language=language, task_id=task_id)
    return Call(
        method="POST",
        path="/schedules/preview",
        body={**given, **schedule_keys(keys)},
        read=reading(Preview.of),
    )


def upcoming(
    *, until: datetime | None = None, limit: int = 100, task_id: str | None = None
) -> Call[Upcoming]:
    """The next fires of all active schedules, in the order in which they are due."""
    return Call(
        method="GET",
        path="/upcoming",
        query=query(until=until, limit=limit, task_id=task_id),
        read=reading(Upcoming.of),
    )


def upcoming_density(
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    bucket_s: float = 60.0,
    task_id: str | None = None,
) -> Call[Density]:
    """How many fires are due in each bucket of a window to come; a day unless told otherwise."""
    return Call(
        method="GET",
        path="/upcoming/density",
        query=query(start=start, end=end, bucket_s=bucket_s, task_id=task_id),
        read=reading(Density.of),
    )


def upcoming_feed(
    *, until: datetime | None = None, limit: int | None = None, task_id: str | None = None
) -> Call[str]:
    """The next fires as iCalendar text."""
    return Call(
        method="GET",
        path="/upcoming.ics",
        query=query(until=until, limit=limit, task_id=task_id),
        read=lambda answer: answer.body.decode(),
    )
