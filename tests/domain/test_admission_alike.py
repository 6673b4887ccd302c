"""Runs that are added together are admitted, explained and counted as if added one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from runyard.domain.admission import Admission, Waiting

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)

terms = st.builds(
    Waiting,
    run_id=st.just(""),
    queue=st.sampled_from(["script", "crawl"]),
    key=st.sampled_from([None, "one", "two"]),
    key_limit=st.integers(0, 2),
    priority=st.integers(-1, 1),
    task_id=st.sampled_from([None, "a", "b"]),
    needs=st.sampled_from([(), ("gpu",)]),
    not_before=st.sampled_from([None, NOW, NOW + timedelta(seconds=5)]),
)
batches = st.lists(st.tuples(terms, st.integers(1, 6)), min_size=1, max_size=6)


def _ready(total: int) -> Admission:
    admission = Admission(total=total)
    admission.set_labels(frozenset())
    admission.set_queue("crawl", limit=3, paused=False)
    admission.set_task_paused("b", True)
    return admission


@given(batches, st.integers(1, 8))
def test_together_or_alone(added: list[tuple[Waiting, int]], total: int) -> None:
    together, alone = _ready(total), _ready(total)
    every: list[str] = []
    for batch, (like, count) in enumerate(added):
        ids = [f"{batch}-{number}" for number in range(count)]
        every += ids
        together.add_alike(like, ids)
        for run_id in ids:
            assert alone.add(replace(like, run_id=run_id))
    for moment in (NOW, NOW + timedelta(seconds=9)):
        admitted = together.admit(moment)
        assert admitted == alone.admit(moment)
        for run_id in every:
            assert together.why(run_id, moment) == alone.why(run_id, moment)
        assert together.counts() == alone.counts()
        assert together.busy("one") == alone.busy("one")
        for run in admitted:
            together.release(run.run_id)
            alone.release(run.run_id)
    for run_id in every:
        together.discard(run_id)
    assert together.counts().waiting == 0
