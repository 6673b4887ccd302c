"""Named calendars: kept in the store, known to the timelines, and followed by their schedules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from runyard.domain.errors import Conflict, Invalid, NotFound
from runyard.domain.schedules.calendars import Calendar, calendar_from, calendar_settings
from runyard.runtime.clock import Clock
from runyard.runtime.schedules.carrying import Carrying
from runyard.runtime.schedules.editing import Editing
from runyard.runtime.schedules.settling import Settled
from runyard.runtime.schedules.timelines import Timelines
from runyard.store import Store, Tx, calendars, schedules
from runyard.store.calendars import StoredCalendar

_NAME = re.compile(r"[\w.-]{1,100}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCalendar:
    name: str
    calendar: Calendar
    author: str
    updated_at: datetime


class Calendars:
    """All of them in memory: there are few, and every planned fire may ask one."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        timelines: Timelines,
        editing: Editing,
        carrying: Carrying,
    ) -> None:
        self._store = store
        self._clock = clock
        self._timelines = timelines
        self._editing = editing
        self._carrying = carrying

    async def open(self) -> None:
        """Call before the first timeline is made."""
        await self._store.read(self._timelines.load)

    async def all(self) -> list[NamedCalendar]:
        """By name."""
        return [_named(one) for one in await self._store.read(calendars.all)]

    async def get(self, name: str) -> NamedCalendar:
        """Raises NotFound."""
        found = await self._store.read(lambda tx: calendars.get(tx, name))
        if found is None:
            raise _unknown(name)
        return _named(found)

    async def save(self, name: str, calendar: Calendar, *, author: str) -> None:
        """Create or overwrite; the next fires of schedules that use it are computed anew.

        What was decided stays: a fire of the past is never decided again. Raises Invalid.
        """
        if not _NAME.fullmatch(name):
            raise Invalid(
                f"{name[:80]!r} can't be the name of a calendar",
                hint="use 1 to 100 letters, digits, '_', '-' and '.'",
            )
        try:
            settled = await self._store.write(
                lambda tx: self._save(tx, name, calendar, author=author)
            )
        except BaseException:
            await self.open()  # back to what is stored
            raise
        await self._carrying.out(settled)

    def _save(self, tx: Tx, name: str, calendar: Calendar, *, author: str) -> Settled:
        now = self._clock.now()
        settled = Settled()
        tx.numbers(0)  # locks the feed: what is known from here on is what others left
        self._timelines.follow(tx)
        users = schedules.using_calendar(tx, name)
        for schedule in users:
            settled.add(self._editing.settle(tx, schedule, now=now))
        body = calendar_settings(calendar)
        stored = StoredCalendar(name=name, body=body, author=author, updated_at=now)
        seq = calendars.put(tx, stored)
        bases = [settled.schedules.get(one.id, one) for one in users]
        for base in bases:
            self._editing.let_go(
                tx, base, now, "its calendar was changed before its jitter was over"
            )
        # Before the commit, in the thread of all decisions: the next one goes by the new days.
        self._timelines.set_calendar(name, calendar, seq=seq)
        for base in bases:
            self._editing.plan_from(tx, base, now=now)
        return settled

    async def delete(self, name: str) -> None:
        """Raises NotFound, or Conflict while a schedule uses it."""

        def change(tx: Tx) -> None:
            users = schedules.using_calendar(tx, name)
            if users:
                raise Conflict(
                    f"calendar {name!r} is used by {users[0].id}"
                    + (f" and {len(users) - 1} more" if len(users) > 1 else ""),
                    schedules=[one.id for one in users[:20]],
                )
            if not calendars.delete(tx, name):
                raise _unknown(name)

        await self._store.write(change)
        await self.open()


def _named(stored: StoredCalendar) -> NamedCalendar:
    return NamedCalendar(
        name=stored.name,
        calendar=calendar_from(stored.body),
        author=stored.author,
        updated_at=stored.updated_at,
    )


def _unknown(name: str) -> NotFound:
    return NotFound(f"there is no calendar {name!r}", name=name)
