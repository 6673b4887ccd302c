"""What is done with a schedule besides editing it: pause, resume, trigger, skip, backfill."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from runyard.api.answers import RunAnswer
from runyard.api.calls import caller_of, service_of
from runyard.api.marks import Query
from runyard.api.models import PauseBody, WaitQuery
from runyard.api.operations import Operations
from runyard.api.responses import json_answer
from runyard.api.routes.runs import run_answer
from runyard.api.routes.schedules import schedule_answer
from runyard.api.schedule_answers import BackfillAnswer, ScheduleAnswer
from runyard.api.schedule_encoding import occurrence_dict
from runyard.api.schedule_models import BackfillBody, SkipBody, TriggerBody
from runyard.domain.errors import Invalid
from runyard.domain.schedules.zones import find_zone

schedule_actions = Operations("schedules")

_WAITED: dict[int | str, dict[str, Any]] = {
    202: {"model": RunAnswer, "description": "Submitted, and not over when the wait was"},
}


@schedule_actions.on(
    "POST", "/schedules/{schedule_id}/pause", answers=ScheduleAnswer, errors=(404, 409)
)
async def pause_schedule(
    request: Request, schedule_id: str, body: PauseBody | None = None
) -> Response:
    """Let it fire no more for now; runs that are there go on.

    Fires during the pause are kept in the ledger as `paused`.
    """
    known = service_of(request).schedules
    schedule = await known.get(schedule_id)
    reason = body.reason if body else ""
    return schedule_answer(
        request, await known.pause(schedule.id, reason=reason, by=caller_of(request))
    )


@schedule_actions.on(
    "POST", "/schedules/{schedule_id}/resume", answers=ScheduleAnswer, errors=(404, 409)
)
async def resume_schedule(request: Request, schedule_id: str) -> Response:
    """Let it fire again; what it missed in the pause is made up for as `catch_up` says."""
    known = service_of(request).schedules
    schedule = await known.get(schedule_id)
    return schedule_answer(request, await known.resume(schedule.id, by=caller_of(request)))


@schedule_actions.on(
    "POST",
    "/schedules/{schedule_id}/trigger",
    answers=RunAnswer,
    status=201,
    errors=(404, 409),
    others=_WAITED,
)
async def trigger_schedule(
    request: Request,
    schedule_id: str,
    query: Annotated[WaitQuery, Query()],
    body: TriggerBody | None = None,
) -> Response:
    """Run it now, besides its plan; it need not be active.

    With `?wait=SECONDS` the answer is the finished run (201), or 202 with the state so far.
    """
    service = service_of(request)
    schedule = await service.schedules.get(schedule_id)
    run = await service.schedules.trigger(
        schedule.id, params=body.params if body else None, by=caller_of(request)
    )
    status = 201
    if query.wait and not run.status.is_final:
        run = await service.wait(run.id, timeout=timedelta(seconds=query.wait))
        status = 201 if run.status.is_final else 202
    return await run_answer(request, run, status=status, located=True)


@schedule_actions.on(
    "POST", "/schedules/{schedule_id}/skip-next", answers=ScheduleAnswer, errors=(404, 409)
)
async def skip_next_fires(
    request: Request, schedule_id: str, body: SkipBody | None = None
) -> Response:
    """Skip the next planned fires, or so many more of them; the ledger keeps them as `skipped`."""
    known = service_of(request).schedules
    schedule = await known.get(schedule_id)
    count = body.count if body else 1
    return schedule_answer(
        request, await known.skip_next(schedule.id, count=count, by=caller_of(request))
    )


@schedule_actions.on(
    "POST", "/schedules/{schedule_id}/backfill", answers=BackfillAnswer, errors=(404, 409)
)
async def backfill_schedule(request: Request, schedule_id: str, body: BackfillBody) -> Response:
    """Run what was planned in a past window and has not run: at most 1,000 fires.

    With `dry_run` the answer only tells which these would be.
    """
    known = service_of(request).schedules
    schedule = await known.get(schedule_id)
    zone = find_zone(schedule.spec.timezone or known.default_zone)
    found = await known.backfill(
        schedule.id,
        start=_instant(body.start, zone, where="start"),
        end=_instant(body.end, zone, where="end"),
        by=caller_of(request),
        dry_run=body.dry_run,
    )
    items = [occurrence_dict(occurrence) for occurrence in found]
    return json_answer({"items": items, "dry_run": body.dry_run})


def _instant(moment: datetime, zone: ZoneInfo, *, where: str) -> datetime:
    try:
        aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
        return aware.astimezone(UTC)
    except OverflowError:
        message = "lies outside of the calendar"
        raise Invalid(
            f"{where} {message}", problems=[{"where": where, "message": message}]
        ) from None
