"""The ledger of a schedule, what it will do next, and why it did what it did."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from starlette.requests import Request
from starlette.responses import Response

from runyard.api.calls import service_of
from runyard.api.marks import Query
from runyard.api.operations import Operations
from runyard.api.responses import json_answer
from runyard.api.routes.schedules import previews_of, schedule_id_of
from runyard.api.schedule_answers import (
    FiresAnswer,
    OccurrencePageAnswer,
    OutcomesAnswer,
    PreviewAnswer,
    WhyAnswer,
)
from runyard.api.schedule_encoding import due_fire_dict, occurrence_dict
from runyard.api.schedule_models import (
    FiresQuery,
    NewestQuery,
    OccurrencesQuery,
    PreviewBody,
    WhyQuery,
)
from runyard.api.schedule_ports import SchedulesPort
from runyard.definitions.schedule_settings import check_schedule, to_schedule_settings
from runyard.domain.errors import NotFound
from runyard.domain.schedules.model import Schedule
from runyard.domain.schedules.zones import find_zone
from runyard.runtime.schedules.moments import Moment, read_moment

occurrences = Operations("schedules")

# Fires that a gap leaves out stand in the ledger just before its end.
_BEFORE_A_GAP_ENDS = timedelta(seconds=1)
_MANY_IN_A_GAP = 500


@occurrences.on(
    "GET",
    "/schedules/{schedule_id}/occurrences",
    answers=OccurrencePageAnswer,
    errors=(404, 409),
)
async def list_occurrences(
    request: Request, schedule_id: str, query: Annotated[OccurrencesQuery, Query()]
) -> Response:
    """Every planned fire up to now and what was decided about it, newest first.

    Also of a schedule that is deleted.
    """
    known = service_of(request).schedules
    page = await known.occurrences(
        await schedule_id_of(known, schedule_id),
        decisions=tuple(query.decision),
        since=query.since,
        until=query.until,
        cursor=query.cursor,
        limit=query.limit,
    )
    items = [occurrence_dict(occurrence) for occurrence in page.items]
    return json_answer({"items": items, "next_cursor": page.next_cursor})


@occurrences.on("GET", "/occurrences", answers=OutcomesAnswer)
async def list_newest_occurrences(
    request: Request, query: Annotated[NewestQuery, Query()]
) -> Response:
    """The newest occurrences of several schedules, each with the state of its run.

    Of each schedule the newest first; one that is not known has none.
    """
    found = await service_of(request).schedules.newest_occurrences(
        query.schedule_id, since=query.since, until=query.until, limit=query.limit
    )
    items = [{**occurrence_dict(one), "status": status} for one, status in found]
    return json_answer({"items": items})


@occurrences.on("GET", "/schedules/{schedule_id}/why", answers=WhyAnswer, errors=(404, 409))
async def explain_moment(
    request: Request, schedule_id: str, query: Annotated[WhyQuery, Query()]
) -> Response:
    """What happened, or will happen, at a moment, and by which rule."""
    known = service_of(request).schedules
    schedule = await _also_deleted(known, schedule_id)
    zone = find_zone(schedule.spec.timezone or known.default_zone)
    moment = read_moment(query.at, zone=zone, now=datetime.now(UTC))
    told = await known.why(schedule.id, await _in_ledger(known, schedule, moment))
    sentence = told.sentence
    if moment.left_out is not None and told.at == moment.at and told.occurrence is None:
        sentence = f"{moment.left_out} does not exist in {zone}; it is skipped there. {sentence}"
    return json_answer(
        {
            "schedule_id": schedule.id,
            "at": told.at,
            "local": told.at.astimezone(zone).isoformat(),
            "occurrence": None if told.occurrence is None else occurrence_dict(told.occurrence),
            "sentence": sentence,
        }
    )


async def _also_deleted(known: SchedulesPort, ref: str) -> Schedule:
    try:
        return await known.get(ref)
    except NotFound:
        if ":" not in ref:
            raise
        return (await known.why(ref, datetime.now(UTC))).schedule


async def _in_ledger(known: SchedulesPort, schedule: Schedule, moment: Moment) -> datetime:
    """The instant under which the ledger has it, which for a time in a gap is its end or less."""
    if moment.left_out is None:
        return moment.at
    page = await known.occurrences(
        schedule.id,
        since=moment.at - _BEFORE_A_GAP_ENDS,
        until=moment.at + timedelta(microseconds=1),
        limit=_MANY_IN_A_GAP,
    )
    wanted = moment.left_out.isoformat()
    for occurrence in page.items:
        if occurrence.planned_local.startswith(wanted):
            return occurrence.planned_at
    timeline = known.timeline(schedule.spec, schedule_id=schedule.id, anchor=schedule.anchor)
    for fire in timeline.after(moment.at - _BEFORE_A_GAP_ENDS):
        if fire.local == moment.left_out:
            return fire.at
        if fire.at > moment.at:
            break
    return moment.at


@occurrences.on("GET", "/schedules/{schedule_id}/fires", answers=FiresAnswer, errors=(404, 409))
async def list_next_fires(
    request: Request, schedule_id: str, query: Annotated[FiresQuery, Query()]
) -> Response:
    """The next planned fires, in its zone and in UTC, with what zone and calendar do to them."""
    known = service_of(request).schedules
    schedule = await known.get(schedule_id)
    fires, more = await previews_of(request).fires(schedule, count=query.count, after=query.after)
    return json_answer(
        {
            "timezone": schedule.spec.timezone or known.default_zone,
            "items": [due_fire_dict(one) for one in fires],
            "more": more,
        }
    )


@occurrences.on("POST", "/schedules/preview", answers=PreviewAnswer)
async def preview_schedule(request: Request, body: PreviewBody) -> Response:
    """What a schedule means and when it would fire; nothing is saved.

    A wrong expression is refused; `problems` then has the `position` of the character that is
    wrong, from 0. In a good answer `problems` says what else speaks against it.
    """
    spec = check_schedule(body.settings)
    preview = await previews_of(request).preview(
        spec,
        count=body.count,
        after=body.after,
        language=body.language,
        task_id=body.task_id,
        name=body.name,
    )
    return json_answer(
        {
            "description": preview.description,
            "timezone": preview.timezone,
            "fires": [due_fire_dict(one) for one in preview.fires],
            "more": preview.more,
            "settings": to_schedule_settings(spec),
            "problems": preview.problems,
        }
    )
