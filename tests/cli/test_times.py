"""Times as people write and read them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.cli.times import parse_moment, parse_since, short
from runyard.domain.errors import Invalid

NOON = datetime(2026, 5, 1, 12, 0, 0).astimezone()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("14:30", NOON.replace(hour=14, minute=30)),
        ("9:05", NOON.replace(hour=9, minute=5) + timedelta(days=1)),
        ("2026-05-02 08:00", datetime(2026, 5, 2, 8).astimezone()),
        ("2026-05-02T08:00:00Z", datetime.fromisoformat("2026-05-02T08:00:00+00:00")),
    ],
)
def test_moments(text: str, expected: datetime) -> None:
    assert parse_moment(text, at=NOON) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10m", NOON - timedelta(minutes=10)),
        ("14:30", NOON.replace(hour=14, minute=30) - timedelta(days=1)),
        ("9:05", NOON.replace(hour=9, minute=5)),
        ("2026-04-30", datetime(2026, 4, 30).astimezone()),
    ],
)
def test_since(text: str, expected: datetime) -> None:
    assert parse_since(text, at=NOON) == expected


@pytest.mark.parametrize("text", ["", "25:00", "soon", "2026-13-01"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_moment(text, at=NOON)
    with pytest.raises(Invalid):
        parse_since(text, at=NOON)


@pytest.mark.parametrize(
    ("length_s", "text"),
    [(0, "0s"), (0.42, "0.42s"), (12.9, "12s"), (185, "3m05s"), (7800, "2h10m"), (356400, "4d3h")],
)
def test_short(length_s: float, text: str) -> None:
    assert short(length_s) == text


@given(st.floats(min_value=-1e9, max_value=1e9, allow_nan=False))
def test_short_is_short_and_never_fails(length_s: float) -> None:
    assert 2 <= len(short(length_s)) <= 9
