"""A function's signature as parameters, and parameters as arguments of the call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

import runyard
from runyard.domain.errors import Invalid
from runyard.executors.signatures import bind, describe, shape_of
from runyard.sdk.context import Context

if TYPE_CHECKING:
    from fractions import Fraction

HERE = Context(run_id="r", attempt=2)


class Size(Enum):
    SMALL = "s"
    LARGE = "l"


@dataclass
class Point:
    x: int


def everything(  # noqa: PLR0917
    count: int,
    share: float = 0.5,
    name: str = "x",
    fast: bool = False,
    day: date = date(2026, 11, 22),
    size: Size = Size.LARGE,
    mode: Literal["a", "b"] = "a",
    tags: list[str] = [],  # noqa: B006
    point: Point | None = None,
    file: Path = Path("/x"),
    context: runyard.Context = HERE,
) -> None: ...


def loose(first, second=3, *rest, third: int | str = 1, fourth=HERE, **more: int): ...  # type: ignore[no-untyped-def]


def positional(a: int, b: int = 2, /, c: int = 3, *, here: Context) -> tuple[Any, ...]:
    return a, b, c, here


def nullable(a: int | None, b: Context | None = None) -> Any:
    return a, b


def unresolved(a: Fraction, b: int) -> None: ...


def test_a_signature_as_parameters() -> None:
    parameters, takes_more = describe(everything)
    assert parameters == {
        "count": {"type": "integer", "required": True},
        "share": {"type": "number", "default": 0.5},
        "name": {"type": "string", "default": "x"},
        "fast": {"type": "boolean", "default": False},
        "day": {"type": "date", "default": "2026-11-22"},
        "size": {"type": "string", "choices": ["s", "l"], "default": "l"},
        "mode": {"type": "string", "choices": ["a", "b"], "default": "a"},
        "tags": {"type": "array", "default": []},
        "point": {"type": "object"},
        "file": {"type": "string", "default": "/x"},
    }
    assert not takes_more


def test_what_may_be_anything_is_left_to_the_call() -> None:
    parameters, takes_more = describe(loose)
    assert parameters == {"second": {"type": "integer", "default": 3}}
    assert takes_more


def test_values_are_converted_and_the_context_is_given() -> None:
    params = {"count": "3", "size": "s", "day": "2026-01-01", "point": {"x": 1}, "file": "/y"}
    positional_, named = bind(everything, params, HERE)
    assert positional_ == []
    assert named == {
        "count": 3,
        "size": Size.SMALL,
        "day": date(2026, 1, 1),
        "point": Point(1),
        "file": Path("/y"),
        "context": HERE,
    }


def test_positional_only_arguments_and_gaps() -> None:
    args, named = bind(positional, {"a": 1, "c": 5}, HERE)
    assert positional(*args, **named) == (1, 2, 5, HERE)
    args, named = bind(positional, {"a": 1, "b": 7}, HERE)
    assert positional(*args, **named) == (1, 7, 3, HERE)


def test_nullable_without_a_default_is_none() -> None:
    parameters, _ = describe(nullable)
    assert parameters == {"a": {"type": "integer"}}
    args, named = bind(nullable, {}, HERE)
    assert nullable(*args, **named) == (None, HERE)


def test_keyword_arguments_take_the_rest_and_are_checked() -> None:
    _, named = bind(loose, {"first": 1, "other": "5"}, HERE)
    assert named == {"first": 1, "other": 5}
    with pytest.raises(Invalid, match="other must be a whole number"):
        bind(loose, {"first": 1, "other": "x"}, HERE)


def test_all_problems_of_a_call_at_once() -> None:
    with pytest.raises(Invalid) as caught:
        bind(everything, {"cuont": 1, "share": "x", "size": "xl"}, HERE)
    problems = {each["where"]: each["message"] for each in caught.value.facts["problems"]}
    assert set(problems) == {"cuont", "count", "share", "size"}
    assert problems["count"] == "is missing"


def test_annotations_that_only_a_type_checker_knows() -> None:
    assert shape_of(unresolved).unresolved is not None
    parameters, takes_more = describe(unresolved)
    assert parameters == {"b": {"type": "integer", "required": True}}
    assert takes_more
    assert bind(unresolved, {"a": 1, "b": "2"}, HERE) == ([], {"a": 1, "b": 2})
