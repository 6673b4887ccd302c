"""The operations on schedules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack

from runyard.sdk.calls import Answer, Call, Operation, body, listing, path, query, reading
from runyard.sdk.ledger_operations import (
    list_occurrences,
    next_fires,
    preview,
    upcoming,
    upcoming_density,
    upcoming_feed,
    why,
)
from runyard.sdk.objects import BulkAnswer, Page, Run
from runyard.sdk.schedule_keys import ScheduleKeys, schedule_keys
from runyard.sdk.schedule_objects import (
    Occurrence,
    PlanChange,
    Schedule,
    ScheduleVersion,
)


class ScheduleFilter(TypedDict, total=False):
    """Which schedules: all that is given must hold. `broken`: those with a problem."""

    task_id: str
    q: str
    paused: bool
    broken: bool


def list_schedules(
    *, limit: int | None = None, cursor: str | None = None, **which: Unpack[ScheduleFilter]
) -> Call[Page[Schedule]]:
    """Schedules by id, a page at a time."""
    return Call(
        method="GET",
        path="/schedules",
        query=query(limit=limit, cursor=cursor, **which),
        read=_schedule_page,
    )


def _schedule_page(answer: Answer) -> Page[Schedule]:
    page = answer.json()
    items = [Schedule.of(one) for one in page["items"]]
    return Page(items=items, next_cursor=page.get("next_cursor"))


def get_schedule(schedule_id: str) -> Call[Schedule]:
    """One schedule, by its id or that of a task which has exactly one."""
    return Call(method="GET", path=path("schedules", schedule_id), read=reading(Schedule.of))


def create_schedule(
    task_id: str, *, name: str | None = None, message: str = "", **keys: Unpack[ScheduleKeys]
) -> Call[Schedule]:
    """Give a task a schedule. Raises `Conflict` if the name is taken, `Invalid` with positions."""
    return Call(
        method="POST",
        path="/schedules",
        body=_creation(task_id, name, message, keys),
        read=reading(Schedule.of),
    )


def try_create(
    task_id: str, *, name: str | None = None, **keys: Unpack[ScheduleKeys]
) -> Call[PlanChange]:
    """What `create` would do; nothing is saved."""
    return Call(
        method="POST",
        path="/schedules",
        query=query(dry_run=True),
        body=_creation(task_id, name, "", keys),
        read=reading(PlanChange.of),
    )


def _creation(
    task_id: str, name: str | None, message: str, keys: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        **body(task_id=task_id, name=name, message=message or None),
        **schedule_keys(keys),
    }


def create_many(schedules: Sequence[Mapping[str, Any]]) -> Call[BulkAnswer]:
    """Make up to 10,000 schedules: `{"task_id": ..., "cron": ..., ...}` each.

    One that is refused does not hold up the others; it is in `errors` with its index.
    """
    return Call(
        method="POST",
        path="/schedules/bulk",
        body={"schedules": [schedule_keys(one) for one in schedules]},
        wait_s=60.0,
        read=reading(BulkAnswer.of),
    )


def replace_schedule(
    schedule_id: str,
    *,
    expected_version: int | None = None,
    message: str = "",
    **keys: Unpack[ScheduleKeys],
) -> Call[Schedule]:
    """Save a whole new definition. Raises `StaleEdit` if it is not `expected_version` any more."""
    return Call(
        method="PUT",
        path=path("schedules", schedule_id),
        body={**body(message=message or None), **schedule_keys(keys)},
        headers=_if_match(expected_version),
        read=reading(Schedule.of),
    )


def edit_schedule(
    schedule_id: str,
    changes: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    message: str = "",
) -> Call[Schedule]:
    """Change the keys given (None takes one out); another trigger takes the old one's place."""
    return Call(
        method="PATCH",
        path=path("schedules", schedule_id),
        body={**body(message=message or None), **schedule_keys(changes)},
        headers=_if_match(expected_version),
        read=reading(Schedule.of),
    )


def try_edit(schedule_id: str, changes: Mapping[str, Any]) -> Call[PlanChange]:
    """Which fires of the next 30 days `edit` would add and take away; nothing is saved."""
    return Call(
        method="PATCH",
        path=path("schedules", schedule_id),
        query=query(dry_run=True),
        body=schedule_keys(changes),
        read=reading(PlanChange.of),
    )


def _if_match(expected_version: int | None) -> dict[str, str]:
    return {} if expected_version is None else {"If-Match": f'"{expected_version}"'}


def delete_schedule(schedule_id: str) -> Call[None]:
    """Delete it; its occurrences stay readable, and its runs go on."""
    return Call(method="DELETE", path=path("schedules", schedule_id), read=lambda _: None)


def list_versions(schedule_id: str) -> Call[list[ScheduleVersion]]:
    """All saved definitions, newest first."""
    return Call(
        method="GET",
        path=path("schedules", schedule_id, "versions"),
        read=listing(ScheduleVersion.of),
    )


def pause_schedule(schedule_id: str, reason: str = "") -> Call[Schedule]:
    """Let it fire no more for now; its runs go on."""
    return _act(schedule_id, "pause", reason=reason)


def resume_schedule(schedule_id: str) -> Call[Schedule]:
    """Let it fire again; what it missed is made up for as `catch_up` says."""
    return _act(schedule_id, "resume")


def skip_next(schedule_id: str, count: int = 1) -> Call[Schedule]:
    """Skip so many more of the next planned fires; the ledger keeps them as `skipped`."""
    return _act(schedule_id, "skip-next", count=count)


def _act(schedule_id: str, verb: str, **given: Any) -> Call[Schedule]:
    return Call(
        method="POST",
        path=path("schedules", schedule_id, verb),
        body=body(**given),
        read=reading(Schedule.of),
    )


def trigger(
    schedule_id: str, params: Mapping[str, Any] | None = None, *, wait_s: float | None = None
) -> Call[Run]:
    """A run of it now, besides its plan; `params` instead of the schedule's."""
    return Call(
        method="POST",
        path=path("schedules", schedule_id, "trigger"),
        query=query(wait=wait_s),
        body=body(params=None if params is None else dict(params)),
        wait_s=wait_s or 0.0,
        read=reading(Run.of),
    )


def backfill(
    schedule_id: str, start: datetime | str, end: datetime | str, *, dry_run: bool = False
) -> Call[list[Occurrence]]:
    """Run what was planned in [start, end) and has not run; at most 1,000 fires.

    Times without an offset are wall-clock times in the schedule's zone.
    """
    return Call(
        method="POST",
        path=path("schedules", schedule_id, "backfill"),
        body={**schedule_keys({"start": start, "end": end}), "dry_run": dry_run},
        wait_s=30.0,
        read=listing(Occurrence.of),
    )


class ScheduleOperations:
    list = Operation(list_schedules)
    get = Operation(get_schedule)
    create = Operation(create_schedule)
    try_create = Operation(try_create)
    create_many = Operation(create_many)
    replace = Operation(replace_schedule)
    edit = Operation(edit_schedule)
    try_edit = Operation(try_edit)
    delete = Operation(delete_schedule)
    versions = Operation(list_versions)
    pause = Operation(pause_schedule)
    resume = Operation(resume_schedule)
    skip_next = Operation(skip_next)
    trigger = Operation(trigger)
    backfill = Operation(backfill)
    occurrences = Operation(list_occurrences)
    why = Operation(why)
    next_fires = Operation(next_fires)
    preview = Operation(preview)
    upcoming = Operation(upcoming)
    upcoming_density = Operation(upcoming_density)
    upcoming_feed = Operation(upcoming_feed)
