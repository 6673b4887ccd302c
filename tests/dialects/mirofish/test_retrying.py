"""`retry_with_backoff` and its relatives: how often, how long between, and for what."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.compat import retrying
from runyard.compat.retrying import (
    RetryableAPIClient,
    retry_with_backoff,
    retry_with_backoff_async,
)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were asked for; none is taken."""
    asked: list[float] = []
    monkeypatch.setattr(time, "sleep", asked.append)

    async def pause(seconds: float) -> None:
        asked.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", pause)
    return asked


def failing(times: int, error: type[Exception] = OSError) -> tuple[list[int], Callable[[int], int]]:
    calls: list[int] = []

    def function(value: int) -> int:
        calls.append(value)
        if len(calls) <= times:
            raise error(f"call {len(calls)}")
        return value

    return calls, function


def test_four_calls_at_most_with_doubling_pauses(waits: list[float]) -> None:
    calls, function = failing(99)
    noted: list[tuple[str, int]] = []
    wrapped = retry_with_backoff(
        jitter=False, on_retry=lambda error, number: noted.append((str(error), number))
    )(function)
    with pytest.raises(OSError, match="call 4"):
        wrapped(0)
    assert len(calls) == 4
    assert waits == [1.0, 2.0, 4.0]
    assert noted == [("call 1", 1), ("call 2", 2), ("call 3", 3)]


def test_it_stops_with_the_first_success(waits: list[float]) -> None:
    calls, function = failing(1)
    assert retry_with_backoff(initial_delay=0.5, jitter=False)(function)(7) == 7
    assert (calls, waits) == ([7, 7], [0.5])


def test_other_exceptions_pass_at_once(waits: list[float]) -> None:
    calls, function = failing(1, KeyError)
    with pytest.raises(KeyError):
        retry_with_backoff(exceptions=(OSError,))(function)(0)
    assert (len(calls), waits) == (1, [])


@given(
    retries=st.integers(0, 12),
    initial=st.floats(0.01, 10),
    factor=st.floats(1, 4),
    longest=st.floats(0.01, 60),
)
def test_pauses_are_capped_and_spread(
    retries: int, initial: float, factor: float, longest: float
) -> None:
    plain = retrying._waits(retries, initial, longest, factor, jitter=False)
    assert plain == sorted(plain)
    assert all(wait <= longest for wait in plain)
    spread = retrying._waits(retries, initial, longest, factor, jitter=True)
    assert len(spread) == retries
    for base, wait in zip(plain, spread, strict=True):
        assert base * 0.5 <= wait <= base * 1.5


def test_coroutines(waits: list[float]) -> None:
    calls, function = failing(2)

    @retry_with_backoff_async(jitter=False)
    async def work() -> int:
        return function(3)

    assert asyncio.run(work()) == 3
    assert (len(calls), waits) == (3, [1.0, 2.0])


def test_the_client_calls_one_and_many(waits: list[float]) -> None:
    client = RetryableAPIClient(max_retries=1, initial_delay=0.1)
    _, function = failing(1)
    assert client.call_with_retry(function, 5) == 5
    assert len(waits) == 1

    def picky(item: int) -> int:
        if item == 2:
            raise ValueError("not two")
        return item * 10

    results, failures = client.call_batch_with_retry([1, 2, 3], picky)
    assert results == [10, 30]
    assert failures == [{"index": 1, "item": 2, "error": "not two"}]
    with pytest.raises(ValueError, match="not two"):
        client.call_batch_with_retry([1, 2, 3], picky, continue_on_failure=False)


def test_the_wrapped_function_keeps_its_name() -> None:
    @retry_with_backoff()
    def fetch() -> None:
        """Fetch it."""

    assert (fetch.__name__, fetch.__doc__) == ("fetch", "Fetch it.")
