"""JSON values into what annotations ask for, and return values into JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import Path
from typing import Annotated, Any, Literal, NewType, Optional, TypedDict, Union
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from runyard.executors.conversion import Unfit, convert
from runyard.executors.json_values import to_json


class Color(Enum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Shape(Enum):
    DOT = (0, 0)


@dataclass
class Point:
    x: int
    y: int = 0
    when: date | None = None
    notes: list[str] = field(default_factory=list)


class Page(BaseModel):
    url: str
    depth: int = 1


class Options(TypedDict, total=False):
    fast: bool
    start: date


UserId = NewType("UserId", int)

FITTING: list[tuple[Any, Any, Any]] = [
    (5, int, 5),
    ("5", int, 5),
    (5.0, int, 5),
    (5, float, 5.0),
    ("2.5", float, 2.5),
    ("text", str, "text"),
    (True, bool, True),
    ("No", bool, False),
    ("2026-11-22", date, date(2026, 11, 22)),
    ("2026-11-22T05:00:00Z", datetime, datetime(2026, 11, 22, 5, tzinfo=UTC)),
    ("05:30", time, time(5, 30)),
    (90, timedelta, timedelta(seconds=90)),
    ("1h30m", timedelta, timedelta(minutes=90)),
    ("/tmp/x", Path, Path("/tmp/x")),
    ("1.10", Decimal, Decimal("1.10")),
    ("12345678-1234-5678-1234-567812345678", UUID, UUID("12345678123456781234567812345678")),
    ("red", Color, Color.RED),
    ("BLUE", Color, Color.BLUE),
    (2, Level, Level.HIGH),
    ("2", Level, Level.HIGH),
    ("DOT", Shape, Shape.DOT),
    ("fast", Literal["fast", "slow"], "fast"),
    ("3", Literal[1, 3], 3),
    (None, int | None, None),
    ("5", Optional[int], 5),  # noqa: UP045
    ("5", Union[int, str], "5"),  # noqa: UP007
    (5, int | str, 5),
    (["1", 2], list[int], [1, 2]),
    ([1, 2], tuple[int, ...], (1, 2)),
    ([1, "a"], tuple[int, str], (1, "a")),
    ([], tuple[()], ()),
    ([1, 1], set[int], {1}),
    (["a"], Sequence[str], ["a"]),
    ([1, "x"], list, [1, "x"]),
    ({"1": "2026-11-22"}, dict[int, date], {1: date(2026, 11, 22)}),
    ({"a": 1}, Mapping[str, int], {"a": 1}),
    ({"a": 1}, dict, {"a": 1}),
    ({"x": "1"}, Point, Point(1)),
    ({"x": 1, "when": "2026-11-22"}, Point, Point(1, 0, date(2026, 11, 22))),
    ({"url": "u"}, Page, Page(url="u")),
    ({"start": "2026-11-22"}, Options, {"start": date(2026, 11, 22)}),
    (7, UserId, 7),
    ("7", Annotated[int, "a note"], 7),
    ({"any": [1]}, Any, {"any": [1]}),
    (None, None, None),
]
UNFIT: list[tuple[Any, Any, str]] = [
    (True, int, "a whole number"),
    (5.5, int, "a whole number"),
    ("x", int, "a whole number"),
    (True, float, "a number"),
    (5, str, "text"),
    (2, bool, "true or false"),
    ("22.11.2026", date, "a date like"),
    ("soon", timedelta, "a duration"),
    ("green", Color, "none of 'red', 'blue'"),
    (True, Level, "none of 1, 2"),
    ("medium", Literal["fast", "slow"], "none of 'fast', 'slow'"),
    (None, int, "a whole number"),
    ("x", list[int], "must be a list"),
    ([1], tuple[int, str], "must have 2 items"),
    ([], dict, "must be an object"),
    ({"y": 1}, Point, "is missing"),
    ({"x": 1, "z": 1}, Point, "is not known"),
    ({"url": 5}, Page, "valid string"),
    ("x", int | date, "none of int, date"),
    (1, None, "must be null"),
    ("x", object.__class__, "can't be made"),
]


@pytest.mark.parametrize(("value", "hint", "wanted"), FITTING)
def test_what_fits(value: Any, hint: Any, wanted: Any) -> None:
    converted = convert(value, hint, where="x")
    assert converted == wanted
    assert type(converted) is type(wanted)


@pytest.mark.parametrize(("value", "hint", "said"), UNFIT)
def test_what_does_not_fit(value: Any, hint: Any, said: str) -> None:
    with pytest.raises(Unfit) as caught:
        convert(value, hint, where="x")
    assert said in str(caught.value.problems)


def test_all_problems_are_found_with_their_places() -> None:
    value = {"points": [{"x": "no"}, {"x": 1, "y": "no"}], "page": {"depth": 1}}

    @dataclass
    class Whole:
        points: list[Point]
        page: Page

    Whole.__annotations__.update(points=list[Point], page=Page)
    with pytest.raises(Unfit) as caught:
        convert(value, Whole, where="whole")
    places = [problem["where"] for problem in caught.value.problems]
    assert places == ["whole.points[0].x", "whole.points[1].y", "whole.page.url"]


def test_return_values_as_json() -> None:
    value = {
        Color.RED: Point(1, when=date(2026, 11, 22)),
        "page": Page(url="u"),
        "many": ({1}, [Level.HIGH], Path("/x"), timedelta(seconds=2), Decimal("1.5")),
        3: datetime(2026, 11, 22, 5, tzinfo=UTC),
        "plain": [None, True, 1.5, "x"],
    }
    assert json.loads(json.dumps(to_json(value))) == {
        "red": {"x": 1, "y": 0, "when": "2026-11-22", "notes": []},
        "page": {"url": "u", "depth": 1},
        "many": [[1], [2], "/x", 2.0, "1.5"],
        "3": "2026-11-22T05:00:00+00:00",
        "plain": [None, True, 1.5, "x"],
    }


HINTS = st.sampled_from([hint for _, hint, _ in FITTING])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["x", "y", "url", "1"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(JSON, HINTS)
def test_any_json_is_converted_or_unfit(value: Any, hint: Any) -> None:
    try:
        converted = convert(value, hint, where="x")
    except Unfit as unfit:
        problems = unfit.problems
    else:
        json.dumps(to_json(converted))
        return
    assert problems
