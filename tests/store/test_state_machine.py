"""Whatever is asked of runs, in any order, the store agrees with the domain's table of moves."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from runyard.domain.states import FINAL, MOVES, AttemptStatus, RunStatus
from runyard.store import Store, Tx, attempts, open_store, runs
from runyard.store.runs import Finish, ProgressUpdate, Retry
from tests.store.making import NOW, new_run, outcome

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from runyard.domain.runs import Run

T = TypeVar("T")
_NEW = (RunStatus.SCHEDULED, RunStatus.QUEUED)


@dataclass
class _Model:
    status: RunStatus
    attempt: int = 0
    failures: int = 0
    crashes: int = 0
    progress: float | None = None
    cancel: str | None = None

    def may(self, target: RunStatus) -> bool:
        return target in MOVES[self.status]


class Transitions(RuleBasedStateMachine):
    """Each rule asks for a batch, and compares what moved with what the table allows."""

    store: Store
    loop: asyncio.AbstractEventLoop
    counted_before: Counter[RunStatus]  # runs of earlier examples

    ids = Bundle("ids")
    batches = st.lists(ids, min_size=1, max_size=4, unique=True)

    def __init__(self) -> None:
        super().__init__()
        self.models: dict[str, _Model] = {}

    @rule(target=ids, status=st.sampled_from(_NEW))
    def insert(self, status: RunStatus) -> str:
        run = new_run(status=status)
        self._write(lambda tx: runs.insert(tx, [run]))
        self.models[run.id] = _Model(status)
        return run.id

    @rule(batch=batches)
    def claim(self, batch: list[str]) -> None:
        moved = self._write(lambda tx: runs.claim(tx, batch, at=NOW))
        for id_ in self._compare(moved, batch, RunStatus.RUNNING):
            model = self.models[id_]
            model.attempt += 1
            model.progress = None

    @rule(batch=batches)
    def requeue(self, batch: list[str]) -> None:
        moved = self._write(lambda tx: runs.requeue(tx, batch))
        self._compare(moved, batch, RunStatus.QUEUED)

    @rule(batch=batches, older=st.integers(0, 1), status=st.sampled_from(sorted(FINAL)))
    def finish(self, batch: list[str], older: int, status: RunStatus) -> None:
        ends = [
            Finish(
                run_id=id_, attempt=self.models[id_].attempt - older, status=status,
                outcome=outcome(AttemptStatus(status.value)),
            )
            for id_ in batch
        ]  # fmt: skip
        moved = self._write(lambda tx: runs.finish(tx, ends))
        running = [id_ for id_ in batch if self.models[id_].status is RunStatus.RUNNING]
        assert {run.id for run in moved} == (set() if older else set(running))
        for run in moved:
            model = self.models[run.id]
            assert model.may(status)
            model.status = status
            model.failures += status in {RunStatus.FAILED, RunStatus.TIMED_OUT}
            model.crashes += status is RunStatus.CRASHED
            model.progress = 100.0 if status is RunStatus.SUCCEEDED else model.progress

    @rule(batch=batches, older=st.integers(0, 1), crash=st.booleans())
    def retry(self, batch: list[str], older: int, crash: bool) -> None:
        ends = [
            Retry(
                run_id=id_, attempt=self.models[id_].attempt - older, not_before=NOW,
                outcome=outcome(AttemptStatus.FAILED), counts_as_crash=crash,
            )
            for id_ in batch
        ]  # fmt: skip
        moved = self._write(lambda tx: runs.retry(tx, ends))
        for id_ in self._compare(moved, [] if older else batch, RunStatus.RETRYING):
            self.models[id_].crashes += crash
            self.models[id_].failures += not crash

    @rule(batch=batches, older=st.integers(0, 1), progress=st.floats(0, 100))
    def record_progress(self, batch: list[str], older: int, progress: float) -> None:
        news = [
            ProgressUpdate(run_id=id_, attempt=self.models[id_].attempt - older, progress=progress)
            for id_ in batch
        ]
        moved = self._write(lambda tx: runs.record_progress(tx, news))
        running = {id_ for id_ in batch if self.models[id_].status is RunStatus.RUNNING}
        assert {run.id for run in moved} == (set() if older else running)
        for run in moved:
            self.models[run.id].progress = progress

    @rule(batch=batches)
    def cancel_waiting(self, batch: list[str]) -> None:
        moved = self._write(lambda tx: runs.cancel_waiting(tx, batch, at=NOW, reason="stop"))
        expected = {id_ for id_ in batch if self.models[id_].status.is_waiting}
        assert {run.id for run in moved} == expected
        for id_ in expected:
            assert self.models[id_].may(RunStatus.CANCELLED)
            self.models[id_].status = RunStatus.CANCELLED
            self.models[id_].cancel = self.models[id_].cancel or "stop"

    @rule(id_=ids)
    def request_cancel(self, id_: str) -> None:
        run = self._write(lambda tx: runs.request_cancel(tx, id_, at=NOW, reason="please"))
        assert (run is not None) == (self.models[id_].status is RunStatus.RUNNING)
        if run is not None:
            self.models[id_].cancel = self.models[id_].cancel or "please"

    @invariant()
    def the_store_agrees(self) -> None:
        found, tries = self._read(
            lambda tx: (
                runs.get_many(tx, list(self.models)),
                attempts.of_runs(tx, list(self.models)),
            )
        )
        assert len(found) == len(self.models)
        for run in found:
            model = self.models[run.id]
            assert _Model(
                run.status, run.attempt, run.failures, run.crashes, run.progress,
                run.cancel_reason,
            ) == model  # fmt: skip
            assert (run.finished_at is not None) == run.status.is_final
            assert [one.number for one in tries[run.id]] == list(range(1, run.attempt + 1))
            open_ = [one.number for one in tries[run.id] if one.status is AttemptStatus.RUNNING]
            assert open_ == ([run.attempt] if run.status is RunStatus.RUNNING else [])

    @invariant()
    def the_counts_agree(self) -> None:
        counted = self._read(runs.count_by_status)
        assert counted == self._write(runs.count_by_status)  # which looks at every run
        before = type(self).counted_before
        mine = Counter(model.status for model in self.models.values())
        assert counted == {status: before[status] + mine[status] for status in RunStatus}

    def teardown(self) -> None:
        type(self).counted_before.update(model.status for model in self.models.values())

    def _compare(self, moved: list[Run], batch: list[str], target: RunStatus) -> list[str]:
        expected = [id_ for id_ in batch if self.models[id_].may(target)]
        assert [run.id for run in moved] == expected
        for run in moved:
            assert run.status is target
            self.models[run.id].status = target
        return expected

    def _write(self, change: Callable[[Tx], T]) -> T:
        return self._wait(lambda: self.store.write(change))

    def _read(self, query: Callable[[Tx], T]) -> T:
        return self._wait(lambda: self.store.read(query))

    def _wait(self, start: Callable[[], Awaitable[T]]) -> T:
        async def wait() -> T:
            return await start()

        return self.loop.run_until_complete(wait())


@contextmanager
def _machine(url: str) -> Iterator[type[Transitions]]:
    store = open_store(url)
    loop = asyncio.new_event_loop()
    try:
        yield type(
            "Machine", (Transitions,), {"store": store, "loop": loop, "counted_before": Counter()}
        )
    finally:
        store.close()
        loop.close()


@pytest.mark.timeout(900)
def test_transitions_follow_the_table(url: str) -> None:
    with _machine(url) as machine:
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=15,
                stateful_step_count=25,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
