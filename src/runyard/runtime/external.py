"""External work: runs whose work is done elsewhere and reported over the API within a deadline."""

from __future__ import annotations

import asyncio
import heapq
from datetime import datetime, timedelta
from typing import Any

from runyard.domain.classify import ExitFacts, ExitReason, classify
from runyard.domain.errors import Conflict, Invalid
from runyard.domain.runs import Outcome, Run, RunError
from runyard.domain.states import AttemptStatus, RunStatus
from runyard.engines.contract import Launch
from runyard.runtime.clock import Clock
from runyard.runtime.tracker import Tracker
from runyard.store import Store, Tx, runs

DEFAULT_HEARTBEAT = timedelta(minutes=5)
_OUTCOMES = {
    RunStatus.SUCCEEDED: AttemptStatus.SUCCEEDED,
    RunStatus.FAILED: AttemptStatus.FAILED,
    RunStatus.CANCELLED: AttemptStatus.CANCELLED,
}


class ExternalWork:
    """Keeps the deadlines of external runs; every report is a sign of life and renews it."""

    def __init__(self, *, store: Store, tracker: Tracker, clock: Clock) -> None:
        self._store = store
        self._tracker = tracker
        self._clock = clock
        self._live: dict[str, Run] = {}
        self._deadline: dict[str, datetime] = {}  # of the next report
        self._end: dict[str, datetime] = {}  # of the whole attempt
        self._heap: list[tuple[datetime, str]] = []
        self._wake = asyncio.Event()

    def begin(self, run: Run, launch: Launch) -> None:
        """Wait for reports on a claimed run. After a restart the full heartbeat counts anew."""
        self._live[run.id] = run
        if launch.timeout is not None:
            self._end[run.id] = (run.started_at or self._clock.now()) + launch.timeout
        self._renew(run)
        self._watch(run.id)

    async def heartbeat(self, run_id: str) -> Run:
        run = self._running(run_id)
        self._renew(run)
        return await self._store.read(lambda tx: runs.find(tx, run_id))

    async def progress(
        self,
        run_id: str,
        *,
        progress: float | None,
        message: str | None,
        detail: dict[str, Any] | None,
    ) -> Run:
        run = self._running(run_id)
        if progress is not None and not 0 <= progress <= 100:
            raise Invalid(f"progress is from 0 to 100, not {progress}")
        self._renew(run)
        update = runs.ProgressUpdate(
            run_id=run.id, attempt=run.attempt, progress=progress, message=message, detail=detail
        )

        def change(tx: Tx) -> Run:
            runs.record_progress(tx, [update])
            return runs.find(tx, run_id)

        return await self._store.write(change)

    async def finish(
        self, run_id: str, *, status: RunStatus, result: Any, error: RunError | None
    ) -> Run:
        """Record the reported outcome. Raises `Conflict` when the run does not run here."""
        run = self._running(run_id)
        if status not in _OUTCOMES:
            raise Invalid(
                f"external work ends as {', '.join(_OUTCOMES)}, not as {status}", status=status
            )
        outcome = Outcome(
            status=_OUTCOMES[status],
            at=self._clock.now(),
            error=error,
            has_result=result is not None,
            result=result,
        )
        await self._over(run, outcome)
        return await self._store.read(lambda tx: runs.find(tx, run_id))

    async def cancelled(self, run: Run, *, reason: str) -> bool:
        """End an external run at once; False when the run is not external work."""
        if run.id not in self._live:
            return False
        error = RunError(type="cancelled", message=reason or "cancelled")
        outcome = Outcome(status=AttemptStatus.CANCELLED, at=self._clock.now(), error=error)
        await self._over(run, outcome)
        return True

    async def run(self) -> None:
        """End the runs that have gone silent, for ever."""
        while True:
            await self._sleep()
            now = self._clock.now()
            while self._heap and self._heap[0][0] <= now:
                _, run_id = heapq.heappop(self._heap)
                await self._check(run_id, now)

    async def _check(self, run_id: str, now: datetime) -> None:
        run = self._live.get(run_id)
        if run is None:
            return
        end = self._end.get(run_id)
        if end is not None and end <= now:
            await self._over(run, self._silent(run, ExitReason.TIMEOUT, now))
        elif self._deadline[run_id] <= now:
            await self._over(run, self._silent(run, ExitReason.HEARTBEAT, now))
        else:
            self._watch(run_id)  # it has reported since

    def _silent(self, run: Run, reason: ExitReason, now: datetime) -> Outcome:
        return classify(ExitFacts(reason=reason, at=now), timeout=run.spec.timeout)

    async def _over(self, run: Run, outcome: Outcome) -> None:
        self._live.pop(run.id, None)
        self._deadline.pop(run.id, None)
        self._end.pop(run.id, None)
        await self._tracker.end(run, outcome)

    def _running(self, run_id: str) -> Run:
        run = self._live.get(run_id)
        if run is None:
            raise Conflict(f"run {run_id} is not external work that runs now", run_id=run_id)
        return run

    def _renew(self, run: Run) -> None:
        self._deadline[run.id] = self._clock.now() + (run.spec.heartbeat or DEFAULT_HEARTBEAT)

    def _watch(self, run_id: str) -> None:
        """One entry a run; a deadline only moves on, so looking at the earliest is enough."""
        deadline, end = self._deadline[run_id], self._end.get(run_id)
        heapq.heappush(self._heap, (min(deadline, end) if end else deadline, run_id))
        self._wake.set()

    async def _sleep(self) -> None:
        self._wake.clear()
        delay = None
        if self._heap:
            delay = max(0.0, (self._heap[0][0] - self._clock.now()).total_seconds())
        try:
            async with asyncio.timeout(delay):
                await self._wake.wait()
        except TimeoutError:
            return
