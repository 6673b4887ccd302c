"""Reading cron expressions: every form, every refusal with its place."""

from __future__ import annotations

from datetime import datetime
from itertools import islice, pairwise

import pytest

from runyard.domain.errors import Invalid
from runyard.domain.schedules.cron_expression import parse_cron
from runyard.domain.schedules.cron_fires import cron_times
from runyard.domain.schedules.spec import DayMatch

MIDNIGHT = datetime(2026, 1, 1)


def times(expression: str, count: int = 3, start: datetime = MIDNIGHT, **how: object) -> list[str]:
    parsed = parse_cron(expression, **how)  # type: ignore[arg-type]
    return [f"{time:%m-%d %H:%M:%S}" for time in islice(cron_times(parsed, start), count)]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("* * * * *", ["01-01 00:00:00", "01-01 00:01:00", "01-01 00:02:00"]),
        ("* * * * * *", ["01-01 00:00:00", "01-01 00:00:01", "01-01 00:00:02"]),
        ("30 5 4 * * *", ["01-01 04:05:30", "01-02 04:05:30", "01-03 04:05:30"]),
        ("*/20 12 * * *", ["01-01 12:00:00", "01-01 12:20:00", "01-01 12:40:00"]),
        ("50/5 0 * * *", ["01-01 00:50:00", "01-01 00:55:00", "01-02 00:50:00"]),
        ("10-20/5 0 * * *", ["01-01 00:10:00", "01-01 00:15:00", "01-01 00:20:00"]),
        ("0 23-1 * * *", ["01-01 00:00:00", "01-01 01:00:00", "01-01 23:00:00"]),
        ("58-2/2 0 * * *", ["01-01 00:00:00", "01-01 00:02:00", "01-01 00:58:00"]),
        ("0 0 * * FRI-MON", ["01-02 00:00:00", "01-03 00:00:00", "01-04 00:00:00"]),
        ("0 0 * * 5-7", ["01-02 00:00:00", "01-03 00:00:00", "01-04 00:00:00"]),
        ("0 0 * * 7", ["01-04 00:00:00", "01-11 00:00:00", "01-18 00:00:00"]),
        ("0 0 * * 7-2", ["01-04 00:00:00", "01-05 00:00:00", "01-06 00:00:00"]),
        ("0 0 1 nov-february *", ["01-01 00:00:00", "02-01 00:00:00", "11-01 00:00:00"]),
        ("0 0 ? * mon,Wednesday", ["01-05 00:00:00", "01-07 00:00:00", "01-12 00:00:00"]),
        ("0 0 L * *", ["01-31 00:00:00", "02-28 00:00:00", "03-31 00:00:00"]),
        ("0 0 L-27 * *", ["01-04 00:00:00", "02-01 00:00:00", "03-04 00:00:00"]),
        ("0 0 L-30 * *", ["01-01 00:00:00", "03-01 00:00:00", "05-01 00:00:00"]),
        ("0 0 1W * *", ["01-01 00:00:00", "02-02 00:00:00", "03-02 00:00:00"]),
        ("0 0 31W * *", ["01-30 00:00:00", "03-31 00:00:00", "05-29 00:00:00"]),
        ("0 0 LW * *", ["01-30 00:00:00", "02-27 00:00:00", "03-31 00:00:00"]),
        ("0 0 1,15,L 1,2 *", ["01-01 00:00:00", "01-15 00:00:00", "01-31 00:00:00"]),
        ("0 0 * * 5#2", ["01-09 00:00:00", "02-13 00:00:00", "03-13 00:00:00"]),
        ("0 0 * * fri#5", ["01-30 00:00:00", "05-29 00:00:00", "07-31 00:00:00"]),
        ("0 0 * * 5L", ["01-30 00:00:00", "02-27 00:00:00", "03-27 00:00:00"]),
        ("0 0 * * monl,1#1", ["01-05 00:00:00", "01-26 00:00:00", "02-02 00:00:00"]),
        ("0 0 13 * FRI", ["01-02 00:00:00", "01-09 00:00:00", "01-13 00:00:00"]),
        ("0 0 */10 * FRI", ["05-01 00:00:00", "07-31 00:00:00", "08-21 00:00:00"]),
        ("@hourly", ["01-01 00:00:00", "01-01 01:00:00", "01-01 02:00:00"]),
        ("@daily", ["01-01 00:00:00", "01-02 00:00:00", "01-03 00:00:00"]),
        (" @MIDNIGHT ", ["01-01 00:00:00", "01-02 00:00:00", "01-03 00:00:00"]),
        ("@weekly", ["01-04 00:00:00", "01-11 00:00:00", "01-18 00:00:00"]),
        ("@monthly", ["01-01 00:00:00", "02-01 00:00:00", "03-01 00:00:00"]),
        ("@yearly", ["01-01 00:00:00", "01-01 00:00:00", "01-01 00:00:00"]),
        ("@annually", ["01-01 00:00:00", "01-01 00:00:00", "01-01 00:00:00"]),
    ],
)
def test_forms(expression: str, expected: list[str]) -> None:
    assert times(expression) == expected


def test_day_match_and() -> None:
    fridays_13 = times("0 0 13 * FRI", day_match=DayMatch.AND)
    assert fridays_13 == ["02-13 00:00:00", "03-13 00:00:00", "11-13 00:00:00"]


def test_a_start_within_a_second_is_rounded_up() -> None:
    late = datetime(2026, 1, 1, 0, 0, 0, 1)
    assert times("* * * * * *", 1, late) == ["01-01 00:00:01"]
    assert times("0 0 1 1 *", 1, late) == ["01-01 00:00:00"]
    assert next(cron_times(parse_cron("0 0 1 1 *"), late)).year == 2027


@pytest.mark.parametrize(
    ("expression", "places"),
    [
        ("60 * * * *", [("minute: 60 is not in 0-59", 0)]),
        ("0 24 * * *", [("hour: 24 is not in 0-23", 2)]),
        ("0 0 0 * *", [("day of month: 0 is not in 1-31", 4)]),
        ("0 0 * 13 *", [("month: 13 is not in 1-12", 6)]),
        ("0 0 * * 8", [("day of week: 8 is not in 0-7", 8)]),
        ("0  1-25 * * *", [("hour: 25 is not in 0-23", 5)]),
        ("0 0 * foo,13 *", [("month: 'foo' is no value", 6), ("month: 13 is not", 10)]),
        ("61 0 * * funday", [("minute: 61", 0), ("day of week: 'funday'", 9)]),
        ("*/0 * * * *", [("minute: a step is 1 to 60, not 0", 2)]),
        ("*/61 * * * *", [("minute: a step is 1 to 60, not 61", 2)]),
        ("*/x * * * *", [("minute: 'x' is no step", 2)]),
        ("5/ * * * *", [("minute: '' is no step", 2)]),
        ("1, * * * *", [("minute: a value is missing", 2)]),
        ("? * * * *", [("minute: `?` is for the day fields", 0)]),
        ("1-2-3 * * * *", [("minute: '1-2-3' is no value, range or step", 3)]),
        ("-5 * * * *", [("minute: '-5' is no value", 0)]),
        ("1.5 * * * *", [("minute: '1.5' is no value", 1)]),
        ("* L * * *", [("hour: 'L' is for the day fields", 2)]),
        ("0 0 L-31 * *", [("day of month: L-n goes to L-30", 6)]),
        ("0 0 32W * *", [("day of month: 32 is not in 1-31", 4)]),
        ("0 0 1#2 * *", [("day of month: `#` is for the day of week", 5)]),
        ("0 0 * * L", [("day of week: say which day is the last", 8)]),
        ("0 0 * * 1#6", [("day of week: `#` takes 1 to 5", 10)]),
        ("0 0 * * 9#1", [("day of week: 9 is not in 0-7", 8)]),
        ("0 0 * * 5W", [("day of week: W is for the day of month", 9)]),
        ("H(5) * * * *", [("minute: H(a-b) takes a range", 2)]),
        ("H(9-5) * * * *", [("minute: H(a-b) needs a <= b", 2)]),
        ("H(0-60) * * * *", [("minute: 60 is not in 0-59", 4)]),
        ("* * * *", [("4 of 5 fields", 7)]),
        ("", [("0 of 5 fields", 0)]),
        ("* * * * * * 2026", [("7 fields; there are 5", 12)]),
        ("@fortnightly", [("@fortnightly is not known; there are @hourly", 0)]),
        ("@every 5m", [("`@every` is not cron", 0)]),
        ("CRON_TZ=Asia/Tokyo 0 9 * * *", [("a time zone has its own setting", 0)]),
        ("0 0 31 2 *", [("it never fires", 0)]),
        ("0 0 30,31 FEB *", [("it never fires", 0)]),
        ("0 0 31W 4,6 *", [("it never fires", 0)]),
        ("0 0 L-29 2 *", [("it never fires", 0)]),
        ("0 0 31 4,6,9,11 *", [("it never fires", 0)]),
        ("9" * 500, [("longer than 400 characters", 400)]),
    ],
)
def test_refusals_name_the_place(expression: str, places: list[tuple[str, int]]) -> None:
    with pytest.raises(Invalid) as refused:
        parse_cron(expression)
    problems = refused.value.facts["problems"]
    assert [problem["position"] for problem in problems] == [place for _, place in places]
    for problem, (message, place) in zip(problems, places, strict=True):
        assert problem["where"] == "cron"
        assert problem["message"].startswith(message)
        assert f"{problem['message']} (at character {place + 1})" in refused.value.message


def test_hints_say_what_to_write_instead() -> None:
    with pytest.raises(Invalid) as every:
        parse_cron("@every 90s")
    assert every.value.hint == 'write every = "90s" instead of cron'
    with pytest.raises(Invalid) as zone:
        parse_cron("TZ=Asia/Tokyo 0 9 * * *")
    assert zone.value.hint == 'write timezone = "Asia/Tokyo" beside the expression'


def test_never_fires_is_a_fact_for_programs() -> None:
    with pytest.raises(Invalid) as refused:
        parse_cron("0 0 30 2 *")
    assert refused.value.facts["reason"] == "never_fires"


def test_or_saves_a_day_that_does_not_exist() -> None:
    assert times("0 0 31 2 MON", 2) == ["02-02 00:00:00", "02-09 00:00:00"]
    with pytest.raises(Invalid, match="never fires"):
        parse_cron("0 0 31 2 MON", day_match=DayMatch.AND)


def test_rare_days_are_found_and_exact() -> None:
    leap = cron_times(parse_cron("0 0 29 2 *"), datetime(2096, 3, 1))
    assert [next(leap).year for _ in range(2)] == [2104, 2108]  # 2100 has none
    leap_monday = cron_times(
        parse_cron("0 0 29 2 MON", day_match=DayMatch.AND), datetime(2072, 3, 1)
    )
    assert [next(leap_monday).year for _ in range(2)] == [2112, 2140]  # 40 years on
    fifth = cron_times(parse_cron("0 0 * 2 MON#5"), datetime(2072, 3, 1))
    assert next(fifth) == datetime(2112, 2, 29)


def test_times_end_with_the_calendar() -> None:
    assert list(cron_times(parse_cron("0 0 31 12 *"), datetime(9999, 1, 1))) == [
        datetime(9999, 12, 31)
    ]
    assert list(cron_times(parse_cron("0 0 29 2 *"), datetime(9997, 1, 1))) == []


def test_h_is_drawn_once_and_spread() -> None:
    assert times("H H * * *", key="a:b") == times("H H * * *", key="a:b")
    minutes = {parse_cron("H * * * *", key=f"task-{n}:default").minutes for n in range(300)}
    assert len(minutes) > 45  # of 60
    assert all(len(one) == 1 and 0 <= one[0] <= 59 for one in minutes)
    # The same key draws each field by itself.
    pairs = {
        (e.minutes, e.hours) for e in (parse_cron("H H * * *", key=f"t{n}") for n in range(50))
    }
    assert len(pairs) > 40


def test_h_stays_in_its_range() -> None:
    for n in range(200):
        key = f"task-{n}:default"
        assert 10 <= parse_cron("H(10-19) * * * *", key=key).minutes[0] <= 19
        every = parse_cron("H/15 * * * *", key=key).minutes
        assert len(every) == 4
        assert every[0] < 15
        assert {after - before for before, after in pairwise(every)} == {15}
        within = parse_cron("H(0-29)/10 * * * *", key=key).minutes
        assert len(within) == 3
        assert within[-1] <= 29
        day = parse_cron("0 0 H * *", key=key).fields[3].values[0]
        assert 1 <= day <= 28  # every month has it
        assert parse_cron("0 0 * * H", key=key).fields[5].values[0] in range(7)


def test_expressions_without_h_are_shared() -> None:
    assert parse_cron("5 4 * * thu", key="a") is parse_cron("5 4 * * thu", key="b")
    assert parse_cron("5 4 * march *", key="a") is parse_cron("5 4 * march *", key="b")
    assert parse_cron("h 4 * * *", key="a") is not parse_cron("h 4 * * *", key="b")


def test_reboot_has_no_times_of_its_own() -> None:
    assert parse_cron("@reboot").reboot
    assert not parse_cron("@daily").reboot
