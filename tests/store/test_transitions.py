"""Runs move only as the domain's table says, and only for the attempt that is asked for."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from runyard.domain.runs import Attempt, Run, RunError
from runyard.domain.states import FINAL, AttemptStatus, RunStatus
from runyard.store import Store, Tx, attempts, runs
from runyard.store.runs import Finish, ProgressUpdate, Retry
from tests.store.making import NOW, new_run, outcome


def _succeed(run_id: str, attempt: int, **fields: Any) -> Finish:
    return Finish(
        run_id=run_id, attempt=attempt, status=RunStatus.SUCCEEDED, outcome=outcome(**fields)
    )


async def _started(store: Store, count: int = 1) -> list[Run]:
    def start(tx: Tx) -> list[Run]:
        new = runs.insert(tx, [new_run() for _ in range(count)])
        return runs.claim(tx, [run.id for run in new], at=NOW)

    return await store.write(start)


async def test_a_life_from_claim_to_success(store: Store) -> None:
    (run,) = await _started(store)
    assert (run.status, run.attempt, run.started_at) == (RunStatus.RUNNING, 1, NOW)
    at = NOW + timedelta(milliseconds=3)
    await store.write(lambda tx: runs.mark_started(tx, [(run.id, 1, 4711, at)]))
    end = _succeed(
        run.id, 1, exit_code=0, cpu_s=0.25, peak_memory_bytes=2**33, log_end=77,
        has_result=True, result={"answer": [42, None]},
    )  # fmt: skip
    (ended,) = await store.write(lambda tx: runs.finish(tx, [end]))
    assert ended.status is RunStatus.SUCCEEDED
    assert ended.progress == 100.0
    assert isinstance(ended.progress, float)
    assert ended.result == {"answer": [42, None]}
    assert ended.finished_at == end.outcome.at
    assert await store.read(lambda tx: runs.get(tx, run.id)) == ended
    assert await store.read(lambda tx: attempts.of_run(tx, run.id)) == [
        Attempt(
            run_id=run.id, number=1, status=AttemptStatus.SUCCEEDED, pid=4711, started_at=at,
            finished_at=end.outcome.at, exit_code=0, cpu_s=0.25, peak_memory_bytes=2**33,
            log_end=77,
        )
    ]  # fmt: skip


async def test_a_retry_keeps_what_happened_and_starts_clean(store: Store) -> None:
    (run,) = await _started(store)
    error = RunError(type="ValueError", message="é\n", traceback="tail")
    bad = outcome(AttemptStatus.FAILED, exit_code=1, error=error, log_end=500)
    later = NOW + timedelta(seconds=30)
    news = ProgressUpdate(run_id=run.id, attempt=1, progress=40, message="m", detail={"d": 1})
    again = Retry(run_id=run.id, attempt=1, outcome=bad, not_before=later)

    def fail(tx: Tx) -> list[Run]:
        runs.record_progress(tx, [news])
        return runs.retry(tx, [again])

    (waiting,) = await store.write(fail)
    assert (waiting.status, waiting.not_before) == (RunStatus.RETRYING, later)
    assert (waiting.failures, waiting.crashes, waiting.error) == (1, 0, error)

    def second(tx: Tx) -> list[Run]:
        assert runs.claim(tx, [run.id], at=later) == []  # it has to be queued first
        runs.requeue(tx, [run.id])
        return runs.claim(tx, [run.id], at=later)

    (running,) = await store.write(second)
    assert (running.attempt, running.started_at) == (2, NOW)
    assert (running.progress, running.message, running.detail, running.error) == (None,) * 4
    lost = outcome(AttemptStatus.CRASHED, error=error)
    crash = Retry(run_id=run.id, attempt=2, outcome=lost, not_before=later, counts_as_crash=True)
    (waiting,) = await store.write(lambda tx: runs.retry(tx, [crash]))
    assert (waiting.failures, waiting.crashes) == (1, 1)
    first, other = (await store.read(lambda tx: attempts.of_runs(tx, [run.id, "none"])))[run.id]
    assert (first.status, first.error, first.exit_code) == (AttemptStatus.FAILED, error, 1)
    assert (other.status, other.log_start) == (AttemptStatus.CRASHED, 500)


async def test_a_zombie_cannot_overwrite(store: Store) -> None:
    """The first attempt reports after the second one has begun, and after the run is over."""
    (run,) = await _started(store)
    bad = Retry(run_id=run.id, attempt=1, outcome=outcome(AttemptStatus.FAILED), not_before=NOW)

    def second(tx: Tx) -> None:
        runs.retry(tx, [bad])
        runs.requeue(tx, [run.id])
        runs.claim(tx, [run.id], at=NOW)

    await store.write(second)
    before = await store.read(lambda tx: (runs.get(tx, run.id), attempts.of_run(tx, run.id)))

    def zombie(tx: Tx) -> list[list[Run]]:
        runs.mark_started(tx, [(run.id, 1, 666, NOW)])
        return [
            runs.finish(tx, [_succeed(run.id, 1, has_result=True, result="zombie")]),
            runs.record_progress(tx, [ProgressUpdate(run_id=run.id, attempt=1, progress=99)]),
            runs.retry(tx, [bad]),
        ]

    assert await store.write(zombie) == [[], [], []]
    after = await store.read(lambda tx: (runs.get(tx, run.id), attempts.of_run(tx, run.id)))
    assert after == before

    end = Finish(
        run_id=run.id, attempt=2, status=RunStatus.CANCELLED,
        outcome=outcome(AttemptStatus.CANCELLED),
    )  # fmt: skip
    (over,) = await store.write(lambda tx: runs.finish(tx, [end, _succeed(run.id, 2)]))
    assert over.status is RunStatus.CANCELLED
    assert await store.write(lambda tx: runs.finish(tx, [_succeed(run.id, 2)])) == []
    assert await store.read(lambda tx: runs.get(tx, run.id)) == over


async def test_progress_merges_within_a_batch_and_keeps_what_is_not_said(store: Store) -> None:
    one, two = await _started(store, 2)
    updates = [
        ProgressUpdate(run_id=one.id, attempt=1, progress=10, message="ten", detail={"n": 1}),
        ProgressUpdate(run_id=two.id, attempt=1, progress=0.5),
        ProgressUpdate(run_id=one.id, attempt=1, progress=20),
    ]
    first, second = await store.write(lambda tx: runs.record_progress(tx, updates))
    assert (first.id, first.progress, first.message, first.detail) == (one.id, 20, "ten", {"n": 1})
    assert (second.progress, second.message) == (0.5, None)
    more = ProgressUpdate(run_id=one.id, attempt=1, message="with a NUL \0")
    (first,) = await store.write(lambda tx: runs.record_progress(tx, [more]))
    assert (first.progress, first.message) == (20, "with a NUL \ufffd")


async def test_batches_move_only_those_that_may(store: Store) -> None:
    new = [
        new_run(status=status)
        for status in RunStatus
        for _ in range(3)
    ]  # fmt: skip
    ids = [run.id for run in new]
    await store.write(lambda tx: runs.insert(tx, new))
    queued = [run.id for run in new if run.status is RunStatus.QUEUED]
    waiting = [run.id for run in new if run.status.is_waiting]
    held = [run.id for run in new if run.status in {RunStatus.SCHEDULED, RunStatus.RETRYING}]

    def attempt(tx: Tx, verb: str) -> None:
        match verb:
            case "claim":
                raise _Answer(runs.claim(tx, ids, at=NOW))
            case "requeue":
                raise _Answer(runs.requeue(tx, ids))
            case _:
                raise _Answer(runs.cancel_waiting(tx, ids, at=NOW, reason="enough"))

    for verb, expected in (("claim", queued), ("requeue", held), ("cancel", waiting)):
        # Roll back each: an exception carries the answer out.
        with pytest.raises(_Answer) as raised:
            await store.write(partial(attempt, verb=verb))
        assert [run.id for run in raised.value.moved] == expected


class _Answer(Exception):
    def __init__(self, moved: list[Run]) -> None:
        super().__init__()
        self.moved = moved


async def test_cancel_of_waiting_and_of_running(store: Store) -> None:
    waiting = new_run(status=RunStatus.SCHEDULED, not_before=NOW)
    await store.write(lambda tx: runs.insert(tx, [waiting]))
    error = RunError(type="cancelled", message="enough")
    (cancelled,) = await store.write(
        lambda tx: runs.cancel_waiting(
            tx, [waiting.id, waiting.id], at=NOW, reason="enough", by="ada", error=error
        )
    )
    assert cancelled.status is RunStatus.CANCELLED
    assert (cancelled.cancel_reason, cancelled.cancel_requested_by) == ("enough", "ada")
    assert (cancelled.finished_at, cancelled.error) == (NOW, error)

    (running,) = await _started(store)
    asked = await store.write(
        lambda tx: runs.request_cancel(tx, running.id, at=NOW, reason="one", by="ada")
    )
    assert asked is not None
    assert (asked.status, asked.cancel_reason) == (RunStatus.RUNNING, "one")
    second = await store.write(
        lambda tx: runs.request_cancel(tx, running.id, at=NOW, reason="two", by="bob")
    )
    assert second == asked
    nobody = await store.write(
        lambda tx: runs.request_cancel(tx, waiting.id, at=NOW, reason="three", by="")
    )
    assert nobody is None


@pytest.mark.parametrize("status", sorted(FINAL))
async def test_every_final_state_can_be_reached_and_counts(store: Store, status: RunStatus) -> None:
    (run,) = await _started(store)
    end = Finish(
        run_id=run.id, attempt=1, status=status, outcome=outcome(AttemptStatus(status.value))
    )
    (ended,) = await store.write(lambda tx: runs.finish(tx, [end]))
    assert ended.status is status
    assert ended.failures == (status in {RunStatus.FAILED, RunStatus.TIMED_OUT})
    assert ended.crashes == (status is RunStatus.CRASHED)


async def test_an_end_may_bring_the_start_with_it(store: Store) -> None:
    told, untold, retried = await _started(store, 3)
    at = NOW + timedelta(milliseconds=5)
    await store.write(lambda tx: runs.mark_started(tx, [(told.id, 1, 4711, at)]))
    starts = {(untold.id, 1): (4712, at), (retried.id, 1): (None, at)}
    ends = [_succeed(told.id, 1), _succeed(untold.id, 1)]
    await store.write(lambda tx: runs.finish(tx, ends, starts=starts))
    again = Retry(
        run_id=retried.id, attempt=1, outcome=outcome(AttemptStatus.FAILED), not_before=NOW
    )
    await store.write(lambda tx: runs.retry(tx, [again], starts=starts))
    found = await store.read(
        lambda tx: attempts.of_runs(tx, [told.id, untold.id, retried.id]).values()
    )
    assert [(one.pid, one.started_at) for (one,) in found] == [(4711, at), (4712, at), (None, at)]
