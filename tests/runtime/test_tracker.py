"""The tracker writes once what the engine reports, and acknowledges only what is durable."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from runyard.domain.admission import Admission
from runyard.domain.ids import RunIds
from runyard.domain.runs import Attempt, Run
from runyard.domain.states import AttemptStatus, RunStatus
from runyard.domain.tasks import RetryPolicy, TaskSpec
from runyard.engines.contract import (
    AttemptKey,
    Capacity,
    EngineEvent,
    EventKind,
    Launch,
    LiveAttempt,
    StopReason,
    attempt_key,
)
from runyard.runtime.clock import SystemClock
from runyard.runtime.dispatcher import Dispatcher
from runyard.runtime.tracker import Tracker
from runyard.store import Store, attempts, open_store, runs
from tests.support.waiting import eventually_async

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
IDS = RunIds(lambda: 1_700_000_000_000)


@dataclass
class ScriptedEngine:
    """Reports what a test puts into it, and remembers what was acknowledged."""

    name: str = "scripted"
    incarnation: str = "one"
    reports: asyncio.Queue[list[EngineEvent]] = field(default_factory=asyncio.Queue)
    acknowledged: list[int] = field(default_factory=list)
    cursor: int = 0

    def accounts_for(self, incarnation: str) -> bool:
        return incarnation == self.incarnation

    def report(self, *events: tuple[str, EventKind, dict[str, Any]]) -> None:
        batch = []
        for key, kind, data in events:
            self.cursor += 1
            event = EngineEvent(
                cursor=self.cursor, key=AttemptKey(key), kind=kind, at=NOW, data=data
            )
            batch.append(event)
        self.reports.put_nowait(batch)

    async def events(self) -> AsyncIterator[Sequence[EngineEvent]]:
        while True:
            yield await self.reports.get()

    async def acknowledge(self, cursor: int) -> None:
        self.acknowledged.append(cursor)

    async def open(self) -> None: ...

    async def close(self, *, end_runs: bool) -> None: ...

    async def recover(self) -> Sequence[LiveAttempt]:
        return []

    async def start(self, launches: Sequence[Launch]) -> None: ...

    async def stop(self, key: AttemptKey, *, reason: StopReason, grace: timedelta) -> None: ...

    def capacity(self) -> Capacity:
        return Capacity()


class Bench:
    """A tracker over a real store, and one running attempt."""

    def __init__(self, store: Store, engine: ScriptedEngine) -> None:
        self.store = store
        self.engine = engine

        def no_launch(run: Run) -> Launch:
            raise AssertionError("nothing is dispatched here")

        async def no_external(run: Run, launch: Launch) -> None:
            raise AssertionError("nothing is dispatched here")

        self.dispatcher = Dispatcher(
            store=store,
            engine=engine,
            admission=Admission(total=5),
            clock=SystemClock(),
            launcher=no_launch,
            on_claimed=lambda run: None,
            on_external=no_external,
            on_unlaunchable=lambda run, error: None,
        )
        self.tracker = Tracker(
            store=store,
            engine=engine,
            dispatcher=self.dispatcher,
            expected_exit_codes=lambda run: (0,),
        )

    async def running(self, spec: TaskSpec | None = None) -> str:
        run = Run(
            id=IDS.new(),
            task_id="t",
            task_version=1,
            spec=spec or TaskSpec(),
            executor="script",
            queue="script",
            concurrency_key=None,
            status=RunStatus.QUEUED,
            submitted_at=NOW,
        )
        await self.store.write(lambda tx: runs.insert(tx, [run]))
        (claimed,) = await self.store.write(lambda tx: runs.claim(tx, [run.id], at=NOW))
        self.dispatcher.adopt(claimed)
        self.tracker.watch(claimed)
        return attempt_key(claimed.id, claimed.attempt)

    async def run(self, key: str) -> Run:
        return await self.store.read(lambda tx: runs.find(tx, key.partition(".")[0]))

    async def attempt(self, key: str) -> Attempt:
        found = await self.store.read(lambda tx: attempts.of_run(tx, key.partition(".")[0]))
        return found[-1]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    store = open_store(f"sqlite:///{tmp_path / 'test.db'}")
    bench = Bench(store, ScriptedEngine())
    tracking = asyncio.create_task(bench.tracker.run())
    yield bench
    tracking.cancel()
    await asyncio.gather(tracking, return_exceptions=True)
    store.close()


async def acknowledged(bench: Bench, cursor: int) -> bool:
    async def reached() -> bool:
        return cursor in bench.engine.acknowledged

    return await eventually_async(reached, what=f"{cursor} is acknowledged")


async def test_a_start_alone_is_written_after_a_moment_and_then_acknowledged(bench: Bench) -> None:
    key = await bench.running()
    bench.engine.report((key, EventKind.STARTED, {"pid": 7}))
    assert await acknowledged(bench, 1)
    assert (await bench.attempt(key)).pid == 7


async def test_a_start_is_not_acknowledged_before_it_is_written(bench: Bench) -> None:
    first, second = await bench.running(), await bench.running()
    bench.engine.report((first, EventKind.STARTED, {"pid": 7}))
    bench.engine.report((second, EventKind.EXITED, {"exit_code": 0}))
    assert await acknowledged(bench, 2)
    assert (await bench.attempt(first)).pid == 7
    assert (await bench.run(second)).status is RunStatus.SUCCEEDED


async def test_the_end_of_a_run_is_written_with_all_it_has_reported(bench: Bench) -> None:
    key = await bench.running()
    error = {"type": "ValueError", "message": "no", "traceback": "Traceback"}
    bench.engine.report((key, EventKind.PROGRESS, {"progress": 40, "message": "so far"}))
    bench.engine.report((key, EventKind.ERROR, {"error": error}))
    bench.engine.report((key, EventKind.RESULT, {"result": [1]}))
    assert await acknowledged(bench, 3)
    assert (await bench.run(key)).result == [1]
    bench.engine.report((key, EventKind.EXITED, {"exit_code": 1, "cpu_s": 0.5}))
    assert await acknowledged(bench, 4)
    run, attempt = await bench.run(key), await bench.attempt(key)
    assert (run.status, run.progress, run.result) == (RunStatus.FAILED, 40, [1])
    assert run.error is not None
    assert (run.error.type, run.error.message) == ("ValueError", "no")
    assert (attempt.status, attempt.cpu_s) == (AttemptStatus.FAILED, 0.5)


async def test_what_is_told_twice_or_of_another_attempt_changes_nothing(bench: Bench) -> None:
    key = await bench.running()
    run_id = key.partition(".")[0]
    bench.engine.report((attempt_key(run_id, 9), EventKind.EXITED, {"exit_code": 3}))
    bench.engine.report((key, EventKind.EXITED, {"exit_code": 0}))
    bench.engine.report((key, EventKind.EXITED, {"exit_code": 5}))
    assert await acknowledged(bench, 3)
    assert (await bench.run(key)).status is RunStatus.SUCCEEDED


async def test_a_failure_is_followed_by_a_retry_only_if_no_cancel_was_asked_for(
    bench: Bench,
) -> None:
    again = TaskSpec(retry=RetryPolicy(retries=1))
    kept, cancelled = await bench.running(again), await bench.running(again)
    await bench.dispatcher.stop_attempt(await bench.run(cancelled), StopReason.CANCELLED)
    bench.engine.report(
        (kept, EventKind.EXITED, {"exit_code": 1}), (cancelled, EventKind.EXITED, {"exit_code": 1})
    )
    assert await acknowledged(bench, 2)
    assert (await bench.run(kept)).status is RunStatus.RETRYING
    assert (await bench.run(cancelled)).status is RunStatus.FAILED


async def test_a_lost_or_refused_attempt_says_why(bench: Bench) -> None:
    lost, refused = await bench.running(), await bench.running()
    bench.engine.report(
        (lost, EventKind.LOST, {"reason": "supervisor_lost"}),
        (refused, EventKind.REFUSED, {"reason": "no such interpreter"}),
    )
    assert await acknowledged(bench, 2)
    gone, never = await bench.run(lost), await bench.run(refused)
    assert gone.status is RunStatus.CRASHED
    assert gone.error is not None
    assert gone.error.type == "supervisor_lost"
    assert never.status is RunStatus.FAILED
    assert never.error is not None
    assert (never.error.type, never.error.message) == ("not_startable", "no such interpreter")
