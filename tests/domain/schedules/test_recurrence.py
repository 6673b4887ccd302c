"""Recurrence rules: against dateutil where it can be asked, fast where it can't, refusals."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrule, rrulestr
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from runyard.domain.errors import Invalid
from runyard.domain.schedules.recurrence import Recurrence, parse_rrule

ZONE = ZoneInfo("UTC")
ANCHOR = datetime(2026, 1, 1, 9, 30, 15, 7, tzinfo=UTC)


def times(text: str, start: datetime, count: int = 3, zone: ZoneInfo = ZONE) -> list[str]:
    rule = parse_rrule(text, zone=zone, anchor=ANCHOR)
    return [f"{one:%Y-%m-%d %H:%M:%S}" for one in islice(rule.times(start), count)]


def read(text: str) -> Recurrence:
    """The rule, when it ever fires."""
    try:
        return parse_rrule(text, zone=ZONE, anchor=ANCHOR)
    except Invalid as refused:
        if refused.facts.get("reason") == "never_fires":
            reject()
        raise


def some(name: str, low: int, high: int, *, negative: bool = False) -> st.SearchStrategy[str]:
    numbers = st.integers(low, high)
    if negative:
        numbers = st.one_of(numbers, numbers.map(lambda number: -number))
    listed = st.lists(numbers, min_size=1, max_size=3, unique=True)
    return st.one_of(st.just(""), listed.map(lambda n: f";{name}={','.join(map(str, n))}"))


@st.composite
def rules(draw: Any) -> str:
    frequency = draw(st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"]))
    text: str = f"FREQ={frequency};INTERVAL={draw(st.integers(1, 5))}"
    # One filter of days at a time: two of them mostly name no day at all.
    by_day = [some("BYMONTH", 1, 12)]
    if frequency != "WEEKLY":
        by_day.append(some("BYMONTHDAY", 1, 31, negative=True))
    if frequency in ("YEARLY", "HOURLY"):
        by_day.append(some("BYYEARDAY", 1, 366, negative=True))
    text += draw(st.one_of(by_day))
    days = st.lists(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), max_size=3)
    listed = draw(days)
    if listed and frequency in ("YEARLY", "MONTHLY"):
        listed = [draw(st.sampled_from(["", "1", "2", "-1"])) + day for day in listed]
    text += f";BYDAY={','.join(listed)}" if listed else ""
    text += draw(some("BYHOUR", 0, 23)) if frequency != "HOURLY" else ""
    if listed and frequency in ("MONTHLY", "YEARLY", "WEEKLY") and draw(st.booleans()):
        text += f";BYSETPOS={draw(st.sampled_from(['1', '-1', '2,-2']))}"
    if frequency == "WEEKLY" and draw(st.booleans()):
        text += ";WKST=SU"
    return text


def dateutil_rule(text: str, begin: datetime) -> rrule:
    made = rrulestr(f"RRULE:{text}", dtstart=begin)
    assert isinstance(made, rrule)
    return made


@settings(max_examples=25, deadline=None)
@given(
    text=rules(),
    begin=st.datetimes(datetime(2020, 1, 1), datetime(2021, 1, 1)),
    later=st.integers(0, 700),
)
def test_dateutil_agrees_from_its_own_begin(text: str, begin: datetime, later: int) -> None:
    begin = begin.replace(microsecond=0)
    start = begin + timedelta(days=later)
    whole = f"DTSTART:{begin:%Y%m%dT%H%M%S} RRULE:{text}"
    ours = read(whole)
    end = start + timedelta(days=400)
    theirs = dateutil_rule(text, begin).replace(until=end)
    expected = [one for one in islice(theirs.xafter(start, inc=True), 12) if one <= end]
    found = [one for one in islice(ours.times(start), 12) if one <= end]
    assert found == expected


@settings(max_examples=30, deadline=None)
@given(
    unit=st.sampled_from(["MINUTELY", "SECONDLY"]),
    interval=st.integers(1, 5000),
    filters=st.tuples(some("BYHOUR", 0, 23), some("BYMINUTE", 0, 59)).map("".join),
    later=st.integers(0, 86_400),
)
def test_dateutil_agrees_about_minutes_and_seconds(
    unit: str, interval: int, filters: str, later: int
) -> None:
    begin = datetime(2026, 3, 1, 1, 2, 3)
    text = f"FREQ={unit};INTERVAL={interval}{filters}"
    end = begin + timedelta(days=3)
    start = begin + timedelta(seconds=later)
    ours = read(f"DTSTART:{begin:%Y%m%dT%H%M%S} {text}")
    try:
        theirs = dateutil_rule(text, begin).replace(until=end)
        expected = list(islice(theirs.xafter(start, inc=True), 10))
    except ValueError:  # it gives up on some filters that are seldom met
        reject()
    assert [one for one in islice(ours.times(start), len(expected) or 1) if one <= end] == expected


@pytest.mark.parametrize(
    ("text", "start", "expected"),
    [
        ("FREQ=DAILY", datetime(2026, 2, 1), ["2026-02-01 09:30:15", "2026-02-02 09:30:15"]),
        ("RRULE:FREQ=HOURLY", datetime(2026, 2, 1), ["2026-02-01 00:30:15", "2026-02-01 01:30:15"]),
        (
            "DTSTART:20260105\nRRULE:FREQ=WEEKLY;INTERVAL=2",
            datetime(2026, 1, 6),
            ["2026-01-19 00:00:00", "2026-02-02 00:00:00"],
        ),
        (
            "FREQ=MONTHLY;COUNT=2",
            datetime(2026, 1, 1),
            ["2026-01-01 09:30:15", "2026-02-01 09:30:15"],
        ),
        ("FREQ=MONTHLY;COUNT=2", datetime(2026, 2, 2), []),
        (
            "FREQ=DAILY;BYHOUR=8,20;BYMINUTE=0;BYSECOND=0;UNTIL=20260102",
            datetime(2026, 1, 2),
            ["2026-01-02 08:00:00", "2026-01-02 20:00:00"],  # the day belongs to it
        ),
        (
            "DTSTART:20260101T080000 RRULE:FREQ=DAILY EXDATE:20260102T080000 RDATE:20260102T090000",
            datetime(2026, 1, 1),
            ["2026-01-01 08:00:00", "2026-01-02 09:00:00", "2026-01-03 08:00:00"],
        ),
        (
            "RDATE:20260105T080000,20260101T080000",
            datetime(2026, 1, 1),
            ["2026-01-01 08:00:00", "2026-01-05 08:00:00"],
        ),
        (
            "DTSTART:20260131T000000 RRULE:FREQ=MONTHLY",  # only months that have a 31st
            datetime(2030, 2, 1),
            ["2030-03-31 00:00:00", "2030-05-31 00:00:00"],
        ),
        (
            "DTSTART:20240229T000000 RRULE:FREQ=YEARLY",
            datetime(2096, 3, 1),
            ["2104-02-29 00:00:00", "2108-02-29 00:00:00"],
        ),
    ],
)
def test_examples(text: str, start: datetime, expected: list[str]) -> None:
    assert times(text, start)[: max(len(expected), 1)] == expected


def test_dtstart_names_its_zone_and_until_is_put_into_it() -> None:
    text = (
        "DTSTART;TZID=America/New_York:20260101T090000\n"
        "RRULE:FREQ=DAILY;UNTIL=20260103T140000Z\nEXDATE:20260102T140000Z"
    )
    rule = parse_rrule(text, zone=ZoneInfo("Europe/Berlin"), anchor=ANCHOR)
    assert rule.zone.key == "America/New_York"
    assert list(rule.times(datetime(2026, 1, 1))) == [
        datetime(2026, 1, 1, 9),
        datetime(2026, 1, 3, 9),
    ]
    assert (
        parse_rrule("DTSTART:20260101T090000Z FREQ=DAILY", zone=ZONE, anchor=ANCHOR).zone.key
        == "UTC"
    )


@pytest.mark.parametrize(
    "text",
    [
        "DTSTART:19000101T000000 RRULE:FREQ=SECONDLY",
        "DTSTART:19000101T000000 RRULE:FREQ=SECONDLY;INTERVAL=7",
        "DTSTART:19000101T000000 RRULE:FREQ=SECONDLY;BYMONTH=1;BYDAY=MO;BYHOUR=3",
        "DTSTART:19000101T000000 RRULE:FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=29",
        "DTSTART:19000101T000000 RRULE:FREQ=DAILY;INTERVAL=3",
        "DTSTART:19000101T000000 RRULE:FREQ=WEEKLY;INTERVAL=3;BYDAY=TU",
        "DTSTART:19000101T000000 RRULE:FREQ=MONTHLY;BYDAY=2WE",
        "DTSTART:19000101T000000 RRULE:FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO",
    ],
)
def test_a_far_begin_costs_nothing(text: str) -> None:
    rule = parse_rrule(text, zone=ZONE, anchor=ANCHOR)
    before = time.process_time()
    for year in range(2026, 2046):
        assert next(rule.times(datetime(year, 6, 1))).year < year + 8
    assert time.process_time() - before < 1  # dateutil: minutes to hours


@pytest.mark.parametrize(
    ("text", "message", "position"),
    [
        ("", "there is no rule in it", 0),
        ("hello", "'hello' is none of DTSTART, RRULE", 0),
        ("FREQ=FORTNIGHTLY", "'FORTNIGHTLY' is none of YEARLY", 5),
        ("INTERVAL=2", "FREQ is missing", 0),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL is a number from 1 on", 20),
        ("FREQ=DAILY;COUNT=x", "COUNT is a number from 1 on", 17),
        ("RRULE:FREQ=DAILY;BYHOUR=8,24", "BYHOUR: '24' is not in 0-23", 26),
        ("FREQ=DAILY;BYSECOND=60", "BYSECOND: '60' is not in 0-59", 20),  # no leap seconds
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY: '0' is not in +-1-31", 24),
        ("FREQ=MONTHLY;BYDAY=XX", "BYDAY: 'XX' is no weekday", 19),
        ("FREQ=WEEKLY;BYDAY=2MO", "a numbered weekday needs FREQ=MONTHLY", 18),
        ("FREQ=DAILY;BYWEEKNO=3", "BYWEEKNO does not go with FREQ=DAILY", 20),
        ("FREQ=DAILY;FREQ=DAILY", "FREQ stands twice", 11),
        ("FREQ=DAILY;HELLO", "'HELLO': a part is NAME=VALUE", 11),
        ("FREQ=DAILY;X-A=1", "'X-A' is no part of a rule", 11),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "COUNT and UNTIL exclude", 25),
        ("FREQ=DAILY;UNTIL=soon", "'SOON' is no date or time", 17),
        ("DTSTART:20260230 FREQ=DAILY", "'20260230' is no date or time", 8),
        ("DTSTART:20260101 DTSTART:20260101 FREQ=DAILY", "a second DTSTART", 25),
        ("EXRULE:FREQ=DAILY", "'EXRULE' is none of", 0),
        ("FREQ=DAILY;COUNT=10001", "COUNT is at most 10000", 0),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "it never fires", 0),
        ("FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", "it never fires", 0),
        ("FREQ=HOURLY;INTERVAL=2;BYHOUR=8", "it never fires", 0),  # begins at an odd hour
        ("FREQ=DAILY;UNTIL=20200101", "it never fires", 0),
    ],
)
def test_refusals_name_the_place(text: str, message: str, position: int) -> None:
    with pytest.raises(Invalid) as refused:
        parse_rrule(text, zone=ZONE, anchor=ANCHOR)
    (problem,) = refused.value.facts["problems"]
    assert problem["message"].startswith(message)
    assert (problem["where"], problem["position"]) == ("rrule", position)


@settings(max_examples=100, deadline=None)
@given(text=st.text(alphabet="FREQ=DAILYWKHOUNTB;:,-0129 TZSDR\n", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_rrule(f"FREQ=DAILY;{text}", zone=ZONE, anchor=ANCHOR)
    except Invalid as error:
        refused = error
    else:
        return
    assert refused.facts["problems"]
