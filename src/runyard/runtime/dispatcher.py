"""The dispatcher: starts waiting runs as soon as admission allows, claim first, then launch."""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from runyard.domain.admission import Admission, Reason, Waiting
from runyard.domain.errors import RunyardError, StoreUnavailable
from runyard.domain.runs import Run
from runyard.domain.states import RunStatus
from runyard.engines.contract import Engine, Launch, LaunchKind, StopReason, attempt_key
from runyard.runtime.clock import Clock
from runyard.store import Store, Tx, runs

log = logging.getLogger("runyard.dispatcher")

_CLAIM_AT_MOST = 256  # starts in one commit
_STORE_RETRY_S = 0.5
_LOOK_AGAIN_S = 15.0


def waiting_of(run: Run) -> Waiting:
    return Waiting(
        run_id=run.id,
        queue=run.queue,
        key=run.concurrency_key,
        key_limit=run.concurrency_limit,
        priority=run.priority,
        # Whoever tries a draft of a paused task wants to see what it does now.
        task_id=run.task_id if run.draft is None else None,
        project=run.project,
        needs=run.spec.needs,
        not_before=run.not_before,
    )


class Dispatcher:
    """Owns admission: every waiting run is in it, every live run holds its places in it.

    The order is: claim (a durable `running` with its attempt number), then start. A server that
    dies in between leaves a claimed attempt that recovery starts again or declares lost; it never
    leaves a process that no record names.
    """

    def __init__(
        self,
        *,
        store: Store,
        engine: Engine,
        admission: Admission,
        clock: Clock,
        launcher: Callable[[Run], Launch],
        on_claimed: Callable[[Run], None],
        on_external: Callable[[Run, Launch], Awaitable[None]],
        on_unlaunchable: Callable[[Run, RunyardError], None],
    ) -> None:
        self._store = store
        self._engine = engine
        self._admission = admission
        self._clock = clock
        self._launcher = launcher
        self._on_claimed = on_claimed
        self._on_external = on_external
        self._on_unlaunchable = on_unlaunchable
        self._wake = asyncio.Event()
        self._ended = asyncio.Event()
        self._timed: list[tuple[datetime, str]] = []  # scheduled and retrying runs, by their time
        self._timed_ids: set[str] = set()
        self._stops: dict[str, tuple[StopReason, Run]] = {}  # cancelled while being claimed
        self._uncertain: set[str] = set()  # their claim was written, but is it kept?
        self._stopping = False

    def submit(self, run: Run) -> None:
        """A new or retrying run may be started from now on; its insert is queued already."""
        self._admission.add(waiting_of(run))
        if run.status in (RunStatus.SCHEDULED, RunStatus.RETRYING) and run.not_before is not None:
            heapq.heappush(self._timed, (run.not_before, run.id))
            self._timed_ids.add(run.id)
        self._wake.set()

    def submit_alike(self, model: Run, run_ids: Sequence[str]) -> None:
        """As `submit` for each of these new runs, which are queued and like `model`."""
        self._admission.add_alike(waiting_of(model), run_ids)
        self._wake.set()

    def adopt(self, run: Run) -> None:
        """A run that is live already holds its places (after a restart)."""
        self._admission.occupy(waiting_of(run))

    def withdraw(self, run_id: str) -> None:
        """A waiting run will not start."""
        self._admission.discard(run_id)
        self._timed_ids.discard(run_id)
        self._wake.set()

    def release(self, run_id: str) -> None:
        """A live run has ended; its places are free at once."""
        self._admission.release(run_id)
        self._stops.pop(run_id, None)
        self._ended.set()
        self._wake.set()

    def forget(self, run_id: str) -> None:
        """A run that was announced has not been stored, or is over, whatever it was."""
        self.withdraw(run_id)
        self.release(run_id)

    def wake(self) -> None:
        """Limits or pauses have changed."""
        self._wake.set()

    def why(self, run_id: str) -> Reason | None:
        return self._admission.why(run_id, self._clock.now())

    def holders(self, key: str) -> tuple[str, ...]:
        return self._admission.busy(key)

    async def stop_attempt(self, run: Run, reason: StopReason) -> None:
        """End a running attempt, also one that is just being started."""
        self._stops[run.id] = (reason, run)
        await self._engine.stop(
            attempt_key(run.id, run.attempt), reason=reason, grace=run.spec.grace
        )

    def is_stopping(self, run_id: str) -> bool:
        """Whether the end of this live run was asked for."""
        return run_id in self._stops

    def stop_claiming(self) -> None:
        self._stopping = True
        self._wake.set()

    async def idle(self) -> None:
        """Returns when nothing is live any more."""
        while self._admission.counts().live:
            self._ended.clear()
            await self._ended.wait()

    async def run(self) -> None:
        """Start what may start, sleep until something changes or a time comes, for ever."""
        while not self._stopping:
            self._wake.clear()
            started = await self._pass()
            if started >= _CLAIM_AT_MOST:
                continue
            await self._sleep()

    async def _sleep(self) -> None:
        due = self._admission.next_time()
        delay = None if due is None else max(0.0, (due - self._clock.now()).total_seconds())
        if delay is not None:
            delay = min(delay, _LOOK_AGAIN_S)  # the clock may be set while we sleep
        try:
            async with asyncio.timeout(delay):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _pass(self) -> int:
        now = self._clock.now()
        due = self._pop_due(now)
        admitted = self._admission.admit(now)
        if not due and not admitted:
            return 0
        ids = [waiting.run_id for waiting in admitted]

        def change(tx: Tx) -> list[Run]:
            if due:
                runs.requeue(tx, due)
            return runs.claim(tx, ids, at=now) if ids else []

        try:
            claimed = await self._store.write(change)
        except StoreUnavailable as error:
            await self._put_back(admitted, due, error)
            return 0
        claimed += await self._resolve_unclaimed(ids, claimed)
        await self._launch(claimed)
        return len(claimed)

    def _pop_due(self, now: datetime) -> list[str]:
        due = []
        while self._timed and self._timed[0][0] <= now:
            _, run_id = heapq.heappop(self._timed)
            if run_id in self._timed_ids:
                self._timed_ids.discard(run_id)
                due.append(run_id)
        return due

    async def _put_back(
        self, admitted: Sequence[Waiting], due: Sequence[str], error: StoreUnavailable
    ) -> None:
        """The store can't record the claim: nothing was started, all wait again."""
        log.warning("can't record starts, trying again: %s", error.message)
        now = self._clock.now()
        for waiting in admitted:
            self._uncertain.add(waiting.run_id)
            self._admission.release(waiting.run_id)
            self._admission.add(waiting)
        for run_id in due:
            heapq.heappush(self._timed, (now, run_id))
            self._timed_ids.add(run_id)
        await asyncio.sleep(_STORE_RETRY_S)
        self._wake.set()

    async def _resolve_unclaimed(self, ids: Sequence[str], claimed: Sequence[Run]) -> list[Run]:
        """Give back the places of runs that were cancelled or never stored meanwhile.

        An earlier claim whose commit seemed to fail may be kept after all: those runs are claimed
        and not started, so they are answered, to be started now.
        """
        got = {run.id for run in claimed}
        missing = [run_id for run_id in ids if run_id not in got]
        doubtful = [run_id for run_id in missing if run_id in self._uncertain]
        self._uncertain.difference_update(ids)
        kept = []
        if doubtful:
            found = await self._store.read(lambda tx: runs.get_many(tx, doubtful))
            kept = [run for run in found if run.status is RunStatus.RUNNING]
        for run_id in set(missing) - {run.id for run in kept}:
            self._admission.release(run_id)
        return kept

    async def _launch(self, claimed: Sequence[Run]) -> None:
        launches: list[Launch] = []
        for run in claimed:
            self._on_claimed(run)
            launch = self._build(run)
            if launch is None:
                continue
            if launch.kind is LaunchKind.EXTERNAL:
                await self._on_external(run, launch)
            else:
                launches.append(launch)
        if launches:
            await self._engine.start(launches)
        await self._stop_cancelled({run.id: run for run in claimed})

    def _build(self, run: Run) -> Launch | None:
        try:
            return self._launcher(run)
        except RunyardError as error:
            self._on_unlaunchable(run, error)
            return None

    async def relaunch(self, run: Run) -> None:
        """Start an attempt again that was claimed but, for certain, never started."""
        await self._launch([run])

    async def _stop_cancelled(self, claimed: Mapping[str, Run]) -> None:
        """A cancel that came while the start was under way found no process: repeat it."""
        for run_id, (reason, run) in list(self._stops.items()):
            if run_id in claimed:
                await self._engine.stop(
                    attempt_key(run_id, claimed[run_id].attempt),
                    reason=reason,
                    grace=run.spec.grace,
                )
