"""The tracker: turns what the engine reports into durable facts, then acknowledges it."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar, assert_never

from runyard.domain import retry
from runyard.domain.classify import ExitFacts, ExitReason, classify, reported_error
from runyard.domain.errors import StoreUnavailable
from runyard.domain.runs import Outcome, Run, RunError
from runyard.domain.states import AttemptStatus, RunStatus
from runyard.engines.contract import Engine, EngineEvent, EventKind, split_key
from runyard.runtime.dispatcher import Dispatcher
from runyard.store import Store, Tx, reports, runs

log = logging.getLogger("runyard.tracker")

T = TypeVar("T")
Started = tuple[str, int, int | None, datetime]
"""Run, attempt, process id, since when."""

_STORE_RETRY_S = 0.5
_STARTS_WITHIN_S = 0.02


@dataclass(slots=True)
class _Watched:
    """A running attempt and what it has reported so far."""

    run: Run
    error: Mapping[str, Any] | None = None
    has_result: bool = False
    result: Any = None


@dataclass(slots=True)
class _Facts:
    """What one batch of events says, ready to be written as one change."""

    started: list[Started] = field(default_factory=list)
    progress: list[runs.ProgressUpdate] = field(default_factory=list)
    reports: dict[str, reports.Report] = field(default_factory=dict)
    ended: list[runs.Finish] = field(default_factory=list)
    retried: list[runs.Retry] = field(default_factory=list)

    def only_starts(self) -> bool:
        return not (self.progress or self.reports or self.ended or self.retried)


class Tracker:
    """Applies engine events exactly once: the store's guards drop what a zombie says."""

    def __init__(
        self,
        *,
        store: Store,
        engine: Engine,
        dispatcher: Dispatcher,
        expected_exit_codes: Callable[[Run], Collection[int]],
    ) -> None:
        self._store = store
        self._engine = engine
        self._dispatcher = dispatcher
        self._expected_exit_codes = expected_exit_codes
        self._watched: dict[str, _Watched] = {}
        self._starts: list[Started] = []  # not written yet, so not acknowledged yet
        self._taken = 0  # cursor of the newest batch that was taken

    def watch(self, run: Run, *, reported: RunError | None = None) -> None:
        """A running attempt whose events are to be expected, and what it has said before."""
        self._watched[run.id] = _Watched(
            run,
            error=None if reported is None else asdict(reported),
            has_result=run.result is not None,
            result=run.result,
        )

    async def run(self) -> None:
        """Apply what the engine reports until it is closed.

        That a process is there is written with the next thing that happens, or after a moment:
        most runs are over by then, and each write is a flush of the disk.
        """
        events = self._engine.events()
        coming = asyncio.ensure_future(anext(events, None))
        try:
            while True:
                patience = _STARTS_WITHIN_S if self._starts else None
                await asyncio.wait({coming}, timeout=patience)
                if not coming.done():
                    await self._record(_Facts(started=self._take_starts()))
                    await self._engine.acknowledge(self._taken)
                    continue
                batch = coming.result()
                if batch is None:
                    return
                coming = asyncio.ensure_future(anext(events, None))
                await self.apply(batch)
        finally:
            coming.cancel()

    async def apply(self, batch: Sequence[EngineEvent]) -> None:
        """Write all that a batch says as one change and acknowledge it; but see `run`."""
        facts = _Facts()
        for event in batch:
            run_id, number = split_key(event.key)
            watched = self._watched.get(run_id)
            if watched is None or watched.run.attempt != number:
                continue  # over already: the event was delivered once more
            self._digest(event, watched, facts)
        self._starts += facts.started
        self._taken = batch[-1].cursor
        if facts.only_starts():
            if not self._starts:
                await self._engine.acknowledge(self._taken)
            return
        facts.started = self._take_starts()
        # What has ended has freed places: let the dispatcher claim for them in the same commit.
        await asyncio.sleep(0)
        await self._record(facts)
        await self._engine.acknowledge(self._taken)

    def _take_starts(self) -> list[Started]:
        starts, self._starts = self._starts, []
        return starts

    async def end(self, run: Run, outcome: Outcome) -> None:
        """An attempt is over by our own knowledge: lost, not launchable, or external work."""
        facts = _Facts()
        self._ended(self._watched.get(run.id) or _Watched(run), outcome, facts)
        await self._record(facts)

    def _digest(self, event: EngineEvent, watched: _Watched, facts: _Facts) -> None:
        run, data = watched.run, event.data
        match event.kind:
            case EventKind.STARTED:
                facts.started.append((run.id, run.attempt, data.get("pid"), event.at))
            case EventKind.PROGRESS:
                facts.progress.append(
                    runs.ProgressUpdate(
                        run_id=run.id,
                        attempt=run.attempt,
                        progress=data.get("progress"),
                        message=data.get("message"),
                        detail=data.get("detail"),
                    )
                )
            case EventKind.RESULT:
                watched.has_result, watched.result = True, data.get("result")
                facts.reports[run.id] = _report(watched)
            case EventKind.ERROR:
                watched.error = data.get("error")
                facts.reports[run.id] = _report(watched)
            case EventKind.MESSAGE:
                log.debug("run %s: %s", run.id, data.get("message"))
            case EventKind.EXITED | EventKind.LOST | EventKind.REFUSED:
                self._ended(watched, self._outcome(event, watched), facts)
            case _:
                assert_never(event.kind)

    def _outcome(self, event: EngineEvent, watched: _Watched) -> Outcome:
        data, spec = event.data, watched.run.spec
        reason, explanation = _reason(event)
        facts = ExitFacts(
            at=event.at,
            exit_code=data.get("exit_code"),
            signal=data.get("signal"),
            reason=reason,
            explanation=explanation,
            error=watched.error,
            cpu_s=data.get("cpu_s"),
            peak_memory_bytes=data.get("peak_memory_bytes"),
            log_end=data.get("log_end"),
            has_result=watched.has_result,
            result=watched.result,
        )
        return classify(
            facts,
            expected_exit_codes=self._expected_exit_codes(watched.run),
            timeout=spec.timeout,
            limits=spec.limits,
        )

    def _ended(self, watched: _Watched, outcome: Outcome, facts: _Facts) -> None:
        run = watched.run
        facts.reports.pop(run.id, None)  # the outcome says it
        cancelled = self._dispatcher.is_stopping(run.id)
        self._watched.pop(run.id, None)
        self._dispatcher.release(run.id)
        crashed = outcome.status is AttemptStatus.CRASHED
        failed = outcome.status in (AttemptStatus.FAILED, AttemptStatus.TIMED_OUT)
        decision = retry.decide(
            run.spec.retry,
            outcome_status=outcome.status,
            exit_code=outcome.exit_code,
            exception_type=_exception_of(outcome),
            failures=run.failures + failed,
            crashes=run.crashes + crashed,
            random=random.random(),  # noqa: S311 - spreads retries, hides nothing
        )
        if not cancelled:
            outcome = _with_decision(outcome, decision, run)
        if decision.retry and not cancelled:
            facts.retried.append(
                runs.Retry(
                    run_id=run.id,
                    attempt=run.attempt,
                    outcome=outcome,
                    not_before=outcome.at + decision.delay,
                    counts_as_crash=crashed,
                )
            )
        else:
            facts.ended.append(
                runs.Finish(
                    run_id=run.id,
                    attempt=run.attempt,
                    status=RunStatus(outcome.status.value),
                    outcome=outcome,
                )
            )

    async def _record(self, facts: _Facts) -> None:
        over = {(end.run_id, end.attempt) for end in facts.ended}
        over |= {(end.run_id, end.attempt) for end in facts.retried}
        # Most runs are over before their start is written: one statement says both.
        with_end = {start[:2]: start[2:] for start in facts.started if start[:2] in over}
        begun = [start for start in facts.started if start[:2] not in over]

        def change(tx: Tx) -> list[Run]:
            if begun:
                runs.mark_started(tx, begun)
            if facts.progress:
                runs.record_progress(tx, facts.progress)
            if facts.reports:
                reports.record_reports(tx, list(facts.reports.values()))
            if facts.ended:
                runs.finish(tx, facts.ended, starts=with_end)
            return runs.retry(tx, facts.retried, starts=with_end) if facts.retried else []

        for run in await persist(self._store, change):
            self._dispatcher.submit(run)


def _exception_of(outcome: Outcome) -> str | None:
    """What the error names, unless that is only the exit code."""
    error = outcome.error
    return None if error is None or error.type == "exit_code" else error.type


def _with_decision(outcome: Outcome, decision: retry.RetryDecision, run: Run) -> Outcome:
    """What follows is told with what went wrong; of a task that never retries there is no need."""
    policy = run.spec.retry
    if outcome.error is None or not (decision.retry or policy.retries or policy.crash_retries):
        return outcome
    return replace(outcome, error=replace(outcome.error, retry=decision.why))


def _report(watched: _Watched) -> reports.Report:
    return reports.Report(
        run_id=watched.run.id,
        attempt=watched.run.attempt,
        has_result=watched.has_result,
        result=watched.result,
        error=reported_error(watched.error),
    )


def _reason(event: EngineEvent) -> tuple[ExitReason | None, str | None]:
    """Why the engine ended it, and the engine's own sentence about that, if there is one."""
    said = event.data.get("reason")
    match event.kind:
        case EventKind.REFUSED:
            return ExitReason.NOT_STARTABLE, said
        case EventKind.LOST:
            return ExitReason.SUPERVISOR_LOST, None
        case _:
            return (None if said is None else ExitReason(said)), event.data.get("explanation")


async def persist(store: Store, change: Callable[[Tx], T]) -> T:
    """Write what has happened: a fact can't be refused, so a store that is away is waited for."""
    while True:
        try:
            return await store.write(change)
        except StoreUnavailable as error:
            log.warning("can't record what happened, trying again: %s", error.message)
            await asyncio.sleep(_STORE_RETRY_S)
