"""What a calendar does to fires: those on excluded days are skipped or moved to another day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from heapq import heappop, heappush

from runyard.domain.schedules.calendars import Calendar
from runyard.domain.schedules.model import Decision, Fire
from runyard.domain.schedules.placing import Placing, place_one
from runyard.domain.schedules.spec import DstGap, DstRepeat, Roll

FARTHEST_ROLL = 31  # days
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rolling:
    calendar: Calendar
    roll: Roll
    placing: Placing


def on_calendar(
    source: Callable[[datetime], Iterator[Fire]], rolling: Rolling, begin: datetime
) -> Iterator[Fire]:
    """The fires after `begin` as the calendar leaves them, ascending, one per instant.

    A moved fire keeps its wall-clock time; one that finds no included day within 31 days, or
    stands under `Roll.SKIP`, stays where it is and is skipped. A fire that is moved onto another
    is one with it.
    """
    if rolling.roll is Roll.SKIP:
        for fire in source(begin):
            yield _judged(fire, rolling.calendar)
        return
    ready: list[tuple[datetime, int, Fire]] = []
    reasons: dict[int, str] = {}  # why it was moved, by its number
    for number, fire in enumerate(source(_look_back(rolling, begin))):
        yield from _settled(ready, reasons, begin, _lowest_to_come(fire, rolling))
        moved, reason = _moved(fire, rolling)
        if reason:
            reasons[number] = reason
        heappush(ready, (moved.at, number, moved))
    yield from _settled(ready, reasons, begin, None)


def _judged(fire: Fire, calendar: Calendar) -> Fire:
    included, reason = calendar.includes(fire.local.date())
    if included or fire.skipped is not None:
        return fire
    return replace(fire, skipped=Decision.CALENDAR, note=_joined(fire.note, reason))


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)


def _look_back(rolling: Rolling, begin: datetime) -> datetime:
    """From where the source has to be read, so that what is moved past `begin` is among it."""
    if rolling.roll is Roll.PRECEDING:
        return begin
    here = begin.astimezone(rolling.placing.zone).date()
    day = here
    while (here - day).days < FARTHEST_ROLL and not rolling.calendar.includes(day - _DAY)[0]:
        day -= _DAY
    if day == here:
        return begin
    return _midnight(day) - _DAY  # a day more, for the offset of any zone


def _plain(rolling: Rolling) -> Placing:
    return Placing(rolling.placing.zone, DstGap.SHIFT, DstRepeat.FIRST)


def _lowest_to_come(fire: Fire, rolling: Rolling) -> datetime:
    """No fire of the source from this one on is moved to before this instant."""
    if rolling.roll is Roll.FOLLOWING:
        return fire.at
    day = fire.local.date()
    if rolling.calendar.includes(day)[0] and rolling.calendar.includes(day + _DAY)[0]:
        return fire.at
    target = _target(day, rolling)
    if target is None:
        return fire.at
    return _midnight(target) - _DAY


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _target(day: date, rolling: Rolling) -> date | None:
    step = -_DAY if rolling.roll is Roll.PRECEDING else _DAY
    for _ in range(FARTHEST_ROLL + 1):
        if rolling.calendar.includes(day)[0]:
            return day
        day += step
    return None


def _moved(fire: Fire, rolling: Rolling) -> tuple[Fire, str]:
    """Where the fire goes, and why if it does not stay."""
    day = fire.local.date()
    included, reason = rolling.calendar.includes(day)
    if included or fire.skipped is Decision.DST_REPEAT:
        return fire, ""
    target = _target(day, rolling)
    if target is None:
        note = _joined(fire.note, f"{reason}, and no day within {FARTHEST_ROLL} days is included")
        return replace(fire, skipped=fire.skipped or Decision.CALENDAR, note=note), ""
    return place_one(datetime.combine(target, fire.local.time()), _plain(rolling))[0], reason


def _settled(
    ready: list[tuple[datetime, int, Fire]],
    reasons: dict[int, str],
    begin: datetime,
    bound: datetime | None,
) -> Iterator[Fire]:
    """What is ready before `bound`; fires of one instant are one."""
    while ready and (bound is None or ready[0][0] < bound):
        at, number, fire = heappop(ready)
        chosen, why = fire, [reasons.pop(number, "")]
        while ready and ready[0][0] == at:
            _, number, fire = heappop(ready)
            why.append(reasons.pop(number, ""))
            if chosen.skipped is not None or (fire.skipped is None and not why[-1]):
                chosen = fire
        if at > begin:
            yield replace(chosen, note=_joined(chosen.note, _move_note(why)))


def _move_note(why: list[str]) -> str:
    reasons = [reason for reason in why if reason]
    if not reasons:
        return ""
    shown = "; ".join(reasons[:3])
    more = f"; and {len(reasons) - 3} more" if len(reasons) > 3 else ""
    return f"{'moved' if len(reasons) == len(why) else 'stands for moved ones too'}: {shown}{more}"
