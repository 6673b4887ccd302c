"""Moments as people name them: instants, and what a clock on the wall showed last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.domain.errors import Invalid
from runyard.runtime.schedules.moments import read_moment

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "UTC",
]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "text", "expected"),
    [
        ("2026-05-02T10:00+02:00", "02:30", "2026-05-02T02:30+02:00"),
        ("2026-05-02T02:29+02:00", "02:30", "2026-05-01T02:30+02:00"),
        ("2026-05-02T02:30+02:00", "2:30", "2026-05-02T02:30+02:00"),
        ("2026-05-02T10:00+02:00", "02:30:15", "2026-05-02T02:30:15+02:00"),
        ("2026-05-02T10:00+02:00", "2026-05-01T02:30", "2026-05-01T02:30+02:00"),
        ("2026-05-02T10:00+02:00", "2026-05-01 02:30", "2026-05-01T02:30+02:00"),
        ("2026-05-02T10:00+02:00", "2026-06-01T02:30", "2026-06-01T02:30+02:00"),
        ("2026-05-02T10:00+02:00", "2026-05-01T02:30:00Z", "2026-05-01T02:30:00Z"),
        ("2026-05-02T10:00+02:00", "2026-05-01T02:30:00+05:45", "2026-05-01T02:30:00+05:45"),
        # A plus sign that was not encoded in a query.
        ("2026-05-02T10:00+02:00", "2026-05-01T02:30:00 05:45", "2026-05-01T02:30:00+05:45"),
        # The clock shows 02:30 twice on 2026-10-25: the later one, once it has come.
        ("2026-10-26T10:00+01:00", "2026-10-25T02:30", "2026-10-25T02:30+01:00"),
        ("2026-10-25T02:45+02:00", "02:30", "2026-10-25T02:30+02:00"),
        ("2026-10-25T02:15+01:00", "02:30", "2026-10-25T02:30+02:00"),
        ("2026-10-25T02:45+01:00", "02:30", "2026-10-25T02:30+01:00"),
    ],
)
def test_the_last_time_that_the_clock_showed_it(now: str, text: str, expected: str) -> None:
    moment = read_moment(text, zone=BERLIN, now=at(now))
    assert moment.at == at(expected)
    assert moment.left_out is None


@pytest.mark.parametrize(
    ("zone", "text", "end"),
    [
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T03:00+02:00"),
        ("America/New_York", "2026-03-08T02:59:59", "2026-03-08T03:00-04:00"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-04T02:30+11:00"),
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-31T00:00+14:00"),
    ],
)
def test_a_time_in_a_gap_is_its_end(zone: str, text: str, end: str) -> None:
    moment = read_moment(text, zone=ZoneInfo(zone), now=at("2026-12-01T00:00Z"))
    assert moment.at == at(end)
    assert moment.left_out == datetime.fromisoformat(text)


def test_a_bare_time_in_todays_gap_is_todays() -> None:
    moment = read_moment("02:30", zone=BERLIN, now=at("2026-03-29T12:00+02:00"))
    assert moment.left_out == datetime(2026, 3, 29, 2, 30)


@given(
    zone=st.sampled_from(ZONES),
    now=st.datetimes(datetime(1995, 1, 1), datetime(2060, 1, 1)),
    minute=st.integers(0, 1439),
)
def test_it_is_past_within_two_days_and_shows_the_time(
    zone: str, now: datetime, minute: int
) -> None:
    aware = now.replace(tzinfo=UTC)
    text = f"{minute // 60:02}:{minute % 60:02}"
    moment = read_moment(text, zone=ZoneInfo(zone), now=aware)
    assert moment.at <= aware
    assert aware - moment.at < timedelta(hours=49)
    if moment.left_out is None:
        assert f"{moment.at.astimezone(ZoneInfo(zone)):%H:%M}" == text


@pytest.mark.parametrize(
    "text",
    ["", "25:00", "02:60", "soon", "2026-13-01T00:00", "0001-01-01T00:00+14:00", "9" * 60, "-1:00"],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_moment(text, zone=BERLIN, now=at("2026-05-02T10:00Z"))
    assert refused.value.facts["problems"][0]["where"] == "at"
