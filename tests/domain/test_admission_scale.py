"""Admission does nothing for runs that stay blocked: steps are counted, not seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Any

import pytest

from runyard.domain import admission, lines, lineup, rates
from runyard.domain.admission import Admission, Rate, Waiting

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FILES = frozenset(str(module.__file__) for module in (admission, lines, lineup, rates))
MANY = 200_000


def steps(work: Callable[[], object]) -> int:
    """Lines of the admission code that `work` runs; each turn of a loop counts."""
    count = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal count
        if frame.f_code.co_filename not in FILES:
            return None
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def admission_with(runs: int, *, keys: int = 5_000) -> Admission:
    held = Admission(total=1_000)
    held.set_labels(frozenset())
    for number in range(runs):
        key = f"k{number % keys}"
        held.add(Waiting(run_id=f"{number:07d}", queue="crawl", key=key, task_id=key))
    return held


@pytest.fixture(scope="module")
def crowded() -> Admission:
    """200,000 runs with 5,000 keys wait in one queue, and one of them lives: its limit is 1."""
    held = admission_with(MANY)
    held.set_queue("crawl", limit=1, paused=False)
    assert [waiting.run_id for waiting in held.admit(NOW)] == ["0000000"]
    return held


def test_counting_sees_each_turn_of_a_loop() -> None:
    few, more = admission_with(10), admission_with(1_000)
    assert steps(lambda: more.admit(NOW)) > 50 * steps(lambda: few.admit(NOW))


def test_nothing_is_done_for_blocked_runs(crowded: Admission) -> None:
    assert steps(lambda: crowded.admit(NOW)) < 30
    assert steps(lambda: crowded.why("0199999", NOW)) < 60
    assert steps(crowded.next_time) < 10


def test_a_finish_starts_the_next_in_few_steps(crowded: Admission) -> None:
    (live,) = (crowded.busy("k0"))[:1]

    def finish_and_start() -> None:
        nonlocal live
        crowded.release(live)
        (started,) = crowded.admit(NOW)
        live = started.run_id

    counted = [steps(finish_and_start) for _ in range(200)]
    assert max(counted) < 400


def test_a_full_queue_does_not_slow_another(crowded: Admission) -> None:
    crowded.add(Waiting(run_id="other", queue="tag"))
    assert steps(lambda: crowded.admit(NOW)) < 200
    assert crowded.queue_counts("tag").live == 1
    crowded.release("other")


def test_runs_behind_a_busy_key_are_not_looked_at() -> None:
    held = admission_with(50_000, keys=1)
    (first,) = held.admit(NOW)
    for number in range(100):
        held.add(Waiting(run_id=f"free{number}", queue="crawl", key=f"free{number}"))
    assert steps(lambda: held.admit(NOW)) < 100 * 200
    assert held.queue_counts("crawl").live == 101
    held.release(first.run_id)
    assert steps(lambda: held.admit(NOW)) < 200


def test_one_key_over_thousands_of_tasks_costs_one_start() -> None:
    held = Admission(total=10)
    held.set_labels(frozenset())
    for number in range(5_000):
        held.add(
            Waiting(run_id=f"{number:07d}", queue="crawl", key="database", task_id=f"t{number}")
        )

    def turn() -> None:
        (started,) = held.admit(NOW)
        held.release(started.run_id)

    assert max(steps(turn) for _ in range(50)) < 400


def test_runs_held_by_a_pause_a_label_or_a_rate_cost_nothing() -> None:
    held = Admission(total=1_000)
    held.set_labels(frozenset({"cpu"}))
    held.set_task_paused("paused", True)
    held.set_queue("paused", limit=None, paused=True)
    held.set_rate("slow", Rate(count=1, per=timedelta(hours=1)))
    for number in range(5_000):
        run_id = f"{number:07d}"
        held.add(Waiting(run_id="p" + run_id, queue="script", task_id="paused"))
        held.add(Waiting(run_id="q" + run_id, queue="paused"))
        held.add(Waiting(run_id="g" + run_id, queue="script", needs=("gpu",)))
        held.add(Waiting(run_id="s" + run_id, queue="slow"))
        later = NOW + timedelta(hours=1, seconds=number)
        held.add(Waiting(run_id="l" + run_id, queue="script", not_before=later))
    assert len(held.admit(NOW)) == 1  # of the slow queue
    assert steps(lambda: held.admit(NOW + timedelta(minutes=1))) < 50


def test_coming_and_going_leaves_no_growing_heap() -> None:
    held = admission_with(10, keys=1)
    held.set_queue("crawl", limit=0, paused=False)
    for number in range(20_000):
        held.add(Waiting(run_id="x", queue="crawl", priority=number, task_id=f"t{number % 7}"))
        held.discard("x")
    every: list[lines.Line[Any]] = [*held._queues.values(), held._ready, held._later]
    assert max(len(line._heap) for line in every) < 200
