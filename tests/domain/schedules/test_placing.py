"""Wall-clock times in zones: zones, edges and policies against an oracle that looks by minutes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runyard.domain.schedules.cron_expression import parse_cron
from runyard.domain.schedules.cron_fires import cron_times
from runyard.domain.schedules.model import Decision, Fire
from runyard.domain.schedules.placing import Placing, place, place_one
from runyard.domain.schedules.spec import DstGap, DstRepeat
from tests.domain.schedules.cron_oracle import scan
from tests.domain.schedules.placing_oracle import Row, expected

NAMES = (
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "UTC",
    "America/St_Johns",
    "Africa/Casablanca",
)
GAPS = (None, *DstGap)
DAY = timedelta(days=1)
EXPRESSIONS = (
    "*/15 * * * *",
    "*/20 1-3 * * *",
    "0,30 0-4 * * *",
    "30 2 * * *",
    "0 0 * * *",
    "5 */2 * * *",
)


@cache
def edges(name: str) -> tuple[datetime, ...]:
    """Hours (naive UTC) within which the zone's offset changes, 1990 to 2060."""
    zone, found = ZoneInfo(name), [datetime(2020, 6, 1)]  # a quiet one too
    here = datetime(1990, 1, 1, tzinfo=UTC)
    while here.year < 2061:
        if here.astimezone(zone).utcoffset() != (here + DAY).astimezone(zone).utcoffset():
            found.append(here.replace(tzinfo=None))
        here += DAY
    return tuple(found)


def rows(fires: list[Fire]) -> list[Row]:
    """Skipped fires of a gap are put to the end of it, whose last microseconds they borrow."""
    found = []
    for fire in fires:
        at = fire.at
        if fire.skipped is Decision.DST_GAP:
            at = (at + timedelta(seconds=1)).replace(microsecond=0)
            assert at - fire.at < timedelta(seconds=1)
        found.append((at, fire.local, fire.skipped))
    return found


def placed(
    expression: str, name: str, gap: DstGap | None, repeat: DstRepeat, begin: datetime
) -> list[Fire]:
    """Three days and more of fires after `begin` (naive UTC)."""
    parsed = parse_cron(expression)
    placing = Placing(ZoneInfo(name), gap, repeat)
    end = (begin + 3 * DAY).replace(tzinfo=UTC)
    fires = place(lambda local: cron_times(parsed, local), placing, begin)
    return list(takewhile(lambda fire: fire.at <= end, fires))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=25, deadline=None)
@given(data=st.data(), gap=st.sampled_from(GAPS), repeat=st.sampled_from(DstRepeat))
def test_agrees_with_the_oracle_about_each_edge(
    name: str, data: st.DataObject, gap: DstGap | None, repeat: DstRepeat
) -> None:
    expression = data.draw(st.sampled_from(EXPRESSIONS))
    begin = data.draw(st.sampled_from(edges(name))) - DAY
    zone = ZoneInfo(name)
    fires = placed(expression, name, gap, repeat, begin)
    local = scan(expression, begin - 2 * DAY, begin + 5 * DAY)
    oracle = expected(local, zone, gap, repeat)
    first, last = begin.replace(tzinfo=UTC), (begin + 3 * DAY).replace(tzinfo=UTC)
    # At the very edges of the window the borrowed instants are in doubt; they are never there.
    assert rows(fires) == [row for row in oracle if first < row[0] <= last]


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=15, deadline=None)
@given(data=st.data(), gap=st.sampled_from(GAPS), repeat=st.sampled_from(DstRepeat))
def test_it_can_be_taken_up_at_any_instant(
    name: str, data: st.DataObject, gap: DstGap | None, repeat: DstRepeat
) -> None:
    expression = data.draw(st.sampled_from(EXPRESSIONS))
    begin = data.draw(st.sampled_from(edges(name))) - DAY
    whole = placed(expression, name, gap, repeat, begin)
    for one, other in pairwise(whole):
        assert one.at < other.at
    points = [
        fire.at + step for fire in whole for step in (timedelta(0), -timedelta(microseconds=1))
    ]
    for point in points[:: max(len(points) // 12, 1)]:
        again = placed(expression, name, gap, repeat, point.replace(tzinfo=None))
        rest = [fire for fire in whole if fire.at > point]
        assert again[: len(rest)] == rest


BERLIN = ZoneInfo("Europe/Berlin")


def berlin(expression: str, day: datetime, gap: DstGap | None, repeat: DstRepeat) -> list[Fire]:
    end = (day + DAY).replace(tzinfo=UTC)
    fires = placed(expression, "Europe/Berlin", gap, repeat, day - timedelta(hours=2))
    return [fire for fire in fires if fire.at < end and fire.local.date() == day.date()]


def test_a_gap_shifts_to_its_end_and_says_so() -> None:
    (fire,) = berlin("30 2 * * *", datetime(2026, 3, 29), DstGap.SHIFT, DstRepeat.FIRST)
    assert fire.at == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert fire.local == datetime(2026, 3, 29, 2, 30)
    assert fire.skipped is None
    assert fire.note == (
        "02:30 does not exist on 2026-03-29 in Europe/Berlin (the clock goes from 02:00 to "
        "03:00): shifted to 03:00"
    )


def test_times_shifted_onto_a_real_one_are_one_fire() -> None:
    fires = berlin("0,20,40 2,3 * * *", datetime(2026, 3, 29), DstGap.SHIFT, DstRepeat.FIRST)
    assert [f"{fire.local:%H:%M}" for fire in fires] == ["03:00", "03:20", "03:40"]
    assert fires[0].note == "stands for 02:00, 02:20, 02:40 too, which does not exist"


def test_skipped_times_of_a_gap_borrow_the_last_microseconds_before_its_end() -> None:
    fires = berlin("0,30 2,3 * * *", datetime(2026, 3, 29), DstGap.SKIP, DstRepeat.FIRST)
    end = datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert [fire.at - end for fire in fires] == [
        timedelta(microseconds=-2),
        timedelta(microseconds=-1),
        timedelta(0),
        timedelta(minutes=30),
    ]
    assert [fire.skipped for fire in fires] == [Decision.DST_GAP, Decision.DST_GAP, None, None]
    assert fires[0].note.startswith("02:00 does not exist on 2026-03-29 in Europe/Berlin")
    assert fires[0].note.endswith("skipped")


@pytest.mark.parametrize(
    ("repeat", "decisions"),
    [
        (DstRepeat.FIRST, [None, Decision.DST_REPEAT]),
        (DstRepeat.LAST, [Decision.DST_REPEAT, None]),
        (DstRepeat.BOTH, [None, None]),
    ],
)
def test_a_repeat(repeat: DstRepeat, decisions: list[Decision | None]) -> None:
    fires = berlin("30 2 * * *", datetime(2026, 10, 25), DstGap.SHIFT, repeat)
    assert [fire.at.hour for fire in fires] == [0, 1]
    assert {fire.local for fire in fires} == {datetime(2026, 10, 25, 2, 30)}
    assert [fire.skipped for fire in fires] == decisions
    assert all("02:30 comes twice on 2026-10-25" in fire.note for fire in fires)


def test_a_whole_day_that_apia_left_out() -> None:
    zone = ZoneInfo("Pacific/Apia")
    noon = datetime(2011, 12, 30, 12)
    (shifted,) = place_one(noon, Placing(zone, DstGap.SHIFT, DstRepeat.FIRST))
    assert shifted.at.astimezone(zone).replace(tzinfo=None) == datetime(2011, 12, 31)
    assert "from 2011-12-30 00:00 to 2011-12-31 00:00" in shifted.note
    (skipped,) = place_one(noon, Placing(zone, DstGap.SKIP, DstRepeat.FIRST))
    assert skipped.skipped is Decision.DST_GAP
    assert place_one(noon, Placing(zone, None, DstRepeat.FIRST)) == ()


def test_half_an_hour_of_lord_howe() -> None:
    zone = ZoneInfo("Australia/Lord_Howe")
    (fire,) = place_one(datetime(2026, 10, 4, 2, 10), Placing(zone, DstGap.SHIFT, DstRepeat.FIRST))
    assert fire.at.astimezone(zone).replace(tzinfo=None) == datetime(2026, 10, 4, 2, 30)
    both = place_one(datetime(2026, 4, 5, 1, 45), Placing(zone, DstGap.SHIFT, DstRepeat.BOTH))
    assert both[1].at - both[0].at == timedelta(minutes=30)


def test_seconds_within_a_repeated_hour_stay_in_order() -> None:
    fires = placed(
        "*/10 * 2 * * *", "Europe/Berlin", None, DstRepeat.BOTH, datetime(2026, 10, 24, 23, 59)
    )
    hour = [fire for fire in fires if fire.local.date() == datetime(2026, 10, 25).date()]
    assert len(hour) == 720
    assert {two.at - one.at for one, two in pairwise(hour)} == {timedelta(seconds=10)}


@pytest.mark.parametrize("name", NAMES)
def test_the_ends_of_the_calendar_are_quiet(name: str) -> None:
    parsed = parse_cron("0 0 1 1 *")
    placing = Placing(ZoneInfo(name), DstGap.SHIFT, DstRepeat.FIRST)
    first = next(place(lambda local: cron_times(parsed, local), placing, datetime.min))
    assert first.local == datetime(2, 1, 1)
    assert list(place(lambda local: cron_times(parsed, local), placing, datetime.max)) == []
