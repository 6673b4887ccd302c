"""The scheduler: decides every planned fire when its time has come, and sleeps until the next."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from runyard.domain.errors import StoreUnavailable
from runyard.domain.runs import Run
from runyard.domain.schedules.model import Schedule
from runyard.runtime.clock import Clock
from runyard.runtime.schedules.carrying import Carrying
from runyard.runtime.schedules.preparing import Preparing
from runyard.runtime.schedules.settling import Settled, Settling
from runyard.runtime.schedules.sync import Sync
from runyard.store import Change, Store, Tx, of_known_things, schedule_runs, schedules
from runyard.store.encoding import from_us_or_none

log = logging.getLogger("runyard.scheduler")

AHEAD = timedelta(seconds=2)
"""So long before its time a schedule is prepared."""

_AT_ONCE = 1_000  # schedules decided in one transaction
_PREPARED_AT_ONCE = 5_000
_LOOK_AGAIN_S = 1.0  # the clock may be set, the machine may sleep
_STORE_RETRY_S = 0.5
_LEAST_S = 0.002  # so that nothing, whatever it is, makes this loop spin
_JUMP_S = 5.0
_SET_BACK_S = 0.1  # less is the clock being slowed down


class Scheduler:
    """One loop over the index of what is due; it keeps no object for a schedule that is not.

    Two of them on one database never fire twice: the loser of a race changes nothing.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        preparing: Preparing,
        settling: Settling,
        sync: Sync,
        carrying: Carrying,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._clock = clock
        self._preparing = preparing
        self._settling = settling
        self._sync = sync
        self._carrying = carrying
        self._wake = asyncio.Event()
        self._horizon: datetime | None = None  # what is due later need not wake us
        self._jumps = _Jumps(clock, monotonic)

    async def open(self) -> None:
        """Follow the store, take over the definitions, and note this start for `@reboot`."""
        self._store.listen(self.follow)
        await self._sync.open()
        now = self._clock.now()
        await self._store.write(lambda tx: self._sync.note_start(tx, now))

    def follow(self, batch: Sequence[Change]) -> None:
        """Called by the store after each commit, in the event loop."""
        for change in of_known_things(batch):
            match change.object:
                case Run(schedule_id=str()) as run if run.status.is_final:
                    self._wake.set()
                case Schedule(next_due=datetime() as due):
                    if self._horizon is None or due < self._horizon:
                        self._wake.set()
        if self._sync.follow(batch):
            self._wake.set()

    def wake(self) -> None:
        self._wake.set()

    async def run(self) -> None:
        """Decide what is due, sleep until something else is, for ever."""
        while True:
            self._wake.clear()
            try:
                goes_on = await self.look()
            except StoreUnavailable as error:
                log.warning("can't look at the schedules, trying again: %s", error.message)
                await asyncio.sleep(_STORE_RETRY_S)
                continue
            if not goes_on:
                await self._sleep()

    async def look(self) -> bool:
        """One round; whether there is more to do at once. Raises StoreUnavailable."""
        self._horizon = None
        if self._jumps.went_back():
            self._preparing.forget_all()
        await self._sync.catch_up()
        now = self._clock.now()
        next_due, is_hurried = await self._store.read(lambda tx: self._prepare(tx, now))
        more = False
        if is_hurried or (next_due is not None and next_due <= now):
            more = await self._decide()
            next_due = from_us_or_none(await self._store.read(schedules.next_due))
        self._horizon = next_due
        return more

    async def _decide(self) -> bool:
        def change(tx: Tx) -> Settled:
            return self._settling.settle_due(tx, self._clock.now(), most=_AT_ONCE)

        settled = await self._store.write(change)
        await self._carrying.out(settled)
        return settled.more

    def _prepare(self, tx: Tx, now: datetime) -> tuple[datetime | None, bool]:
        """When the next one is due, and whether runs have ended that nobody has counted."""
        soon = self._preparing.due(tx, until=now + AHEAD, most=_PREPARED_AT_ONCE)
        for schedule in soon:
            self._preparing.of(schedule).advance(now)
        ended = schedule_runs.ended(tx, most=1)
        next_due = soon[0].next_due if soon else from_us_or_none(schedules.next_due(tx))
        return next_due, bool(ended)

    async def _sleep(self) -> None:
        delay = _LOOK_AGAIN_S
        if self._horizon is not None:
            until_due = (self._horizon - self._clock.now()).total_seconds()
            ahead = until_due - AHEAD.total_seconds()
            delay = min(delay, max(_LEAST_S, until_due if ahead <= 0 else ahead))
        try:
            async with asyncio.timeout(delay):
                await self._wake.wait()
        except TimeoutError:
            return


class _Jumps:
    """Compares the clock on the wall with one that only runs forward."""

    def __init__(self, clock: Clock, monotonic: Callable[[], float]) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._offset = self._measure()

    def went_back(self) -> bool:
        """Whether the wall clock was set back since the last call; large jumps are logged."""
        before, self._offset = self._offset, self._measure()
        jump = self._offset - before
        if abs(jump) >= _JUMP_S:
            way = "forward, or the machine slept," if jump > 0 else "back"
            log.warning("the clock went %s by %.0f s", way, abs(jump))
        return jump < -_SET_BACK_S

    def _measure(self) -> float:
        return self._clock.now().timestamp() - self._monotonic()
