"""Admission by example: order, limits, keys, time, rates, and the words it finds for a wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from runyard.domain.admission import Admission, Counts, Rate, WaitCode, Waiting

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def ready(*, total: int = 100) -> Admission:
    admission = Admission(total=total)
    admission.set_labels(frozenset())
    return admission


def waiting(run_id: str, queue: str = "script", **facts: Any) -> Waiting:
    return Waiting(run_id=run_id, queue=queue, **facts)


def add(admission: Admission, *runs: Waiting) -> None:
    for run in runs:
        assert admission.add(run)


def started(admission: Admission, now: datetime = NOW) -> list[str]:
    return [run.run_id for run in admission.admit(now)]


def held_by(admission: Admission, run_id: str, now: datetime = NOW) -> tuple[WaitCode, str]:
    reason = admission.why(run_id, now)
    assert reason is not None
    return reason.code, reason.message


def test_priority_rules_across_queues_then_the_older_run() -> None:
    admission = ready(total=3)
    add(
        admission,
        waiting("3", "crawl"),
        waiting("1", "script"),
        waiting("2", "crawl", priority=5),
        waiting("4", "tag", priority=5),
    )
    assert started(admission) == ["2", "4", "1"]
    admission.release("2")
    assert started(admission) == ["3"]


def test_a_full_queue_never_blocks_another() -> None:
    admission = ready()
    admission.set_queue("crawl", limit=1, paused=False)
    add(admission, waiting("1", "crawl"), waiting("2", "crawl", priority=9), waiting("3", "tag"))
    assert started(admission) == ["2", "3"]
    assert held_by(admission, "1") == (
        WaitCode.QUEUE_FULL,
        "queue crawl is at its limit of 1 (run 2)",
    )


def test_a_busy_key_never_blocks_the_others_of_its_queue() -> None:
    admission = ready()
    add(admission, *(waiting(str(n), key="hello") for n in range(3)), waiting("9", key="other"))
    assert started(admission) == ["0", "9"]
    assert held_by(admission, "2") == (
        WaitCode.KEY_BUSY,
        "concurrency key hello is at its limit of 1 (run 0)",
    )
    admission.release("0")
    assert started(admission) == ["1"]


def test_a_key_is_one_over_all_queues() -> None:
    admission = ready()
    add(admission, waiting("1", "crawl", key="site"), waiting("2", "tag", key="site"))
    assert started(admission) == ["1"]
    admission.release("1")
    assert started(admission) == ["2"]


def test_each_run_of_a_key_keeps_to_its_own_limit() -> None:
    admission = ready()
    add(
        admission,
        waiting("1", key="k", key_limit=2),
        waiting("2", key="k", key_limit=1),
        waiting("3", key="k", key_limit=2),
        waiting("4", key="k", key_limit=0),
    )
    assert started(admission) == ["1", "3", "4"]
    for run_id in ("1", "3"):
        admission.release(run_id)
        assert started(admission) == []
    admission.release("4")
    assert started(admission) == ["2"]


def test_busy_names_live_runs_before_waiting_ones() -> None:
    admission = ready()
    add(admission, waiting("1", key="k"), waiting("2", key="k"), waiting("3"))
    admission.occupy(waiting("4", key="k"))
    assert admission.busy("k") == ("4", "1", "2")
    assert admission.busy("unknown") == ()


def test_pauses_hold_and_let_go() -> None:
    admission = ready()
    admission.set_task_paused("hello", True)
    admission.set_queue("crawl", limit=None, paused=True)
    add(admission, waiting("1", task_id="hello"), waiting("2", "crawl"))
    assert started(admission) == []
    assert held_by(admission, "1") == (WaitCode.TASK_PAUSED, "task hello is paused")
    assert held_by(admission, "2") == (WaitCode.QUEUE_PAUSED, "queue crawl is paused")
    admission.set_task_paused("hello", False)
    admission.set_queue("crawl", limit=None, paused=False)
    assert held_by(admission, "1")[0] is WaitCode.STARTING
    assert started(admission) == ["1", "2"]


def test_the_total_counts_over_all_queues() -> None:
    admission = ready(total=2)
    add(admission, *(waiting(str(n), f"q{n}") for n in range(3)))
    assert started(admission) == ["0", "1"]
    assert held_by(admission, "2") == (
        WaitCode.TOTAL_FULL,
        "the server is at its limit of 2 (runs 0, 1)",
    )
    admission.set_total(3)
    assert started(admission) == ["2"]


def test_at_most_five_holders_are_named() -> None:
    admission = ready(total=7)
    add(admission, *(waiting(str(n)) for n in range(8)))
    admission.admit(NOW)
    reason = admission.why("7", NOW)
    assert reason is not None
    assert reason.holders == ("0", "1", "2", "3", "4")
    assert reason.message == "the server is at its limit of 7 (runs 0, 1, 2, 3, 4 and 2 more)"


def test_labels_and_the_engine() -> None:
    admission = Admission(total=5)
    add(admission, waiting("1", needs=("gpu", "big")), waiting("2"))
    assert started(admission) == []
    assert held_by(admission, "2") == (WaitCode.NO_PLACE, "no engine is connected")
    admission.set_labels(frozenset({"gpu"}))
    assert started(admission) == ["2"]
    assert held_by(admission, "1") == (WaitCode.NO_PLACE, "no node has the labels big")
    admission.set_labels(None)
    admission.set_labels(frozenset({"gpu", "big", "fast"}))
    assert started(admission) == ["1"]


def test_a_run_waits_for_its_time_without_blocking() -> None:
    admission = ready()
    due = NOW + 10 * SECOND
    add(admission, waiting("1", not_before=due, priority=9), waiting("2"))
    assert started(admission) == ["2"]
    assert admission.next_time() == due
    assert held_by(admission, "1") == (
        WaitCode.NOT_BEFORE,
        "it may not start before 2026-01-01T12:00:10.000Z",
    )
    assert started(admission, due - timedelta(microseconds=1)) == []
    assert started(admission, due) == ["1"]
    assert admission.next_time() is None


def test_a_rate_spreads_starts_after_a_burst() -> None:
    admission = ready()
    admission.set_rate("crawl", Rate(count=2, per=10 * SECOND, burst=2))
    add(admission, *(waiting(str(n), "crawl") for n in range(4)), waiting("9", "tag"))
    assert started(admission) == ["0", "1", "9"]
    assert admission.next_time() == NOW + 5 * SECOND
    assert held_by(admission, "2") == (
        WaitCode.RATE_LIMITED,
        "queue crawl starts 2 runs per 10s, the next 2026-01-01T12:00:05.000Z",
    )
    assert started(admission, NOW + 5 * SECOND) == ["2"]
    assert started(admission, NOW + 9 * SECOND) == []
    admission.set_rate("crawl", Rate(count=2, per=10 * SECOND, burst=2))
    assert started(admission, NOW + 9 * SECOND) == []
    admission.set_rate("crawl", None)
    assert started(admission, NOW + 9 * SECOND) == ["3"]
    assert admission.next_time() is None


def test_a_rate_that_was_waited_out_wakes_nobody_again() -> None:
    admission = ready()
    admission.set_rate("crawl", Rate(count=1, per=SECOND))
    add(admission, waiting("1", "crawl"), waiting("2", "crawl"))
    assert started(admission) == ["1"]
    assert admission.next_time() == NOW + SECOND
    assert started(admission, NOW + SECOND) == ["2"]
    assert admission.next_time() is None


def test_a_clock_that_is_set_back_does_not_stop_a_rate() -> None:
    admission = ready()
    admission.set_rate("crawl", Rate(count=1, per=10 * SECOND))
    add(admission, *(waiting(str(n), "crawl") for n in range(3)))
    assert started(admission) == ["0"]
    assert started(admission, NOW + SECOND) == []
    past = NOW - timedelta(days=1)
    assert started(admission, past) == []
    assert admission.next_time() == past + 10 * SECOND
    assert started(admission, past + 9 * SECOND) == []
    assert started(admission, past + 10 * SECOND) == ["1"]


def test_a_third_of_a_second_is_never_too_short() -> None:
    rate = Rate(count=3, per=SECOND)
    assert rate.interval * 3 >= SECOND
    assert rate.interval == timedelta(microseconds=333_334)


@pytest.mark.parametrize(
    "facts",
    [
        {"count": 0, "per": SECOND},
        {"count": 1, "per": 0 * SECOND},
        {"count": 1, "per": SECOND, "burst": 0},
    ],
)
def test_an_impossible_rate_is_refused(facts: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a rate needs"):
        Rate(**facts)


def test_occupying_ignores_limits_and_holds_places() -> None:
    admission = ready(total=1)
    admission.set_queue("crawl", limit=1, paused=False)
    for run_id in ("1", "2"):
        admission.occupy(waiting(run_id, "crawl"))
    add(admission, waiting("3", "crawl"))
    admission.release("1")
    assert started(admission) == []
    admission.release("2")
    assert started(admission) == ["3"]


def test_adding_twice_counts_once_and_the_newer_facts_hold() -> None:
    admission = ready()
    add(admission, waiting("1", priority=0), waiting("2", priority=1), waiting("1", priority=2))
    assert admission.counts() == Counts(waiting=2, live=0)
    assert started(admission) == ["1", "2"]
    assert not admission.add(waiting("1"))
    assert admission.counts() == Counts(waiting=0, live=2)


def test_unknown_runs_change_nothing() -> None:
    admission = ready()
    admission.discard("nobody")
    admission.release("nobody")
    assert admission.why("nobody", NOW) is None
    assert admission.queue_counts("nowhere") == Counts(waiting=0, live=0)


def test_a_retry_waits_out_its_backoff_without_holding_its_place() -> None:
    admission = ready()
    add(admission, waiting("1", key="k"), waiting("2", key="k"))
    assert started(admission) == ["1"]
    admission.release("1")
    add(admission, waiting("1", key="k", not_before=NOW + SECOND))
    assert started(admission) == ["2"]
    admission.release("2")
    assert started(admission) == []
    assert started(admission, NOW + SECOND) == ["1"]


def test_a_long_rest_saves_up_no_more_than_the_burst() -> None:
    admission = ready()
    admission.set_rate("crawl", Rate(count=1, per=SECOND, burst=2))
    add(admission, waiting("1", "crawl"))
    assert started(admission) == ["1"]
    later = NOW + timedelta(hours=1)
    add(admission, *(waiting(str(n), "crawl") for n in range(2, 6)))
    assert started(admission, later) == ["2", "3"]
    assert started(admission, later + SECOND) == ["4"]


def test_every_queue_that_was_set_or_named_is_known() -> None:
    admission = ready()
    admission.set_queue("tag", limit=2, paused=False)
    add(admission, waiting("1", "crawl"))
    admission.occupy(waiting("2", "script"))
    assert admission.queue_names() == ["crawl", "script", "tag"]
