"""When a schedule fires: the one place that turns a spec into its planned fires."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from runyard.domain.errors import Invalid
from runyard.domain.schedules.calendars import Calendar
from runyard.domain.schedules.cron_expression import CronExpression, parse_cron
from runyard.domain.schedules.cron_fires import cron_times
from runyard.domain.schedules.every import every_after
from runyard.domain.schedules.model import Fire
from runyard.domain.schedules.placing import Placing, place, place_one
from runyard.domain.schedules.rolling import Rolling, on_calendar
from runyard.domain.schedules.spec import DstGap, DstRepeat, ScheduleSpec
from runyard.domain.schedules.zones import find_zone, naive_utc

if TYPE_CHECKING:
    from runyard.domain.schedules.recurrence import Recurrence

SHORTEST_INTERVAL = timedelta(milliseconds=100)
_MICROSECOND = timedelta(microseconds=1)
_EARLIEST = datetime(1, 3, 1, tzinfo=UTC)  # leaves room to look back over a calendar

Source = Callable[[datetime], Iterator[Fire]]
"""Fires after an instant (aware), ascending, before calendar, start and end are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The planned fires of one schedule; small, holds no position, can be asked again and again.

    `zone` is where wall-clock times are meant. `is_reboot`: it fires at each start of the server
    and has no planned fires.
    """

    zone: ZoneInfo
    is_reboot: bool = False
    source: Source
    rolling: Rolling | None = None
    start: datetime | None = None
    end: datetime | None = None

    def after(self, moment: datetime) -> Iterator[Fire]:
        """The fires strictly after `moment` (aware), ascending by `at`, as long as there are any.

        Lazy: each one is computed when it is asked for. Fires with `skipped` set are among them.
        `Fire.local` is naive. Fires before `start` and after `end` do not exist.
        """
        if self.is_reboot:
            return iter(())
        begin = max(moment, _EARLIEST).astimezone(UTC)
        if self.start is not None:
            begin = max(begin, self.start - _MICROSECOND)
        if self.rolling is None:
            fires = self.source(begin)
        else:
            fires = on_calendar(self.source, self.rolling, begin)
        return fires if self.end is None else _until(fires, self.end)


def make_timeline(
    spec: ScheduleSpec,
    *,
    default_zone: str,
    anchor: datetime,
    key: str,
    calendar: Calendar | None,
) -> Timeline:
    """The timeline of a spec; what it can't mean raises Invalid with `problems`.

    `default_zone` holds where the spec names none. `anchor` (aware) is when the schedule was
    made: what `every` and an rrule without DTSTART count from when the spec has no start. `key`,
    the schedule's id, is what `H` is drawn from. `calendar` is the one that the spec names.
    """
    zone = find_zone(spec.timezone or default_zone)
    placing = _placing(zone, spec.dst_gap or DstGap.SHIFT, spec.dst_repeat or DstRepeat.FIRST)
    start, end = _instant(spec.start, zone), _instant(spec.end, zone)
    if start is not None and end is not None and end < start:
        raise _refused("end", "it ends before it starts")
    if (spec.calendar is None) != (calendar is None):
        raise _refused("calendar", f"there is no calendar {spec.calendar!r}")
    expression = _cron_of(spec, key)
    return Timeline(
        zone=zone,
        is_reboot=expression is not None and expression.reboot,
        source=_source(spec, expression, placing, start or anchor),
        rolling=None if calendar is None else Rolling(calendar, spec.roll, placing),
        start=start,
        end=end,
    )


def check_trigger(spec: ScheduleSpec, *, default_zone: str = "UTC", key: str = "") -> None:
    """Raises Invalid when the trigger, zone, start or end of a spec can't be right.

    Its calendar is not looked at: only the server knows which there are.
    """
    find_zone(spec.timezone or default_zone)
    _cron_of(spec, key)
    bare = ScheduleSpec(
        at=spec.at,
        every=spec.every,
        cron=spec.cron,
        rrule=spec.rrule,
        day_match=spec.day_match,
        timezone=spec.timezone,
        start=spec.start,
        end=spec.end,
    )
    make_timeline(
        bare,
        default_zone=default_zone,
        anchor=datetime(2000, 1, 1, tzinfo=UTC),
        key=key,
        calendar=None,
    )


def jitter_of(spec: ScheduleSpec, key: str, planned: datetime) -> timedelta:
    """How long a fire is put off: 0 to `spec.jitter`, always the same for one planned time.

    Whole microseconds, spread evenly; drawn from the schedule's id and the planned time, so that
    it survives restarts and differs between schedules that are due together.
    """
    if not spec.jitter:
        return timedelta()
    stamp = planned.astimezone(UTC).isoformat()
    digest = blake2b(f"{key}\0{stamp}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % (spec.jitter // _MICROSECOND + 1) * _MICROSECOND


@lru_cache(maxsize=1024)
def _placing(zone: ZoneInfo, gap: DstGap | None, repeat: DstRepeat) -> Placing:
    """Shared by all schedules of a zone."""
    return Placing(zone, gap, repeat)


def _cron_of(spec: ScheduleSpec, key: str) -> CronExpression | None:
    given = [name for name in ("at", "every", "cron", "rrule") if getattr(spec, name) is not None]
    if len(given) != 1:
        found = f"; found {' and '.join(given)}" if given else ""
        raise _refused("", f"a schedule has exactly one of at, every, cron, rrule{found}")
    if spec.cron is None:
        return None
    return parse_cron(spec.cron, key=key, day_match=spec.day_match)


def _source(
    spec: ScheduleSpec, expression: CronExpression | None, placing: Placing, anchor: datetime
) -> Source:
    if expression is not None:
        return _cron_source(spec, expression, placing)
    if spec.every is not None:
        return _every_source(spec.every, placing.zone, anchor, at_once=spec.at_once)
    if spec.at is not None:
        return _at_source(spec.at, placing)
    assert spec.rrule is not None  # noqa: S101 - one of the four is given
    # Few use it, and with dateutil it is slow to import.
    from runyard.domain.schedules.recurrence import parse_rrule  # noqa: PLC0415

    rule = parse_rrule(spec.rrule, zone=placing.zone, anchor=anchor)
    return _rrule_source(spec, rule, placing)


def _cron_source(spec: ScheduleSpec, expression: CronExpression, placing: Placing) -> Source:
    if expression.every_hour:  # elapsed time: nothing to shift, and both passes of a repeat count
        placing = _placing(placing.zone, spec.dst_gap, spec.dst_repeat or DstRepeat.BOTH)

    def after(begin: datetime) -> Iterator[Fire]:
        return place(lambda local: cron_times(expression, local), placing, naive_utc(begin))

    return after


def _rrule_source(spec: ScheduleSpec, rule: Recurrence, placing: Placing) -> Source:
    zone = placing.zone
    placing = Placing(rule.zone, placing.gap, placing.repeat)
    if rule.every_hour:
        placing = Placing(rule.zone, spec.dst_gap, spec.dst_repeat or DstRepeat.BOTH)
    if rule.zone.key == zone.key:
        return lambda begin: place(rule.times, placing, naive_utc(begin))

    def shown_in_zone(begin: datetime) -> Iterator[Fire]:
        for fire in place(rule.times, placing, naive_utc(begin)):
            yield replace(fire, local=fire.at.astimezone(zone).replace(tzinfo=None, fold=0))

    return shown_in_zone


def _every_source(
    interval: timedelta, zone: ZoneInfo, anchor: datetime, *, at_once: bool
) -> Source:
    if interval < SHORTEST_INTERVAL:
        raise _refused("every", "the interval must be at least 0.1 seconds")
    first = 0 if at_once else 1
    return lambda begin: every_after(interval, anchor=anchor, first=first, zone=zone, moment=begin)


def _at_source(at: datetime, placing: Placing) -> Source:
    if at.tzinfo is None:
        fires = place_one(at, placing)
    else:
        local = at.astimezone(placing.zone).replace(tzinfo=None, fold=0)
        fires = (Fire(at=at.astimezone(UTC), local=local),)
    return lambda begin: (fire for fire in fires if fire.at > begin)


def _instant(given: datetime | None, zone: ZoneInfo) -> datetime | None:
    """A bound as an instant: without an offset it is a wall-clock time in the zone."""
    if given is None:
        return None
    if given.tzinfo is not None:
        return given.astimezone(UTC)
    return place_one(given, Placing(zone, DstGap.SHIFT, DstRepeat.FIRST))[0].at


def _until(fires: Iterator[Fire], end: datetime) -> Iterator[Fire]:
    for fire in fires:
        if fire.at > end:
            return
        yield fire


def _refused(where: str, message: str) -> Invalid:
    text = f"{where}: {message}" if where else message
    return Invalid(text, problems=[{"where": where, "message": message, "position": 0}])
