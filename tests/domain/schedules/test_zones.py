"""Time zones: the changes we find against the zone database's own table, and unknown names."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo, available_timezones

import pytest

from runyard.domain.errors import Invalid
from runyard.domain.schedules.zones import Clock, find_zone

MATRIX = [
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "UTC",
    "Africa/Casablanca",  # back and forth within a month
    "America/Noronha",  # back and forth within a week, in 2000
    "America/St_Johns",  # changed a minute after midnight
    "Asia/Gaza",
]


def table(name: str) -> list[tuple[datetime, timedelta, timedelta]]:
    """The changes of offset that the zone's TZif file (RFC 9636) lists: to about 2037."""
    data = _file_of(name)

    def counts(at: int) -> tuple[int, ...]:
        return struct.unpack(">6l", data[at + 20 : at + 44])

    utc, std, leaps, times, types, chars = counts(0)
    at = 44 + times * 5 + types * 6 + chars + leaps * 8 + std + utc
    _, _, _, times, types, _ = counts(at)
    at += 44
    moments = struct.unpack(f">{times}q", data[at : at + 8 * times])
    indices = data[at + 8 * times : at + 9 * times]
    offsets = [
        struct.unpack(">lbB", data[at + 9 * times + 6 * n : at + 9 * times + 6 * n + 6])[0]
        for n in range(types)
    ]
    found, before = [], offsets[0]
    for moment, index in zip(moments, indices, strict=True):
        if offsets[index] != before:
            when = datetime(1970, 1, 1) + timedelta(seconds=moment)
            found.append((when, timedelta(seconds=before), timedelta(seconds=offsets[index])))
        before = offsets[index]
    return found


def _file_of(name: str) -> bytes:
    """As `zoneinfo` looks for it: the system's zones first, then the package's."""
    for folder in TZPATH:
        if (path := Path(folder, name)).is_file():
            return path.read_bytes()
    return files("tzdata.zoneinfo").joinpath(*name.split("/")).read_bytes()


@pytest.mark.parametrize("name", MATRIX)
def test_all_changes_of_a_zone_are_found(name: str) -> None:
    clock = Clock(ZoneInfo(name))
    listed = table(name)
    last = listed[-1][0].year if listed else 2060
    first = 1905  # some zones leave their local mean time in 1901, at the end of 32 bits
    ours = [
        (span.end, span.offset, span.after)
        for year in range(first, last + 1)
        for span in clock.changes(year)
    ]
    assert ours == [one for one in listed if one[0].year >= first]


@pytest.mark.parametrize("name", MATRIX)
def test_changes_go_on_after_the_table(name: str) -> None:
    clock = Clock(ZoneInfo(name))
    for year in (2045, 2060, 2400):
        for span in clock.changes(year):
            at = span.end.replace(tzinfo=UTC)
            before = (at - timedelta(seconds=1)).astimezone(ZoneInfo(name)).utcoffset()
            after = at.astimezone(ZoneInfo(name)).utcoffset()
            assert (before, after) == (span.offset, span.after)
    assert len(clock.changes(2060)) == (2 if name in MATRIX[:3] or name[-4:] == "ohns" else 0) or (
        name in ("Africa/Casablanca", "Asia/Gaza")
    )


def test_no_zone_changes_back_and_forth_faster_than_we_look() -> None:
    """`Clock` compares the offsets of every third day; twice that is what it needs."""
    zones = available_timezones() - {"localtime", "posixrules", "Factory"}
    for name in zones:
        for (one, before, _), (other, _, after) in pairwise(table(name)):
            if one.year >= 1970 and before == after:
                assert other - one > timedelta(days=6), name


def test_spans_follow_each_other_without_a_hole() -> None:
    for name in MATRIX:
        begin = datetime(1995, 6, 1)
        found = []
        for span in Clock(ZoneInfo(name)).spans(begin):
            found.append(span)
            if span.end.year > 2030:
                break
        for one, other in pairwise(found):
            assert one.end <= other.end
            assert one.after == other.offset
        at = begin.replace(tzinfo=UTC).astimezone(ZoneInfo(name))
        assert found[0].offset == at.utcoffset()


@pytest.mark.parametrize(
    ("name", "matches"),
    [
        ("Europe/Berlim", ["Europe/Berlin"]),
        ("berlin", ["Europe/Berlin"]),
        ("new york", ["America/New_York"]),
        ("Asia/Katmandoo", ["Asia/Katmandu"]),
        ("", []),
        ("qqqqqqqq", []),
        ("../../etc/passwd", []),
        ("Europe", []),
        ("Europe/Berlin\0", []),
    ],
)
def test_unknown_names_are_refused_with_those_close_to_them(name: str, matches: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        find_zone(name)
    assert set(matches) <= set(refused.value.facts["matches"])
    if matches:
        assert matches[0] in (refused.value.hint or "")
    assert refused.value.facts["problems"][0]["where"] == "timezone"
