"""Durations and sizes: everything that people write, exactly; nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.domain.durations import format_duration, format_size, parse_duration, parse_size
from runyard.domain.errors import Invalid


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("90", 90),
        (90, 90),
        (0, 0),
        (1.5, 1.5),
        ("30m", 1800),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        (" 2 days ", 172800),
        ("1.5h", 5400),
        ("0.5s", 0.5),
        ("PT1,5H", 5400),
        ("250ms", 0.25),
        ("10us", 0.00001),
        ("1w", 604800),
        ("1 hour 5 min 3 secs", 3903),
        ("30M", 1800),
        ("PT1H30M", 5400),
        ("P1DT12H", 129600),
        ("pt0.5s", 0.5),
        ("P2W", 1209600),
        (timedelta(hours=1), 3600),
    ],
)
def test_durations_that_are_understood(written: Any, seconds: float) -> None:
    assert parse_duration(written) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "written",
    [
        *("", " ", "soon", "5 parsecs", "-5", "1h30", "1h1h", "h", "1..5h", "1e9", "1h,30m"),
        *("1,500s", ".5s", "0x10", "P", "PT", "P1Y", "P1M", "P1DT", "1:30", "inf", "nan", "٣h"),
        *("9" * 30 + "d", "1" * 200, -1, float("nan"), float("inf"), 1e300, True, None, [5]),
        timedelta(seconds=-1),
    ],
)
def test_durations_that_are_refused(written: Any) -> None:
    with pytest.raises(Invalid) as refused:
        parse_duration(written)
    assert "duration" in refused.value.message
    assert len(refused.value.message) < 200


def test_a_refusal_names_the_text_and_a_way_out() -> None:
    with pytest.raises(Invalid, match="5 parsecs") as refused:
        parse_duration("5 parsecs")
    assert "1h30m" in (refused.value.hint or "")


@given(st.timedeltas(min_value=timedelta(0)))
def test_what_is_shown_is_read_back(length: timedelta) -> None:
    assert parse_duration(format_duration(length)) == length


@pytest.mark.parametrize(
    ("length", "shown"),
    [
        (timedelta(0), "0s"),
        (timedelta(seconds=90), "1m30s"),
        (timedelta(hours=1.5), "1h30m"),
        (timedelta(days=2), "2d"),
        (timedelta(milliseconds=1500), "1.5s"),
        (timedelta(microseconds=1), "0.000001s"),
        (timedelta(minutes=-5), "-5m"),
    ],
)
def test_durations_are_shown_short(length: timedelta, shown: str) -> None:
    assert format_duration(length) == shown


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_duration, parse_size):
        try:
            parse(text)
        except Invalid:
            continue


@pytest.mark.parametrize(
    ("written", "size_bytes"),
    [
        (1048576, 1048576),
        ("1048576", 1048576),
        ("0", 0),
        ("512MB", 512_000_000),
        ("512 MiB", 512 * 1024**2),
        ("1.5GiB", 3 * 1024**3 // 2),
        ("2K", 2048),
        ("2k", 2048),
        ("2Ki", 2048),
        ("2kb", 2000),
        ("10 B", 10),
        ("3T", 3 * 1024**4),
        ("1PB", 10**15),
        ("0.3KiB", 307),
        (1.9, 1),
    ],
)
def test_sizes_that_are_understood(written: Any, size_bytes: int) -> None:
    assert parse_size(written) == size_bytes


@pytest.mark.parametrize(
    "written", ["", "big", "5 XB", "-5", "1MB2KB", "1e6", "1" * 200, -1, float("nan"), True, None]
)
def test_sizes_that_are_refused(written: Any) -> None:
    with pytest.raises(Invalid, match="size"):
        parse_size(written)


@given(
    st.integers(0, 2**60)
    | st.builds(lambda n, p: n * 1024**p, st.integers(0, 5000), st.integers(0, 5))
)
def test_a_size_that_is_shown_is_read_back(size_bytes: int) -> None:
    assert parse_size(format_size(size_bytes)) == size_bytes


def test_sizes_are_shown_in_the_largest_unit_that_fits() -> None:
    assert format_size(512 * 1024**2) == "512MiB"
    assert format_size(1000) == "1000B"
    assert format_size(0) == "0B"
