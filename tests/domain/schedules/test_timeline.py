"""The timeline of a spec: bounds, calendars and rolls, `at`, `every`, reboot, jitter, refusals."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise, takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runyard.domain.errors import Invalid
from runyard.domain.schedules.calendars import Calendar, Days
from runyard.domain.schedules.model import Decision, Fire
from runyard.domain.schedules.spec import DstGap, DstRepeat, Roll, ScheduleSpec
from runyard.domain.schedules.timeline import Timeline, check_trigger, jitter_of, make_timeline

BERLIN = "Europe/Berlin"
ANCHOR = datetime(2026, 1, 1, tzinfo=UTC)


def timeline(spec: ScheduleSpec, calendar: Calendar | None = None) -> Timeline:
    return make_timeline(spec, default_zone=BERLIN, anchor=ANCHOR, key="a:b", calendar=calendar)


def fires(
    spec: ScheduleSpec, begin: datetime = ANCHOR, count: int = 3, calendar: Calendar | None = None
) -> list[Fire]:
    return list(islice(timeline(spec, calendar).after(begin), count))


def utc(*parts: int) -> datetime:
    return datetime(*parts).replace(tzinfo=UTC)  # type: ignore[arg-type]


def test_cron_in_the_zone_of_the_spec_or_of_the_server() -> None:
    spec = ScheduleSpec(cron="0 9 * * *")
    assert [fire.at for fire in fires(spec, count=1)] == [utc(2026, 1, 1, 8)]
    kathmandu = ScheduleSpec(cron="0 9 * * *", timezone="Asia/Kathmandu")
    (first,) = fires(kathmandu, count=1)
    assert first == Fire(at=utc(2026, 1, 1, 3, 15), local=datetime(2026, 1, 1, 9))
    assert timeline(kathmandu).zone == ZoneInfo("Asia/Kathmandu")


def test_start_and_end_belong_to_it() -> None:
    spec = ScheduleSpec(cron="0 * * * *", start=utc(2026, 5, 1, 10), end=utc(2026, 5, 1, 12))
    assert [fire.at.hour for fire in fires(spec, count=9)] == [10, 11, 12]
    local = ScheduleSpec(
        cron="0 * * * *", start=datetime(2026, 5, 1, 10), end=datetime(2026, 5, 1, 10, 30)
    )
    assert [fire.at.hour for fire in fires(local, count=9)] == [8]  # summer time
    assert fires(spec, utc(2026, 5, 1, 12)) == []


def test_after_is_strict_and_takes_any_offset() -> None:
    spec = ScheduleSpec(cron="0 9 * * *", timezone="UTC")
    assert fires(spec, utc(2026, 1, 1, 9), 1)[0].at == utc(2026, 1, 2, 9)
    a_moment_before = utc(2026, 1, 1, 9) - timedelta(microseconds=1)
    tokyo = a_moment_before.astimezone(ZoneInfo("Asia/Tokyo"))
    assert fires(spec, tokyo, 1)[0].at == utc(2026, 1, 1, 9)


def test_every_counts_from_the_anchor_or_the_start() -> None:
    spec = ScheduleSpec(every=timedelta(minutes=90))
    assert [fire.at for fire in fires(spec, ANCHOR - timedelta(days=1), 2)] == [
        utc(2026, 1, 1, 1, 30),
        utc(2026, 1, 1, 3),
    ]
    started = ScheduleSpec(every=timedelta(days=7), start=utc(2026, 3, 1), at_once=True)
    assert [fire.at.day for fire in fires(started, count=3)] == [1, 8, 15]
    far = fires(ScheduleSpec(every=timedelta(seconds=1)), utc(2990, 1, 1), 1)
    assert far[0].at == utc(2990, 1, 1, 0, 0, 1)


def test_every_is_elapsed_time_across_a_change_of_clocks() -> None:
    found = fires(ScheduleSpec(every=timedelta(hours=1)), utc(2026, 3, 29), 3)
    assert [fire.at.hour for fire in found] == [1, 2, 3]
    assert [fire.local.hour for fire in found] == [3, 4, 5]


def test_at() -> None:
    local = ScheduleSpec(at=datetime(2026, 3, 29, 2, 30))
    (shifted,) = fires(local)
    assert shifted.at == utc(2026, 3, 29, 1)
    assert "does not exist" in shifted.note
    (skipped,) = fires(ScheduleSpec(at=datetime(2026, 3, 29, 2, 30), dst_gap=DstGap.SKIP))
    assert skipped.skipped is Decision.DST_GAP
    instant = ScheduleSpec(at=datetime(2026, 7, 1, 12, tzinfo=UTC))
    assert fires(instant) == [Fire(at=utc(2026, 7, 1, 12), local=datetime(2026, 7, 1, 14))]
    assert fires(instant, utc(2026, 7, 1, 12)) == []


def test_hours_that_are_not_named_follow_elapsed_time() -> None:
    spring, autumn = utc(2026, 3, 29), utc(2026, 10, 24, 23)
    hourly = ScheduleSpec(cron="30 * * * *")
    for begin in (spring, autumn):
        found = fires(hourly, begin, 5)
        assert {two.at - one.at for one, two in pairwise(found)} == {timedelta(hours=1)}
        assert all(fire.skipped is None for fire in found)
    named = ScheduleSpec(cron="30 0-4 * * *")
    skipped = [fire.skipped for fire in fires(named, autumn, 5)]
    assert skipped == [None, None, Decision.DST_REPEAT, None, None]
    rule = ScheduleSpec(rrule="DTSTART:20260101T003000 FREQ=HOURLY")
    assert [fire.at for fire in fires(rule, autumn, 5)] == [
        fire.at for fire in fires(hourly, autumn, 5)
    ]


def test_explicit_policies_hold_for_every_hour_too() -> None:
    spec = ScheduleSpec(cron="30 * * * *", dst_gap=DstGap.SKIP, dst_repeat=DstRepeat.LAST)
    assert fires(spec, utc(2026, 3, 29, 0, 45), 1)[0].skipped is Decision.DST_GAP
    assert fires(spec, utc(2026, 10, 25), 1)[0].skipped is Decision.DST_REPEAT


def test_a_rule_with_its_own_zone_is_shown_in_that_of_the_schedule() -> None:
    spec = ScheduleSpec(rrule="DTSTART;TZID=America/New_York:20260101T090000 RRULE:FREQ=DAILY")
    (fire,) = fires(spec, count=1)
    assert fire == Fire(at=utc(2026, 1, 1, 14), local=datetime(2026, 1, 1, 15))


def test_reboot_has_no_planned_fires() -> None:
    reboot = timeline(ScheduleSpec(cron="@reboot"))
    assert reboot.is_reboot
    assert list(reboot.after(ANCHOR)) == []
    assert not timeline(ScheduleSpec(cron="@daily")).is_reboot


CHRISTMAS = Calendar(
    weekdays=(0, 1, 2, 3, 4),
    exclude=(Days(first=date(2026, 12, 24), last=date(2026, 12, 25), reason="Christmas"),),
)


@pytest.mark.parametrize(
    ("roll", "days"),
    [
        (Roll.SKIP, [(23, None), (24, "c"), (25, "c"), (26, "c"), (27, "c"), (28, None)]),
        (Roll.PRECEDING, [(23, None), (28, None), (29, None), (30, None), (31, None), (1, None)]),
        (Roll.FOLLOWING, [(23, None), (28, None), (29, None), (30, None), (31, None), (1, None)]),
    ],
)
def test_rolls(roll: Roll, days: list[tuple[int, str | None]]) -> None:
    spec = ScheduleSpec(cron="0 9 * * *", calendar="work", roll=roll)
    found = fires(spec, utc(2026, 12, 22, 12), 6, CHRISTMAS)
    assert [(fire.at.day, "c" if fire.skipped else None) for fire in found] == days
    if roll is Roll.SKIP:
        assert found[1].skipped is Decision.CALENDAR
        assert found[1].note == "2026-12-24 is excluded: Christmas"
        assert found[3].note == "2026-12-26 is a Saturday"
    else:
        holder = found[0] if roll is Roll.PRECEDING else found[1]
        assert holder.note == (
            "stands for moved ones too: 2026-12-24 is excluded: Christmas; 2026-12-25 is "
            "excluded: Christmas; 2026-12-26 is a Saturday; and 1 more"
        )


def test_a_moved_fire_says_from_where() -> None:
    spec = ScheduleSpec(cron="0 9 25 * *", calendar="work", roll=Roll.FOLLOWING)
    (fire,) = fires(spec, utc(2026, 12, 1), 1, CHRISTMAS)
    assert fire.local == datetime(2026, 12, 28, 9)
    assert fire.note == "moved: 2026-12-25 is excluded: Christmas"


def test_no_included_day_near_leaves_it_where_it_is() -> None:
    never = Calendar(weekdays=())
    for roll in (Roll.PRECEDING, Roll.FOLLOWING):
        spec = ScheduleSpec(cron="0 9 * * *", calendar="never", roll=roll)
        found = fires(spec, ANCHOR, 3, never)
        assert [fire.skipped for fire in found] == [Decision.CALENDAR] * 3
        assert [fire.at.day for fire in found] == [1, 2, 3]
        assert "no day within 31 days is included" in found[0].note


def brute_rolls(spec: ScheduleSpec, calendar: Calendar, begin: date, end: date) -> list[datetime]:
    """Instants of fires from `begin` to `end`: every plain fire of a wide window, moved by hand."""
    zone = ZoneInfo(BERLIN)
    plain = ScheduleSpec(cron=spec.cron)
    wide = timeline(plain).after(
        datetime(begin.year, begin.month, begin.day, tzinfo=UTC) - 40 * DAY
    )
    step = -DAY if spec.roll is Roll.PRECEDING else DAY
    found = set()
    for fire in takewhile(lambda fire: fire.local.date() < end + 40 * DAY, wide):
        if fire.skipped is not None:
            continue
        day = fire.local.date()
        while not calendar.includes(day)[0]:
            day += step
        if day != fire.local.date():
            moved = datetime.combine(day, fire.local.time(), zone)
            found.add(moved.astimezone(UTC))
        else:
            found.add(fire.at)
    return sorted(one for one in found if begin <= one.astimezone(zone).date() < end)


DAY = timedelta(days=1)


@settings(max_examples=40, deadline=None)
@given(
    roll=st.sampled_from([Roll.PRECEDING, Roll.FOLLOWING]),
    cron=st.sampled_from(
        ["0 9 * * *", "0 */6 * * *", "30 8,20 1-20 * 3", "0 7 * * 6,0", "5 0 1,15,L * *"]
    ),
    weekdays=st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
    begin=st.dates(date(2026, 4, 10), date(2026, 8, 1)),
    away=st.lists(st.integers(0, 30), max_size=6),
)
def test_rolls_agree_with_moving_by_hand(
    roll: Roll, cron: str, weekdays: tuple[int, ...], begin: date, away: list[int]
) -> None:
    excluded = tuple(Days(first=begin + n * DAY, last=begin + n * DAY) for n in away)
    calendar = Calendar(weekdays=weekdays, exclude=excluded)
    spec = ScheduleSpec(cron=cron, calendar="c", roll=roll)
    end = begin + 21 * DAY
    midnight = datetime(begin.year, begin.month, begin.day, tzinfo=ZoneInfo(BERLIN))
    found = [
        fire
        for fire in takewhile(
            lambda fire: fire.local.date() < end,
            timeline(spec, calendar).after(midnight - timedelta(microseconds=1)),
        )
        if fire.skipped is None
    ]
    assert [fire.at for fire in found] == brute_rolls(spec, calendar, begin, end)
    for one, other in pairwise(found):
        later = timeline(spec, calendar).after(one.at)
        assert next(later).at == other.at  # taken up anywhere


def test_jitter_is_the_same_for_one_time_and_spread_over_many() -> None:
    spec = ScheduleSpec(cron="@daily", jitter=timedelta(minutes=10))
    times = [utc(2026, 1, 1) + n * DAY for n in range(400)]
    drawn = [jitter_of(spec, "a:b", time) for time in times]
    assert drawn == [jitter_of(spec, "a:b", time.astimezone(ZoneInfo(BERLIN))) for time in times]
    assert all(timedelta() <= one <= timedelta(minutes=10) for one in drawn)
    assert len(set(drawn)) > 390
    tenths = {int(one / timedelta(minutes=1)) for one in drawn}
    assert tenths >= set(range(10))
    assert jitter_of(spec, "a:c", times[0]) != drawn[0]
    assert jitter_of(ScheduleSpec(cron="@daily"), "a:b", times[0]) == timedelta()


@pytest.mark.parametrize(
    ("spec", "where", "message"),
    [
        (ScheduleSpec(), "", "a schedule has exactly one of at, every, cron, rrule"),
        (ScheduleSpec(cron="@daily", every=DAY), "", "found every and cron"),
        (ScheduleSpec(cron="61 * * * *"), "cron", "minute: 61 is not in 0-59"),
        (ScheduleSpec(rrule="FREQ=NEVER"), "rrule", "is none of YEARLY"),
        (ScheduleSpec(every=timedelta(0)), "every", "at least 0.1 seconds"),
        (ScheduleSpec(every=-DAY), "every", "at least 0.1 seconds"),
        (ScheduleSpec(cron="@daily", timezone="Mars/Base"), "timezone", "not an IANA time zone"),
        (
            ScheduleSpec(cron="@daily", start=utc(2026, 1, 2), end=utc(2026, 1, 1)),
            "end",
            "it ends before it starts",
        ),
    ],
)
def test_refusals(spec: ScheduleSpec, where: str, message: str) -> None:
    for refuse in (timeline, check_trigger):
        with pytest.raises(Invalid) as refused:
            refuse(spec)
        problem = refused.value.facts["problems"][0]
        assert problem["where"] == where
        assert message in problem["message"]
        assert "position" in problem


def test_an_unknown_calendar_is_refused_but_not_by_the_check_of_the_trigger() -> None:
    spec = ScheduleSpec(cron="@daily", calendar="work")
    with pytest.raises(Invalid, match="there is no calendar 'work'"):
        timeline(spec)
    check_trigger(spec)


def test_a_timeline_is_small() -> None:
    lines = [timeline(ScheduleSpec(cron="0 9 * * *")) for _ in range(2)]
    assert sys.getsizeof(lines[0]) < 200
    assert not hasattr(lines[0], "__dict__")


def test_heavy_libraries_wait_until_they_are_needed() -> None:
    import subprocess

    code = (
        "import sys, runyard.domain.schedules.timeline;"
        "print(sorted({'holidays', 'icalendar'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
