"""Schedules: create, read, change, delete; every change can be tried without saving."""

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from runyard.api.calls import caller_of, service_of
from runyard.api.encoding import dumps, page_bytes
from runyard.api.etags import etag, expected_version, is_known
from runyard.api.marks import Header, Query
from runyard.api.operations import PREFIX, Operations
from runyard.api.paging import cursor_after, key_of
from runyard.api.responses import JsonBytes, json_answer, nothing
from runyard.api.schedule_answers import (
    PlanChangeAnswer,
    ScheduleAnswer,
    SchedulePageAnswer,
    ScheduleVersionsAnswer,
)
from runyard.api.schedule_encoding import change_dict, schedule_dict, version_dict
from runyard.api.schedule_models import (
    CreateScheduleBody,
    DryRunQuery,
    EditScheduleBody,
    ReplaceScheduleBody,
    SchedulesQuery,
)
from runyard.api.schedule_ports import SchedulesPort
from runyard.definitions.schedule_names import check_schedule_name, free_name
from runyard.definitions.schedule_settings import check_schedule, to_schedule_settings
from runyard.domain.errors import NotFound, StaleEdit
from runyard.domain.schedules.model import Schedule
from runyard.domain.schedules.spec import ScheduleSpec
from runyard.domain.tasks import Task
from runyard.runtime.schedules.previews import Previews, check_parameters

schedules = Operations("schedules")

IfMatch = Annotated[str | None, Header(alias="If-Match")]
IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match")]
DryRun = Annotated[DryRunQuery, Query()]

_DRY_RUN: dict[int | str, dict[str, Any]] = {
    200: {"model": PlanChangeAnswer, "description": "`dry_run`: what would change"}
}
_TRIES = 3
_OR_DRY_RUN = ScheduleAnswer | PlanChangeAnswer


def schedule_answer(
    request: Request, schedule: Schedule, *, status: int = 200, located: bool = False
) -> Response:
    """A schedule with the number of its version as ETag; `located` tells its address."""
    headers = {"etag": etag(str(schedule.version))}
    if located:
        headers["location"] = f"{PREFIX}/schedules/{quote(schedule.id, safe=':')}"
    zone = service_of(request).schedules.default_zone
    return json_answer(schedule_dict(schedule, default_zone=zone), status=status, headers=headers)


async def schedule_id_of(known: SchedulesPort, ref: str) -> str:
    """The id that a reference means, also the id of a schedule that is deleted."""
    return ref if ":" in ref else (await known.get(ref)).id


def previews_of(request: Request) -> Previews:
    service = service_of(request)
    return Previews(service.schedules, service.catalog)


@schedules.on("GET", "/schedules", answers=SchedulePageAnswer)
async def list_schedules(request: Request, query: Annotated[SchedulesQuery, Query()]) -> Response:
    """Schedules by id, a page at a time."""
    known = service_of(request).schedules
    found = await known.page(
        task_id=query.task_id,
        q=query.q,
        paused=query.paused,
        broken=query.broken,
        after=key_of(query.cursor),
        limit=query.limit + 1,
    )
    page = found[: query.limit]
    zone = known.default_zone
    items = (dumps(schedule_dict(schedule, default_zone=zone)) for schedule in page)
    more = len(found) > len(page)
    return JsonBytes(page_bytes(items, cursor_after(page[-1].id) if more else None))


@schedules.on(
    "POST",
    "/schedules",
    answers=ScheduleAnswer,
    status=201,
    errors=(404, 409),
    others=_DRY_RUN,
)
async def create_schedule(request: Request, body: CreateScheduleBody, query: DryRun) -> Response:
    """Give a task a schedule.

    With `?dry_run=true` nothing is saved; the answer tells the fires of the next 30 days.
    """
    spec = check_schedule(body.settings)
    name = await _name_for(request, body)
    if query.dry_run:
        draft, change = await previews_of(request).creation(
            task_id=body.task_id, name=name, spec=spec
        )
        zone = service_of(request).schedules.default_zone
        return json_answer(change_dict(draft, change, default_zone=zone))
    check_parameters(await service_of(request).catalog.get(body.task_id), spec)
    made = await service_of(request).schedules.create(
        task_id=body.task_id,
        name=name,
        spec=spec,
        author=caller_of(request),
        message=body.message,
    )
    return schedule_answer(request, made, status=201, located=True)


async def _name_for(request: Request, body: CreateScheduleBody) -> str:
    if body.name is not None:
        return check_schedule_name(body.name)
    taken = await service_of(request).schedules.names([body.task_id])
    return free_name(set(taken.get(body.task_id, ())))


@schedules.on(
    "GET",
    "/schedules/{schedule_id}",
    answers=ScheduleAnswer,
    errors=(404, 409),
    others={304: {"description": "`If-None-Match` names this version"}},
)
async def read_schedule(
    request: Request, schedule_id: str, if_none_match: IfNoneMatch = None
) -> Response:
    """One schedule; its ETag is the number of its version.

    `schedule_id` may also be the id of a task that has exactly one schedule. A 304 only means that
    the definition is the same: the next fire moves on without a new version.
    """
    schedule = await service_of(request).schedules.get(schedule_id)
    if is_known(if_none_match, current=str(schedule.version)):
        return nothing(status=304, headers={"etag": etag(str(schedule.version))})
    return schedule_answer(request, schedule)


@schedules.on("PUT", "/schedules/{schedule_id}", answers=_OR_DRY_RUN, errors=(404, 409, 412))
async def replace_schedule(
    request: Request,
    schedule_id: str,
    body: ReplaceScheduleBody,
    query: DryRun,
    if_match: IfMatch = None,
) -> Response:
    """Save a whole new definition as a new version.

    With `If-Match` an edit that is based on an older version is refused. With `?dry_run=true`
    nothing is saved; the answer tells which fires of the next 30 days appear and disappear.
    """
    return await _save(
        request,
        schedule_id,
        lambda _: check_schedule(body.settings),
        dry_run=query.dry_run,
        if_match=if_match,
        message=body.message,
    )


@schedules.on("PATCH", "/schedules/{schedule_id}", answers=_OR_DRY_RUN, errors=(404, 409, 412))
async def edit_schedule(
    request: Request,
    schedule_id: str,
    body: EditScheduleBody,
    query: DryRun,
    if_match: IfMatch = None,
) -> Response:
    """Change the keys that are given, as a new version; otherwise as PUT.

    Null takes a key out. Another trigger takes the place of the old one.
    """

    def edited(old: ScheduleSpec) -> ScheduleSpec:
        return check_schedule(body.applied_to(to_schedule_settings(old)))

    tries = 1 if if_match is not None else _TRIES
    while True:
        tries -= 1
        try:
            return await _save(
                request,
                schedule_id,
                edited,
                dry_run=query.dry_run,
                if_match=if_match,
                message=body.message,
                as_read=True,
            )
        except StaleEdit:  # someone else was faster: the keys that are not given are theirs now
            if tries <= 0:
                raise


async def _save(
    request: Request,
    schedule_id: str,
    edit: Callable[[ScheduleSpec], ScheduleSpec],
    *,
    dry_run: bool,
    if_match: str | None,
    message: str,
    as_read: bool = False,
) -> Response:
    """`as_read`: refuse it if the schedule was changed after `edit` has seen it."""
    known = service_of(request).schedules
    old = await known.get(schedule_id)
    expected = expected_version(if_match, current=old.version)
    spec = edit(old.spec)
    if (task := await _task_of(request, old)) is not None:
        check_parameters(task, spec)
    if dry_run:
        draft, change = await previews_of(request).replacement(old, spec)
        return json_answer(change_dict(draft, change, default_zone=known.default_zone))
    saved = await known.replace(
        old.id,
        spec,
        expected_version=old.version if as_read else expected,
        author=caller_of(request),
        message=message,
    )
    return schedule_answer(request, saved)


async def _task_of(request: Request, schedule: Schedule) -> Task | None:
    try:
        return await service_of(request).catalog.get(schedule.task_id)
    except NotFound:
        return None  # it was deleted; its schedule can be edited all the same


@schedules.on("DELETE", "/schedules/{schedule_id}", status=204, errors=(404, 409))
async def delete_schedule(request: Request, schedule_id: str) -> Response:
    """Delete a schedule; its occurrences stay readable and its runs go on."""
    known = service_of(request).schedules
    schedule = await known.get(schedule_id)
    await known.delete(schedule.id, author=caller_of(request))
    return nothing()


@schedules.on(
    "GET", "/schedules/{schedule_id}/versions", answers=ScheduleVersionsAnswer, errors=(404, 409)
)
async def list_schedule_versions(request: Request, schedule_id: str) -> Response:
    """All saved versions, newest first; also of a schedule that is deleted."""
    known = service_of(request).schedules
    found = await known.versions(await schedule_id_of(known, schedule_id))
    return json_answer({"items": [version_dict(version) for version in found]})
