"""Timelines of schedules: the server's zone, and the named calendars, kept in memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from zoneinfo import TZPATH

from runyard.domain.schedules.calendars import Calendar
from runyard.domain.schedules.lookahead import Lookahead
from runyard.domain.schedules.model import Fire, Schedule
from runyard.domain.schedules.spec import ScheduleSpec
from runyard.domain.schedules.timeline import Timeline, jitter_of, make_timeline


class Timelines:
    """Makes timelines; may be used from any thread. There are few calendars, so all are here."""

    def __init__(self, *, default_zone: str) -> None:
        self.default_zone = default_zone
        self._calendars: dict[str, Calendar] = {}

    def set_calendars(self, calendars: dict[str, Calendar]) -> None:
        self._calendars = calendars

    def set_calendar(self, name: str, calendar: Calendar | None) -> None:
        others = {key: value for key, value in self._calendars.items() if key != name}
        self._calendars = others if calendar is None else {**others, name: calendar}

    def calendar(self, name: str) -> Calendar | None:
        return self._calendars.get(name)

    def make(self, spec: ScheduleSpec, *, key: str, anchor: datetime) -> Timeline:
        """Raises Invalid for a spec that can't be, also for an unknown calendar."""
        return make_timeline(
            spec,
            default_zone=self.default_zone,
            anchor=anchor,
            key=key,
            calendar=None if spec.calendar is None else self._calendars.get(spec.calendar),
        )

    def of(self, schedule: Schedule) -> Timeline:
        return self.make(schedule.spec, key=schedule.id, anchor=schedule.anchor)


def zone_stamp(default_zone: str) -> str:
    """Changes when wall-clock times may lie elsewhere: the server's zone or zone data is new."""
    data = [version("tzdata")]
    for folder in TZPATH:
        listing = Path(folder) / "tzdata.zi"
        if listing.is_file():
            with listing.open() as lines:
                data.append(lines.readline().strip())
    return " ".join((default_zone, *data))


def lookahead_of(schedule: Schedule, timeline: Timeline) -> Lookahead:
    """The fires of `schedule` that are not decided yet."""
    spec, key = schedule.spec, schedule.id
    return Lookahead(
        undecided(schedule, timeline),
        jitter=lambda planned: jitter_of(spec, key, planned),
        next_at=schedule.next_at,
        next_due=schedule.next_due,
    )


def undecided(schedule: Schedule, timeline: Timeline) -> Iterator[Fire]:
    """Planned fires after the cursor. `@reboot` has the one that a start of the server noted."""
    if not timeline.is_reboot:
        return timeline.after(schedule.cursor)
    at = schedule.next_at
    if at is None or at <= schedule.cursor:
        return iter(())
    local = at.astimezone(timeline.zone).replace(tzinfo=None, fold=0)
    return iter((Fire(at=at, local=local, note="the server started"),))
