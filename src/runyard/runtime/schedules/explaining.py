"""Answers "why?" about one moment of a schedule: its row, or what is planned next to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from runyard.domain.errors import RunyardError
from runyard.domain.schedules.deciding import local_text
from runyard.domain.schedules.model import Decision, Fire, Occurrence, Schedule
from runyard.domain.schedules.timeline import Timeline, jitter_of

_MICROSECOND = timedelta(microseconds=1)
_MINUTE = timedelta(minutes=1)
_DAYS_BACK = (1, 8, 32, 367, 1500)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """`occurrence` is the row that stands for `at`, if there is one; `sentence` says it all."""

    schedule: Schedule
    at: datetime
    occurrence: Occurrence | None
    sentence: str


def about_row(row: Occurrence) -> str:
    """What became of a planned fire."""
    if row.count > 1:
        when = f"{row.count} fires planned from {row.planned_local} on"
    else:
        when = f"the fire planned for {row.planned_local}"
    run = f", run {row.run_id}" if row.run_id else ""
    return f"{when}: {row.decision.value}{run}. {_sentence(row.rule)}"


def about_no_row(schedule: Schedule, timeline: Timeline, at: datetime, *, now: datetime) -> str:
    """Why there is no row within the minute of `at`, or what will be decided there."""
    if timeline.is_reboot:
        return "It fires when the server starts, and has no other planned fires."
    fire = next(timeline.after(at - _MICROSECOND), None)
    is_near = fire is not None and fire.at - at < _MINUTE
    if fire is not None and is_near and fire.at > schedule.cursor and not _is_over(schedule):
        return _about_future(schedule, timeline, fire, now=now)
    between = []
    before = _before(timeline, at)
    if before is not None:
        between.append(f"the one before it is {_local(before, timeline)}")
    if fire is not None:
        between.append(f"the one after it is {_local(fire, timeline)}")
    if fire is not None and is_near and fire.at <= schedule.cursor:
        return (
            f"{_local(fire, timeline)} is a planned time of the present definition, but it has no "
            "row: the schedule was made or changed later."
        )
    beside = f": {' and '.join(between)}" if between else ""
    return f"No fire is planned for {_text(at, timeline)}{beside}."


def _about_future(schedule: Schedule, timeline: Timeline, fire: Fire, *, now: datetime) -> str:
    due = fire.at + jitter_of(schedule.spec, schedule.id, fire.at)
    what = f"The fire planned for {_local(fire, timeline)}"
    if fire.skipped is not None:
        return f"{what} will not run: {fire.note or fire.skipped.value}."
    if schedule.problem is not None:
        return f"{what} will be {Decision.REFUSED.value} as things are: {schedule.problem}."
    if schedule.paused:
        return f"{what} will be {Decision.PAUSED.value}: the schedule is paused."
    if schedule.skip_next:
        return f"{what} may be skipped: {schedule.skip_next} of the next fires are, by request."
    note = f" ({fire.note})" if fire.note else ""
    late = f", put off by jitter to {_text(due, timeline)}" if due > fire.at else ""
    state = "is about to run" if due <= now else "will run"
    return f"{what} {state}{late}{note}."


def _before(timeline: Timeline, at: datetime) -> Fire | None:
    """The last fire before `at`, if there is one within four years."""
    for days in _DAYS_BACK:
        found: Fire | None = None
        try:
            start = at - timedelta(days=days)
        except OverflowError:
            return None
        for count, fire in enumerate(timeline.after(start)):
            if fire.at >= at or count > 100_000:
                break
            found = fire
        if found is not None:
            return found
    return None


def _is_over(schedule: Schedule) -> bool:
    return schedule.next_at is None and schedule.problem is None


def _local(fire: Fire, timeline: Timeline) -> str:
    return local_text(fire.local, fire.at, timeline.zone)


def _text(at: datetime, timeline: Timeline) -> str:
    return local_text(at.astimezone(timeline.zone).replace(tzinfo=None), at, timeline.zone)


def _sentence(rule: str) -> str:
    return f"{rule[:1].upper()}{rule[1:]}." if rule else ""


def explain(
    schedule: Schedule,
    timeline: Timeline | RunyardError,
    at: datetime,
    *,
    row: Occurrence | None,
    now: datetime,
) -> Explanation:
    if row is not None:
        sentence = about_row(row)
    elif schedule.deleted_at is not None:
        sentence = f"The schedule was deleted at {schedule.deleted_at.isoformat()}."
    elif isinstance(timeline, RunyardError):
        sentence = f"Its fires can't be computed: {timeline.message}."
    else:
        sentence = about_no_row(schedule, timeline, at, now=now)
    return Explanation(schedule=schedule, at=at, occurrence=row, sentence=sentence)
