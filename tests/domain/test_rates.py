"""Rates as text, and the meter that keeps to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.domain.errors import Invalid
from runyard.domain.rates import Meter, Rate, format_rate, parse_rate

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "count", "seconds", "burst"),
    [
        ("100/h", 100, 3600, 1),
        ("5/s", 5, 1, 1),
        (" 5 / s ", 5, 1, 1),
        ("30/10m", 30, 600, 1),
        ("1/1h30m burst 4", 1, 5400, 4),
        ("2/minute", 2, 60, 1),
        ("7/1 day burst 20", 7, 86400, 20),
        ("1/250ms", 1, 0.25, 1),
    ],
)
def test_how_a_rate_is_written(text: str, count: int, seconds: float, burst: int) -> None:
    expected = Rate(count=count, per=timedelta(seconds=seconds), burst=burst)
    assert parse_rate(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "5", "/s", "5/", "0/s", "-1/s", "5/s burst 0", "5/s burst", "5/parsec", "5/0s", "5/s x",
     "1.5/s", "5/h" * 50, "5/1us", "5/400d", "5/s/s"],
)  # fmt: skip
def test_what_is_not_a_rate(text: str) -> None:
    with pytest.raises(Invalid):
        parse_rate(text)


rates = st.builds(
    Rate,
    count=st.integers(1, 9_999_999),
    per=st.integers(1, 366 * 86_400_000).map(lambda ms: timedelta(milliseconds=ms)),
    burst=st.integers(1, 99_999),
)


@given(rates)
def test_a_written_rate_is_read_as_itself(rate: Rate) -> None:
    assert parse_rate(format_rate(rate)) == rate


def test_the_shortest_way_to_write_it() -> None:
    assert format_rate(Rate(count=5, per=timedelta(hours=1))) == "5/h"
    assert format_rate(Rate(count=5, per=timedelta(hours=10), burst=2)) == "5/10h burst 2"


@given(rates, st.lists(st.integers(0, 10**7), max_size=60))
def test_never_more_than_the_rate(rate: Rate, pauses_ms: list[int]) -> None:
    """In any stretch of time there start at most what fits into it, and the burst."""
    meter, now, starts = Meter(rate), NOW, []
    for pause in pauses_ms:
        now += timedelta(milliseconds=pause)
        if meter.ready_at(now) <= now:
            meter.take(now)
            starts.append(now)
    for first, begin in enumerate(starts):
        for count, end in enumerate(starts[first:], 1):
            assert count <= (end - begin) / rate.interval + rate.burst
