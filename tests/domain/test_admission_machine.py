"""Admission, whatever happens in whatever order, does what the naive oracle does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from runyard.domain.admission import Admission, Rate, WaitCode, Waiting
from tests.domain.oracle import Oracle

RUNS = [f"{number:04d}" for number in range(24)]
QUEUES = ["crawl", "script", "tag"]
KEYS = ["a", "b", "c"]
TASKS = ["hello", "nightly"]
START = datetime(2026, 1, 1, tzinfo=UTC)

seconds = st.integers(0, 8).map(lambda s: timedelta(seconds=s))
labels = st.frozensets(st.sampled_from(["gpu", "big"]))
rates = st.none() | st.builds(
    Rate,
    count=st.integers(1, 3),
    per=st.integers(1, 4).map(lambda s: timedelta(seconds=s)),
    burst=st.integers(1, 3),
)
runs: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    run_id=st.sampled_from(RUNS),
    queue=st.sampled_from(QUEUES),
    key=st.none() | st.sampled_from(KEYS),
    key_limit=st.integers(0, 2),
    priority=st.integers(-1, 1),
    task_id=st.none() | st.sampled_from(TASKS),
    needs=st.just(frozenset()) | labels,
    later=st.none() | seconds,
)


class AdmissionMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.real = Admission(total=3)
        self.oracle = Oracle(total=3)
        self.settled = False  # nothing changed since the last `admit` at this moment

    @initialize(data=st.data())
    def begin_with_an_engine_and_a_rate(self, data: st.DataObject) -> None:
        self.set_labels(data.draw(labels))
        self.set_rate("crawl", data.draw(rates))

    def _waiting(self, run: dict[str, Any]) -> Waiting:
        later = run["later"]
        facts = {name: value for name, value in run.items() if name != "later"}
        return Waiting(not_before=None if later is None else self.now + later, **facts)

    @rule(run=runs)
    def add(self, run: dict[str, Any]) -> None:
        waiting = self._waiting(run)
        is_new = waiting.run_id not in self.oracle.live
        assert self.real.add(waiting) is is_new
        if is_new:
            self.oracle.waiting.pop(waiting.run_id, None)
            self.oracle.waiting[waiting.run_id] = waiting
        self.settled = False

    @rule(several=st.lists(runs, min_size=3, max_size=8))
    def add_several(self, several: list[dict[str, Any]]) -> None:
        for run in several:
            self.add(run)

    @rule(run_id=st.sampled_from(RUNS))
    def discard(self, run_id: str) -> None:
        self.real.discard(run_id)
        self.oracle.waiting.pop(run_id, None)

    @rule(run=runs)
    def occupy(self, run: dict[str, Any]) -> None:
        waiting = self._waiting(run)
        self.real.occupy(waiting)
        if waiting.run_id not in self.oracle.live:
            self.oracle.waiting.pop(waiting.run_id, None)
            self.oracle.live[waiting.run_id] = waiting

    @precondition(lambda self: self.oracle.live)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        run_id = data.draw(st.sampled_from(sorted(self.oracle.live)))
        self.real.release(run_id)
        self.real.release(run_id)
        del self.oracle.live[run_id]
        self.settled = False

    @rule()
    def admit(self) -> None:
        assert self.real.admit(self.now) == self.oracle.admit(self.now)
        assert self.real.admit(self.now) == []
        self.settled = True

    @rule(step=seconds)
    def let_time_pass(self, step: timedelta) -> None:
        self.now += step
        self.settled = False

    @rule(microseconds=st.integers(0, 2_000_000))
    def let_a_moment_pass(self, microseconds: int) -> None:
        self.let_time_pass(timedelta(microseconds=microseconds))

    @rule()
    def wait_until_next_time(self) -> None:
        moment = self.real.next_time()
        if moment is not None:
            self.now = max(self.now, moment)
            self.admit()

    @rule(total=st.integers(0, 6))
    def set_total(self, total: int) -> None:
        self.real.set_total(total)
        self.oracle.total = total
        self.settled = False

    @rule(name=st.sampled_from(QUEUES), limit=st.none() | st.integers(0, 3), paused=st.booleans())
    def set_queue(self, name: str, limit: int | None, paused: bool) -> None:
        self.real.set_queue(name, limit=limit, paused=paused)
        self.oracle.limits[name] = limit
        (self.oracle.paused_queues.add if paused else self.oracle.paused_queues.discard)(name)
        self.settled = False

    @rule(task_id=st.sampled_from(TASKS), paused=st.booleans())
    def set_task_paused(self, task_id: str, paused: bool) -> None:
        self.real.set_task_paused(task_id, paused)
        (self.oracle.paused_tasks.add if paused else self.oracle.paused_tasks.discard)(task_id)
        self.settled = False

    @rule(offered=st.none() | labels | st.just(frozenset({"gpu", "big"})))
    def set_labels(self, offered: frozenset[str] | None) -> None:
        self.real.set_labels(offered)
        self.oracle.labels = offered
        self.settled = False

    @rule(queue=st.sampled_from(QUEUES), rate=rates)
    def set_rate(self, queue: str, rate: Rate | None) -> None:
        self.real.set_rate(queue, rate)
        self.oracle.set_rate(queue, rate)
        self.settled = False

    @invariant()
    def every_waiting_run_has_a_true_reason(self) -> None:
        for run_id in RUNS:
            reason = self.real.why(run_id, self.now)
            waiting = self.oracle.waiting.get(run_id)
            if waiting is None:
                assert reason is None
                continue
            assert reason is not None
            assert reason.message
            obstacles = self.oracle.obstacles(waiting, self.now)
            if reason.code is WaitCode.STARTING:
                assert not obstacles
                assert not self.settled, "a run that may start was left behind"
            else:
                assert reason.code is next(iter(obstacles)), "the first obstacle is the reason"
                holders = obstacles[reason.code]
                assert set(reason.holders) <= set(holders)
                assert len(reason.holders) == min(5, len(holders))

    @invariant()
    def it_wakes_in_time(self) -> None:
        if not self.settled:
            return
        moment, needed = self.real.next_time(), self.oracle.earliest(self.now)
        assert moment is None or moment > self.now
        if needed is not None:
            assert moment is not None
            assert moment <= needed

    @invariant()
    def it_counts_right(self) -> None:
        counts = self.real.counts()
        assert (counts.waiting, counts.live) == (len(self.oracle.waiting), len(self.oracle.live))
        for name in QUEUES:
            counts = self.real.queue_counts(name)
            assert counts.waiting == sum(w.queue == name for w in self.oracle.waiting.values())
            assert counts.live == sum(w.queue == name for w in self.oracle.live.values())
        for key in KEYS:
            assert self.real.busy(key) == self.oracle.busy(key)

    def teardown(self) -> None:
        """Whatever was, nothing is remembered of runs that are gone."""
        for run_id in RUNS:
            self.real.discard(run_id)
            self.real.release(run_id)
        for index in ("_keys", "_key_lines", "_cohorts", "_by_task", "_by_needs"):
            assert not getattr(self.real, index), index


TestAdmission = AdmissionMachine.TestCase
TestAdmission.settings = settings(max_examples=80, stateful_step_count=50, deadline=None)
