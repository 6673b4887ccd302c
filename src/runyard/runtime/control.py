"""Control: cancel and rerun, the outcome of one run changed by a person or a program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runyard.domain.errors import Conflict
from runyard.domain.runs import Run, RunError
from runyard.engines.contract import StopReason
from runyard.runtime.clock import Clock
from runyard.runtime.dispatcher import Dispatcher
from runyard.runtime.external import ExternalWork
from runyard.runtime.requests import SubmitRequest
from runyard.store import Store, Tx, runs

_CANCEL_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRecord:
    """Runs that were to be cancelled: those that waited are over, those that run are marked."""

    waiting: list[Run]
    running: list[Run]
    reason: str


class Cancellation:
    """Cancel is data first: recorded, then carried out by whoever holds the work."""

    def __init__(
        self, *, store: Store, dispatcher: Dispatcher, external: ExternalWork, clock: Clock
    ) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._external = external
        self._clock = clock

    async def cancel(self, run_id: str, *, reason: str, by: str) -> Run:
        """A waiting run is cancelled now; a running one when its tree is dead.

        Cancelling a cancelled run again changes nothing; any other final state is a `Conflict`.
        """
        changed = await self.cancel_many([run_id], reason=reason, by=by)
        if changed:
            return changed[0]
        found = await self._store.read(lambda tx: runs.find(tx, run_id))
        if not found.status.is_final or found.cancel_requested_at or found.cancel_reason:
            return found
        raise Conflict(
            f"run {run_id} has {found.status} already and can't be cancelled",
            run_id=run_id,
            status=found.status,
        )

    async def cancel_many(self, run_ids: Sequence[str], *, reason: str, by: str) -> list[Run]:
        """Those that could still be cancelled, as they are now."""
        changed: list[Run] = []
        for start in range(0, len(run_ids), _CANCEL_AT_ONCE):
            changed += await self._cancel_chunk(
                run_ids[start : start + _CANCEL_AT_ONCE], reason=reason, by=by
            )
        return changed

    async def _cancel_chunk(self, run_ids: Sequence[str], *, reason: str, by: str) -> list[Run]:
        now = self._clock.now()

        def change(tx: Tx) -> CancelRecord:
            return record_cancel(tx, run_ids, at=now, reason=reason, by=by)

        recorded = await self._store.write(change)
        await self.carry_out(recorded)
        return recorded.waiting + recorded.running

    async def carry_out(self, recorded: CancelRecord) -> None:
        """Do what was recorded: nothing of it starts, and what runs is ended."""
        for run in recorded.waiting:
            self._dispatcher.withdraw(run.id)
        for run in recorded.running:
            if not await self._external.cancelled(run, reason=recorded.reason):
                await self._dispatcher.stop_attempt(run, StopReason.CANCELLED)


def record_cancel(
    tx: Tx, run_ids: Sequence[str], *, at: datetime, reason: str, by: str
) -> CancelRecord:
    """Record that these runs shall end, for `Cancellation.carry_out` after the commit.

    A server that dies in between carries it out when it is back: the record is what counts.
    """
    error = RunError(type="cancelled", message=reason or "cancelled before it started")
    waiting = runs.cancel_waiting(tx, run_ids, at=at, reason=reason, by=by, error=error)
    done = {run.id for run in waiting}
    running = [
        run
        for run_id in run_ids
        if run_id not in done
        and (run := runs.request_cancel(tx, run_id, at=at, reason=reason, by=by))
    ]
    return CancelRecord(waiting=waiting, running=running, reason=reason)


def rerun_request(
    run: Run,
    *,
    params: dict[str, Any] | None,
    argv: tuple[str, ...] | None,
    exact: bool,
) -> SubmitRequest:
    """The request that runs `run` again: with the newest definition, or `exact`ly the old one.

    Parameters are those of the run unless others are given.
    """
    if params is None and argv is None:
        params, argv = (run.params, None) if run.argv is None else ({}, run.argv)
    one_off = run.task_id is None
    return SubmitRequest(
        task_id=run.task_id,
        executor=run.executor if one_off else None,
        config=run.spec.config if one_off else None,
        params=params or {},
        argv=argv,
        priority=run.priority,
        labels=run.labels,
        version=run.task_version if exact else None,
        queue=run.queue if one_off else None,
        rerun_of=run.id,
    )
