"""Schedules, planned fires and the ledger as plain data for JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from runyard.definitions.schedule_settings import to_schedule_settings
from runyard.domain.errors import Invalid
from runyard.domain.schedules.words import Language, describe
from runyard.domain.schedules.zones import find_zone

if TYPE_CHECKING:
    from runyard.domain.schedules.model import Fire, Occurrence, Schedule, ScheduleVersion
    from runyard.domain.schedules.spec import ScheduleSpec
    from runyard.runtime.schedules.coming import Coming
    from runyard.runtime.schedules.previewing import PlanChange


def schedule_dict(schedule: Schedule, *, default_zone: str) -> dict[str, Any]:
    """A schedule in full; `default_zone` is that of schedules which name none."""
    spec = schedule.spec
    zone = spec.timezone or default_zone
    following = schedule.next_at
    return {
        "id": schedule.id,
        "task_id": schedule.task_id,
        "name": schedule.name,
        "source": schedule.source,
        "spec": schedule_spec_dict(spec),
        "settings": to_schedule_settings(spec),
        "description": _description(schedule),
        "timezone": zone,
        "next": None if following is None else _next(following, zone),
        "version": schedule.version,
        "paused": schedule.paused,
        "pause_reason": schedule.pause_reason,
        "paused_at": schedule.paused_at,
        "anchor": schedule.anchor,
        "cursor": schedule.cursor,
        "next_at": following,
        "next_due": schedule.next_due,
        "fires": schedule.fires,
        "failures": schedule.failures,
        "skip_next": schedule.skip_next,
        "problem": schedule.problem,
        "created_at": schedule.created_at,
        "updated_at": schedule.updated_at,
        "deleted_at": schedule.deleted_at,
        "seq": schedule.seq,
    }


def _next(at: datetime, zone: str) -> dict[str, Any]:
    try:
        local = at.astimezone(find_zone(zone))
    except Invalid:  # the zone is no longer known; `problem` says so
        local = at
    return {"at": at, "local": local.isoformat()}


def _description(schedule: Schedule) -> dict[str, str]:
    try:
        words: tuple[Language, ...] = ("en", "zh")
        return {one: describe(schedule.spec, one, key=schedule.id) for one in words}
    except Invalid:  # its definition can't be read any more; `problem` says so
        return {"en": "", "zh": ""}


def schedule_spec_dict(spec: ScheduleSpec) -> dict[str, Any]:
    return {
        "at": _moment(spec.at),
        "every_s": None if spec.every is None else spec.every.total_seconds(),
        "cron": spec.cron,
        "rrule": spec.rrule,
        "day_match": spec.day_match,
        "at_once": spec.at_once,
        "timezone": spec.timezone,
        "start": _moment(spec.start),
        "end": _moment(spec.end),
        "max_fires": spec.max_fires,
        "jitter_s": spec.jitter.total_seconds(),
        "calendar": spec.calendar,
        "roll": spec.roll,
        "overlap": spec.overlap,
        "catch_up": spec.catch_up,
        "catch_up_window_s": spec.catch_up_window.total_seconds(),
        "grace_s": spec.grace.total_seconds(),
        "dst_gap": spec.dst_gap,
        "dst_repeat": spec.dst_repeat,
        "pause_after_failures": spec.pause_after_failures,
        "params": spec.params,
        "argv": spec.argv,
        "note": spec.note,
    }


def _moment(moment: datetime | None) -> str | None:
    """UTC with `Z`; a wall-clock time without an offset stays without."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        return moment.isoformat()
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def version_dict(version: ScheduleVersion) -> dict[str, Any]:
    return {
        "schedule_id": version.schedule_id,
        "version": version.version,
        "spec": schedule_spec_dict(version.spec),
        "settings": to_schedule_settings(version.spec),
        "author": version.author,
        "message": version.message,
        "created_at": version.created_at,
    }


def fire_dict(fire: Fire) -> dict[str, Any]:
    return {
        "at": fire.at,
        "local": fire.local.replace(tzinfo=None).isoformat(),
        "skipped": fire.skipped,
        "note": fire.note,
    }


def due_fire_dict(one: Coming) -> dict[str, Any]:
    return {**fire_dict(one.fire), "due": one.due}


def upcoming_dict(one: Coming, *, default_zone: str) -> dict[str, Any]:
    return {
        "schedule_id": one.schedule_id,
        "task_id": one.task_id,
        "timezone": one.timezone or default_zone,
        **due_fire_dict(one),
    }


def change_dict(schedule: Schedule, change: PlanChange, *, default_zone: str) -> dict[str, Any]:
    """What saving `schedule` would change."""
    return {
        "schedule": schedule_dict(schedule, default_zone=default_zone),
        "appear": [fire_dict(fire) for fire in change.appear],
        "disappear": [fire_dict(fire) for fire in change.disappear],
        "until": change.until,
        "more": change.more,
    }


def occurrence_dict(occurrence: Occurrence) -> dict[str, Any]:
    return {
        "schedule_id": occurrence.schedule_id,
        "planned_at": occurrence.planned_at,
        "planned_local": occurrence.planned_local,
        "due_at": occurrence.due_at,
        "origin": occurrence.origin,
        "decision": occurrence.decision,
        "rule": occurrence.rule,
        "decided_at": occurrence.decided_at,
        "run_id": occurrence.run_id,
        "count": occurrence.count,
        "through": occurrence.through,
    }
