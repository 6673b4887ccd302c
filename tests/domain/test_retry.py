"""Retry: by table for the rules, by property for the delays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.domain.retry import RetryDecision, decide
from runyard.domain.states import AttemptStatus
from runyard.domain.tasks import RetryPolicy

A = AttemptStatus
THREE = RetryPolicy(retries=3, jitter=0)


def after(policy: RetryPolicy, status: AttemptStatus, **facts: Any) -> RetryDecision:
    """The decision after a first bad attempt, unless `facts` say otherwise."""
    is_crash = status is A.CRASHED
    known: dict[str, Any] = {
        "exit_code": 1 if status is A.FAILED else None,
        "exception_type": None,
        "failures": 0 if is_crash else 1,
        "crashes": 1 if is_crash else 0,
        "random": 0.5,
    }
    return decide(policy, outcome_status=status, **(known | facts))


@pytest.mark.parametrize(
    ("policy", "status", "facts", "retried"),
    [
        (RetryPolicy(), A.FAILED, {}, False),
        (THREE, A.FAILED, {}, True),
        (THREE, A.FAILED, {"failures": 3}, True),
        (THREE, A.FAILED, {"failures": 4}, False),
        (THREE, A.TIMED_OUT, {}, True),
        (RetryPolicy(retries=3, on_timeout=False), A.TIMED_OUT, {}, False),
        (RetryPolicy(retries=3, on_timeout=False), A.FAILED, {}, True),
        (THREE, A.SUCCEEDED, {"exit_code": 0}, False),
        (THREE, A.CANCELLED, {}, False),
        (THREE, A.CRASHED, {}, False),
        (RetryPolicy(crash_retries=1), A.CRASHED, {}, True),
        (RetryPolicy(crash_retries=1), A.CRASHED, {"crashes": 2}, False),
        (RetryPolicy(crash_retries=1), A.CRASHED, {"failures": 50}, True),
        (THREE, A.FAILED, {"crashes": 50}, True),
        (RetryPolicy(crash_retries=9), A.FAILED, {}, False),
        (RetryPolicy(retries=1, on_exit_codes=(75, 3)), A.FAILED, {"exit_code": 3}, True),
        (RetryPolicy(retries=1, on_exit_codes=(75,)), A.FAILED, {"exit_code": 3}, False),
        (RetryPolicy(retries=1, on_exit_codes=(75,)), A.TIMED_OUT, {}, True),
        (RetryPolicy(retries=1, on_exceptions=("OSError",)), A.FAILED, {}, False),
        (RetryPolicy(crash_retries=1, on_exit_codes=(75,)), A.CRASHED, {}, True),
    ],
)
def test_which_attempts_are_retried(
    policy: RetryPolicy, status: AttemptStatus, facts: dict[str, Any], retried: bool
) -> None:
    decision = after(policy, status, **facts)
    assert decision.retry is retried
    assert decision.why
    assert retried or decision.delay == timedelta(0)


@pytest.mark.parametrize(
    ("wanted", "raised", "matches"),
    [
        ("ValueError", "ValueError", True),
        ("builtins.ValueError", "ValueError", True),
        ("ValueError", "builtins.ValueError", True),
        ("RateLimited", "shop.errors.RateLimited", True),
        ("shop.errors.RateLimited", "shop.errors.RateLimited", True),
        ("RateLimited", "__main__.RateLimited", True),
        ("other.RateLimited", "shop.errors.RateLimited", False),
        ("errors.RateLimited", "shop.errors.RateLimited", False),
        ("Limited", "shop.errors.RateLimited", False),
        ("shop", "shop.errors.RateLimited", False),
    ],
)
def test_exceptions_match_by_class_or_dotted_name(wanted: str, raised: str, matches: bool) -> None:
    policy = RetryPolicy(retries=1, on_exceptions=("KeyError", wanted))
    assert after(policy, A.FAILED, exception_type=raised).retry is matches


def test_either_an_exit_code_or_an_exception_is_enough() -> None:
    policy = RetryPolicy(retries=1, on_exit_codes=(75,), on_exceptions=("OSError",))
    assert after(policy, A.FAILED, exit_code=75, exception_type="ValueError").retry
    assert after(policy, A.FAILED, exit_code=1, exception_type="OSError").retry
    assert not after(policy, A.FAILED, exit_code=1, exception_type="ValueError").retry


def test_the_wait_doubles_up_to_the_cap() -> None:
    policy = RetryPolicy(retries=99, jitter=0, cap=timedelta(seconds=10))
    waits = [after(policy, A.FAILED, failures=n).delay.total_seconds() for n in range(1, 7)]
    assert waits == [1, 2, 4, 8, 10, 10]


def test_crashes_wait_by_their_own_count() -> None:
    policy = RetryPolicy(retries=9, crash_retries=9, jitter=0)
    assert after(policy, A.CRASHED, failures=7, crashes=2).delay == timedelta(seconds=2)


@pytest.mark.parametrize(
    ("decision", "why"),
    [
        (
            after(THREE, A.FAILED, failures=2, exit_code=3),
            "the attempt failed with exit 3: retries 2 of 3, in 2s",
        ),
        (
            after(THREE, A.FAILED, failures=4),
            "the attempt failed with exit 1, and all 3 retries are used",
        ),
        (
            after(RetryPolicy(), A.TIMED_OUT),
            "the attempt timed out, and the task asks for no retries",
        ),
        (
            after(RetryPolicy(), A.CRASHED),
            "the attempt crashed, and the task asks for no crash retries",
        ),
        (
            after(RetryPolicy(retries=1, on_exit_codes=(7,), on_exceptions=("E",)), A.FAILED),
            "the attempt failed with exit 1; retried are only 7, E",
        ),
        (after(RetryPolicy(retries=1, on_timeout=False), A.TIMED_OUT), "timeouts are not retried"),
        (after(THREE, A.CANCELLED), "an attempt that is cancelled is not retried"),
    ],
)
def test_the_sentence_says_why(decision: RetryDecision, why: str) -> None:
    assert decision.why == why


lengths = st.timedeltas(min_value=timedelta(0))


@given(
    backoff=lengths,
    cap=lengths,
    factor=st.floats(0, 1e308),
    jitter=st.floats(0, 1),
    nth=st.integers(1, 10**9),
    random=st.floats(0, 1, exclude_max=True),
)
def test_the_wait_is_never_out_of_bounds(
    backoff: timedelta, cap: timedelta, factor: float, jitter: float, nth: int, random: float
) -> None:
    policy = RetryPolicy(retries=10**9, backoff=backoff, cap=cap, factor=factor, jitter=jitter)
    decision = after(policy, A.FAILED, failures=nth, random=random)
    assert decision.retry
    longest = cap.total_seconds() * (1 + jitter)
    assert timedelta(0) <= decision.delay
    assert decision.delay.total_seconds() <= longest * (1 + 1e-9) + 1e-6


@given(nth=st.integers(1, 30), random=st.floats(0, 1, exclude_max=True))
def test_jitter_spreads_around_the_plain_wait(nth: int, random: float) -> None:
    plain = after(RetryPolicy(retries=99, jitter=0), A.FAILED, failures=nth)
    spread = after(RetryPolicy(retries=99, jitter=0.25), A.FAILED, failures=nth, random=random)
    assert 0.75 <= spread.delay / plain.delay <= 1.25


def test_a_wait_too_large_to_count_is_the_cap() -> None:
    steep = RetryPolicy(retries=9_999, factor=1e300, jitter=0, cap=timedelta(hours=1))
    assert after(steep, A.FAILED, failures=5_000).delay == timedelta(hours=1)
    endless = RetryPolicy(retries=9_999, factor=1e300, jitter=1, cap=timedelta.max)
    assert after(endless, A.FAILED, failures=5_000, random=0.99).delay == timedelta.max
