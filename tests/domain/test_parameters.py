"""Parameters: what is understood, what is refused, and how they reach a script."""

from __future__ import annotations

import argparse
import json
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.domain.errors import Invalid
from runyard.domain.parameters import check, to_argv
from runyard.domain.tasks import Parameter, ParameterType

T = ParameterType


def read(kind: ParameterType, value: Any, **facts: Any) -> Any:
    return check([Parameter(name="x", type=kind, **facts)], {"x": value}, extra_allowed=False)["x"]


def problems_of(*parameters: Parameter, given: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        check(parameters, given, extra_allowed=False)
    return [(problem["where"], problem["message"]) for problem in refused.value.facts["problems"]]


@pytest.mark.parametrize(
    ("kind", "value", "result"),
    [
        (T.STRING, "5", "5"),
        (T.STRING, "", ""),
        (T.STRING, 5, "5"),
        (T.INTEGER, 5, 5),
        (T.INTEGER, " -5 ", -5),
        (T.INTEGER, 5.0, 5),
        (T.INTEGER, "9" * 50, int("9" * 50)),
        (T.NUMBER, "2.5", 2.5),
        (T.NUMBER, "1e3", 1000.0),
        (T.NUMBER, "7", 7),
        (T.NUMBER, 7, 7),
        (T.BOOLEAN, True, True),
        (T.BOOLEAN, "Yes", True),
        (T.BOOLEAN, "on", True),
        (T.BOOLEAN, 1, True),
        (T.BOOLEAN, "no", False),
        (T.BOOLEAN, "0", False),
        (T.DATE, "2026-01-31", "2026-01-31"),
        (T.DATE, date(2026, 1, 31), "2026-01-31"),
        (T.DATETIME, "2026-01-31T08:30:00Z", "2026-01-31T08:30:00Z"),
        (T.DATETIME, datetime(2026, 1, 31, 8, 30), "2026-01-31T08:30:00"),
        (T.ARRAY, ("a", 1), ["a", 1]),
        (T.ARRAY, "[1, 2]", [1, 2]),
        (T.ARRAY, "one, still one", ["one, still one"]),
        (T.OBJECT, {"a": 1}, {"a": 1}),
        (T.OBJECT, '{"a": 1}', {"a": 1}),
    ],
)
def test_the_obvious_is_understood(kind: ParameterType, value: Any, result: Any) -> None:
    got = read(kind, value)
    assert got == result
    assert type(got) is type(result)


@pytest.mark.parametrize(
    ("kind", "value", "complaint"),
    [
        (T.STRING, True, "must be text"),
        (T.STRING, ["a"], "must be text"),
        (T.INTEGER, "5.5", "must be an integer"),
        (T.INTEGER, 5.5, "must be an integer"),
        (T.INTEGER, True, "must be an integer"),
        (T.INTEGER, "٣", "must be an integer"),
        (T.INTEGER, float("inf"), "must be an integer"),
        (T.INTEGER, "9" * 5000, "must be an integer"),
        (T.NUMBER, "many", "must be a number"),
        (T.NUMBER, "nan", "must be a number"),
        (T.NUMBER, float("inf"), "must be a number"),
        (T.NUMBER, False, "must be a number"),
        (T.BOOLEAN, "maybe", "must be true or false"),
        (T.BOOLEAN, 2, "must be true or false"),
        (T.BOOLEAN, 1.0, "must be true or false"),
        (T.DATE, "2026-02-30", "must be an ISO 8601 date"),
        (T.DATE, "31.1.2026", "must be an ISO 8601 date"),
        (T.DATE, datetime(2026, 1, 31), "must be an ISO 8601 date"),
        (T.DATETIME, "tomorrow", "must be an ISO 8601 date"),
        (T.DATETIME, 5, "must be an ISO 8601 date"),
        (T.ARRAY, "[1,", "must be an array"),
        (T.ARRAY, 5, "must be an array"),
        (T.OBJECT, "[1]", "must be an object"),
        (T.OBJECT, "{'a': 1}", "must be an object"),
        (T.OBJECT, "[" * 100_000, "must be an object"),
    ],
)
def test_the_rest_is_refused_in_words(kind: ParameterType, value: Any, complaint: str) -> None:
    [(where, message)] = problems_of(Parameter(name="x", type=kind), given={"x": value})
    assert where == "params.x"
    assert message.startswith(f"parameter x {complaint}")
    assert len(message) < 200


def test_defaults_fill_in_and_none_counts_as_not_given() -> None:
    declared = [
        Parameter(name="count", type=T.INTEGER, default="3"),
        Parameter(name="day", type=T.DATE, default=date(2026, 1, 1)),
        Parameter(name="off", type=T.BOOLEAN, default=False),
        Parameter(name="nothing"),
    ]
    filled = {"count": 3, "day": "2026-01-01", "off": False}
    assert check(declared, {}, extra_allowed=False) == filled
    assert check(declared, {"count": None, "nothing": None}, extra_allowed=False) == filled


def test_choices_are_compared_as_values_of_the_type() -> None:
    assert read(T.INTEGER, "2", choices=(1, 2)) == 2
    assert read(T.ARRAY, ["a", "b"], choices=("a", "b", "c")) == ["a", "b"]
    wanted = Parameter(name="mode", choices=("fast", "slow"))
    assert problems_of(wanted, given={"mode": "medium"}) == [
        ("params.mode", "parameter mode must be one of 'fast', 'slow', not 'medium'")
    ]
    each = Parameter(name="tags", type=T.ARRAY, choices=("a", "b"))
    assert problems_of(each, given={"tags": ["a", "z"]}) == [
        ("params.tags", "parameter tags must be one of 'a', 'b', not 'z'")
    ]


@pytest.mark.parametrize(("value", "fits"), [(0, False), (1, True), (5, True), ("6", False)])
def test_numbers_stay_in_their_range(value: Any, fits: bool) -> None:
    number = Parameter(name="n", type=T.INTEGER, minimum=1, maximum=5)
    if fits:
        assert check([number], {"n": value}, extra_allowed=False) == {"n": value}
    else:
        [(_, message)] = problems_of(number, given={"n": value})
        assert "must be at " in message


def test_all_problems_come_at_once() -> None:
    declared = (
        Parameter(name="site", required=True),
        Parameter(name="count", type=T.INTEGER),
        Parameter(name="verbose", type=T.BOOLEAN),
    )
    found = problems_of(*declared, given={"count": "x", "verbos": "yes", "zzz": 1})
    assert found == [
        ("params.count", "parameter count must be an integer, not 'x'"),
        ("params.site", "parameter site is required"),
        ("params.verbos", "parameter verbos is unknown; did you mean verbose?"),
        ("params.zzz", "parameter zzz is unknown; known are site, count, verbose"),
    ]
    assert problems_of(given={"x": 1}) == [
        ("params.x", "parameter x is unknown; the task has none")
    ]


def test_extra_parameters_pass_as_they_are_when_allowed() -> None:
    given_params = {"count": "5", "extra": [None, {"a": 1}]}
    declared = [Parameter(name="count", type=T.INTEGER)]
    checked = check(declared, given_params, extra_allowed=True)
    assert checked == {"count": 5, "extra": [None, {"a": 1}]}


def test_what_a_script_gets() -> None:
    params = {
        "site": "a b=c",
        "empty": "",
        "count": 5,
        "ratio": 0.5,
        "dry_run": True,
        "color": False,
        "tags": ["x", 2, True, {"k": "é"}],
        "none": None,
        "options": {"a": [1]},
    }
    assert to_argv(params) == [
        *("--site=a b=c", "--empty=", "--count=5", "--ratio=0.5", "--dry_run", "--no-color"),
        *("--tags=x", "--tags=2", "--tags=true", '--tags={"k": "é"}', '--options={"a": [1]}'),
    ]


@given(
    st.text(),
    st.integers(),
    st.booleans(),
    st.lists(st.text()),
    st.dictionaries(st.text(), st.integers()),
)
def test_argparse_reads_back_what_was_sent(
    text: str, number: int, flag: bool, many: list[str], facts: dict[str, int]
) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--text")
    parser.add_argument("--number", type=int)
    parser.add_argument("--flag", action=argparse.BooleanOptionalAction)
    parser.add_argument("--many", action="append", default=[])
    parser.add_argument("--facts", type=json.loads)
    params = {"text": text, "number": number, "flag": flag, "many": many, "facts": facts}
    assert vars(parser.parse_args(to_argv(params))) == params


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(T), json_values)
def test_whatever_is_accepted_is_json_and_stays_the_same(kind: ParameterType, value: Any) -> None:
    try:
        accepted = check([Parameter(name="x", type=kind)], {"x": value}, extra_allowed=False)
    except Invalid:
        return
    assert json.loads(json.dumps(accepted)) == accepted
    assert check([Parameter(name="x", type=kind)], accepted, extra_allowed=False) == accepted
