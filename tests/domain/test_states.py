"""The table of legal moves: complete, closed, and what a guarded update asks of it."""

from __future__ import annotations

from itertools import pairwise, product

import pytest

from runyard.domain.states import (
    FINAL,
    LIVE,
    MOVES,
    WAITING,
    AttemptStatus,
    RunStatus,
    sources,
)

S = RunStatus
LEGAL = {
    (S.SCHEDULED, S.QUEUED),
    (S.SCHEDULED, S.CANCELLED),
    (S.QUEUED, S.RUNNING),
    (S.QUEUED, S.CANCELLED),
    (S.RUNNING, S.RETRYING),
    (S.RUNNING, S.SUCCEEDED),
    (S.RUNNING, S.FAILED),
    (S.RUNNING, S.TIMED_OUT),
    (S.RUNNING, S.CANCELLED),
    (S.RUNNING, S.CRASHED),
    (S.RETRYING, S.QUEUED),
    (S.RETRYING, S.CANCELLED),
}


@pytest.mark.parametrize(("source", "target"), list(product(S, S)))
def test_exactly_the_legal_moves_are_possible(source: RunStatus, target: RunStatus) -> None:
    assert (target in MOVES[source]) is ((source, target) in LEGAL)
    assert (source in sources(target)) is ((source, target) in LEGAL)


def test_every_state_is_reached_from_a_new_run() -> None:
    reached = {S.SCHEDULED}
    for _ in S:
        reached |= {target for source in reached for target in MOVES[source]}
    assert reached == set(S)


def test_every_state_that_is_not_final_can_end() -> None:
    for status in S:
        assert status.is_final is (not MOVES[status])
        assert status.is_final or status is S.CANCELLED or S.CANCELLED in MOVES[status]


def test_the_groups_cover_all_states_once() -> None:
    assert set(S) == LIVE | FINAL
    assert not LIVE & FINAL
    assert {S.RUNNING} == LIVE - WAITING
    assert [status for status in S if status.is_waiting] == [S.SCHEDULED, S.QUEUED, S.RETRYING]


def test_an_attempt_ends_like_a_run() -> None:
    assert {status.value for status in AttemptStatus} - {"running"} == {s.value for s in FINAL}


def test_a_life_with_a_retry_is_legal() -> None:
    life = [S.SCHEDULED, S.QUEUED, S.RUNNING, S.RETRYING, S.QUEUED, S.RUNNING, S.SUCCEEDED]
    assert all(target in MOVES[source] for source, target in pairwise(life))
