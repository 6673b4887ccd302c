"""Recovery: what a starting server does about the runs that an earlier one left."""

from __future__ import annotations

import logging
from collections.abc import Callable

from runyard.domain.classify import ExitFacts, ExitReason, classify
from runyard.domain.runs import Attempt, Run
from runyard.domain.states import RunStatus
from runyard.engines.contract import Engine, Launch, LaunchKind, StopReason
from runyard.runtime.clock import Clock
from runyard.runtime.dispatcher import Dispatcher
from runyard.runtime.external import ExternalWork
from runyard.runtime.tracker import Tracker
from runyard.store import Store, attempts, runs, settings

log = logging.getLogger("runyard.recovery")

_INCARNATION = "engine.incarnation"


class Recovery:
    """Takes over every run that is not final: it waits again, is adopted, is started, or is lost.

    Guarantee: when `take_over` has returned, a run that is `running` in the store is held by the
    engine or by whoever does it elsewhere, or the engine has its end in hand.
    """

    def __init__(
        self,
        *,
        store: Store,
        engine: Engine,
        dispatcher: Dispatcher,
        tracker: Tracker,
        external: ExternalWork,
        clock: Clock,
        launcher: Callable[[Run], Launch],
    ) -> None:
        self._store = store
        self._engine = engine
        self._dispatcher = dispatcher
        self._tracker = tracker
        self._external = external
        self._clock = clock
        self._launcher = launcher

    async def take_over(self) -> int:
        """Call once, with the engine open and before its events are read. Answers how many ran."""
        held: set[str] = {live.key for live in await self._engine.recover()}
        is_accounted_for = await self._is_accounted_for()
        live = await self._store.read(runs.live)
        running = [run for run in live if run.status is RunStatus.RUNNING]
        newest = await self._newest_attempts(running)
        for run in live:
            if run.status is RunStatus.RUNNING:
                self._dispatcher.adopt(run)
                attempt = newest.get(run.id)
                self._tracker.watch(run, reported=attempt.error if attempt else None)
            else:
                self._dispatcher.submit(run)
        for run in running:
            attempt = newest.get(run.id)
            never_started = is_accounted_for and (attempt is None or attempt.pid is None)
            await self._take_over_running(run, held=held, never_started=never_started)
        return len(running)

    async def _take_over_running(self, run: Run, *, held: set[str], never_started: bool) -> None:
        launch = self._launcher(run)
        if launch.kind is LaunchKind.EXTERNAL:
            self._external.begin(run, launch)
            if run.cancel_requested_at is not None:
                await self._external.cancelled(run, reason=run.cancel_reason or "")
        elif launch.key in held:
            if run.cancel_requested_at is not None:
                await self._dispatcher.stop_attempt(run, StopReason.CANCELLED)
        elif never_started:
            # All that was ever started is known to the engine, and this is not: the server died
            # between claim and start. Starting it now can't start it twice.
            log.info("starting attempt %s, which was claimed but not started", launch.key)
            await self._dispatcher.relaunch(run)
            if run.cancel_requested_at is not None:
                await self._dispatcher.stop_attempt(run, StopReason.CANCELLED)
        else:
            log.warning("attempt %s is lost: the supervisor that had it is gone", launch.key)
            facts = ExitFacts(reason=ExitReason.SUPERVISOR_LOST, at=self._clock.now())
            await self._tracker.end(run, classify(facts))

    async def _is_accounted_for(self) -> bool:
        """Whether the engine knows of all that servers before this one have started."""
        now = self._engine.incarnation
        before = await self._store.read(lambda tx: settings.get(tx, _INCARNATION))
        if before != now:
            await self._store.write(lambda tx: settings.put(tx, _INCARNATION, now))
        return isinstance(before, str) and self._engine.accounts_for(before)

    async def _newest_attempts(self, running: list[Run]) -> dict[str, Attempt]:
        ids = [run.id for run in running]
        rows = await self._store.read(lambda tx: attempts.of_runs(tx, ids))
        return {run_id: of_run[-1] for run_id, of_run in rows.items() if of_run}
