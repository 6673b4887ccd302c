"""Timelines of schedules: the server's zone, and the named calendars, kept in memory.

Another server on the same database may change a calendar. Every round of decisions asks, in its
own transaction, for the number of the last change, so no fire is decided by an old one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from zoneinfo import TZPATH

from runyard.domain.schedules.calendars import Calendar, calendar_from
from runyard.domain.schedules.lookahead import Lookahead
from runyard.domain.schedules.model import Fire, Schedule
from runyard.domain.schedules.spec import ScheduleSpec
from runyard.domain.schedules.timeline import Timeline, jitter_of, make_timeline
from runyard.store import Tx, calendars


@dataclass(frozen=True, slots=True, kw_only=True)
class _Calendars:
    seq: int = 0
    by_name: Mapping[str, Calendar] = field(default_factory=dict)


class Timelines:
    """Makes timelines; may be used from any thread. There are few calendars, so all are here."""

    def __init__(self, *, default_zone: str) -> None:
        self.default_zone = default_zone
        self._known = _Calendars()

    @property
    def seq(self) -> int:
        """The change of the calendars up to which all are known."""
        return self._known.seq

    def load(self, tx: Tx) -> None:
        """Take the calendars as they are stored, and drop what is known."""
        by_name = {one.name: calendar_from(one.body) for one in calendars.all(tx)}
        self._known = _Calendars(seq=calendars.newest(tx), by_name=by_name)

    def follow(self, tx: Tx) -> None:
        """Load the calendars if they have changed. A snapshot older than what is known is left."""
        if calendars.newest(tx) > self._known.seq:
            self.load(tx)

    def set_calendar(self, name: str, calendar: Calendar, *, seq: int) -> None:
        """What this server is about to commit; `load` takes it back."""
        self._known = _Calendars(seq=seq, by_name={**self._known.by_name, name: calendar})

    def make(self, spec: ScheduleSpec, *, key: str, anchor: datetime) -> Timeline:
        """Raises Invalid for a spec that can't be, also for an unknown calendar."""
        return make_timeline(
            spec,
            default_zone=self.default_zone,
            anchor=anchor,
            key=key,
            calendar=None if spec.calendar is None else self._known.by_name.get(spec.calendar),
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
