"""Cron times against independent oracles: a scan over every minute, cronsim, and croniter."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice, takewhile

import pytest
from croniter import croniter  # type: ignore[import-untyped]
from cronsim import CronSim
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from runyard.domain.errors import Invalid
from runyard.domain.schedules.cron_expression import CronExpression, parse_cron
from runyard.domain.schedules.cron_fires import cron_times
from runyard.domain.schedules.spec import DayMatch
from tests.domain.schedules.cron_oracle import holds, scan

MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2060, 12, 31))


def items(low: int, high: int, names: tuple[str, ...] = ()) -> st.SearchStrategy[str]:
    """What every cron knows: values, names, ranges, steps."""
    numbers = st.integers(low, high)
    steps = st.integers(1, high - low).map(str)
    wide = st.integers(low, high - 1).flatmap(
        lambda first: st.integers(first + 1, high).map(f"{first}-{{}}".format)
    )
    forms = [
        numbers.map(str),
        wide,  # not `5-5`: croniter takes it for all values, cronsim `5-5/2` for `5/2`
        st.builds("{}/{}".format, wide, steps),
        st.builds("*/{}".format, steps),
    ]
    if names:
        forms.append(st.sampled_from(names))
    return st.one_of(forms)


def field(*args: object) -> st.SearchStrategy[str]:
    listed = st.lists(items(*args), min_size=1, max_size=3).map(",".join)  # type: ignore[arg-type]
    return st.one_of(st.just("*"), items(*args), listed)  # type: ignore[arg-type]


MONTHS = ("JAN", "feb", "Dec")
DAYS = ("SUN", "mon", "Sat")
SIMPLE = st.tuples(
    field(0, 59), field(0, 23), field(1, 31), field(1, 12, MONTHS), field(0, 6, DAYS)
)
SPECIAL_DAY = st.one_of(
    st.just("L"),
    st.just("LW"),
    st.integers(1, 30).map("L-{}".format),
    st.integers(1, 31).map("{}W".format),
    items(1, 31),
    st.just("?"),
)
SPECIAL_WEEKDAY = st.one_of(
    st.builds("{}#{}".format, st.integers(0, 7), st.integers(1, 5)),
    st.integers(0, 7).map("{}L".format),
    st.builds("{}-{}".format, st.sampled_from(DAYS), st.sampled_from(DAYS)),
    items(0, 7),
    st.just("?"),
)
AROUND = st.builds("{}-{}/{}".format, st.integers(0, 23), st.integers(0, 23), st.integers(1, 5))
SPECIAL = st.tuples(
    st.one_of(field(0, 59), st.integers(0, 59).map("{}/7".format)),
    st.one_of(field(0, 23), AROUND),
    st.lists(SPECIAL_DAY, min_size=1, max_size=2).map(",".join),
    field(1, 12),
    st.lists(SPECIAL_WEEKDAY, min_size=1, max_size=2).map(",".join),
)


def parsed(expression: str, *, both: bool = False) -> CronExpression:
    """The expression, when it ever fires."""
    try:
        return parse_cron(expression, day_match=DayMatch.AND if both else DayMatch.OR)
    except Invalid as refused:
        assume(refused.facts.get("reason") != "never_fires")
        raise


@settings(max_examples=40, deadline=None)
@given(fields=SPECIAL, start=MOMENTS, both=st.booleans())
def test_every_minute_of_some_days_agrees(
    fields: tuple[str, ...], start: datetime, both: bool
) -> None:
    expression = " ".join(fields)
    start = start.replace(microsecond=0)
    end = start.replace(second=0) + timedelta(days=1)
    found = takewhile(lambda time: time < end, cron_times(parsed(expression, both=both), start))
    assert list(found) == scan(expression, start, end, both=both)


@settings(max_examples=80, deadline=None)
@given(fields=SPECIAL, start=MOMENTS, both=st.booleans())
def test_every_day_of_years_agrees(fields: tuple[str, ...], start: datetime, both: bool) -> None:
    expression = " ".join(("30", "12", *fields[2:]))
    noon = start.replace(hour=12, minute=30, second=0, microsecond=0)
    days = [noon + timedelta(days=n) for n in range(1, 430)]
    expected = [day for day in days if holds(expression, day, both=both)]
    times = cron_times(parsed(expression, both=both), noon + timedelta(seconds=1))
    assert list(takewhile(lambda time: time <= days[-1], times)) == expected


@settings(max_examples=150, deadline=None)
@given(fields=SIMPLE, start=MOMENTS)
def test_cronsim_agrees(fields: tuple[str, ...], start: datetime) -> None:
    expression = " ".join(fields)
    ours = cron_times(parsed(expression), start + timedelta(microseconds=1))
    theirs = CronSim(expression, start)
    assert list(islice(ours, 20)) == list(islice(theirs, 20))


@settings(max_examples=60, deadline=None)
@given(fields=SIMPLE, start=MOMENTS)
def test_croniter_agrees(fields: tuple[str, ...], start: datetime) -> None:
    _, _, day, _, weekday = fields
    # croniter joins `*/2` and a weekday by OR; Vixie cron, cronsim and we join them by AND.
    assume("*" in (day, weekday) or not ({day[0], weekday[0]} & {"*"}))
    expression = " ".join(fields)
    ours = cron_times(parsed(expression), start + timedelta(microseconds=1))
    theirs = croniter(expression, start, ret_type=datetime, max_years_between_matches=60)
    assert list(islice(ours, 10)) == [theirs.get_next() for _ in range(10)]


@pytest.mark.parametrize("expression", ["0 0 L * *", "0 0 LW * *", "0 12 * * 2#4", "1 1 * * 5L"])
def test_cronsim_agrees_on_special_days(expression: str) -> None:
    start = datetime(1990, 1, 1)
    ours = cron_times(parse_cron(expression), start + timedelta(microseconds=1))
    assert list(islice(ours, 900)) == list(islice(CronSim(expression, start), 900))


@pytest.mark.parametrize(
    ("expression", "both"),
    [
        ("0 0 29 2 *", False),
        ("0 0 29 2 MON", True),
        ("0 0 15W,L 2 1#5,5L", False),
    ],
)
def test_a_whole_cycle_of_the_calendar_is_exact(expression: str, both: bool) -> None:
    """400 years are 146,097 days, after which all repeats."""
    begin = datetime(1900, 1, 1)
    days = [begin + timedelta(days=n) for n in range(146_097)]
    month = expression.split()[3]
    near = days if month == "*" else [day for day in days if str(day.month) == month]
    expected = [day for day in near if holds(expression, day, both=both)]
    expression_and = parse_cron(expression, day_match=DayMatch.AND if both else DayMatch.OR)
    found = list(takewhile(lambda time: time <= days[-1], cron_times(expression_and, begin)))
    assert found == expected
    cycle = timedelta(days=146_097)
    again = cron_times(expression_and, begin + cycle)
    assert list(islice(again, len(found))) == [time + cycle for time in found]


@settings(max_examples=100, deadline=None)
@given(fields=SPECIAL, start=MOMENTS, steps=st.integers(1, 20))
def test_it_can_be_taken_up_anywhere(fields: tuple[str, ...], start: datetime, steps: int) -> None:
    expression = parsed(" ".join(fields))
    whole = list(islice(cron_times(expression, start), steps + 5))
    assume(len(whole) == steps + 5)
    later = cron_times(expression, whole[steps - 1] + timedelta(microseconds=1))
    assert list(islice(later, 5)) == whole[steps:]


@settings(max_examples=300, deadline=None)
@given(text=st.text(alphabet="0123456789*/-,LWH#?()@ SUNMONFEB", max_size=30))
def test_any_text_is_read_or_refused_in_its_place(text: str) -> None:
    try:
        expression = parse_cron(text)
    except Invalid as error:
        refused = error
    else:
        assert next(cron_times(expression, datetime(2000, 1, 1))).year <= 2040
        return
    for problem in refused.facts["problems"]:
        assert 0 <= problem["position"] <= len(text)
