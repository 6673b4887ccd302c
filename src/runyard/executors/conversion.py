"""JSON values into what a Python annotation asks for.

Runs inside run processes: imports nothing heavy. Pydantic models are served when their own
methods are there; Pydantic itself is never imported.
"""

from __future__ import annotations

import types
import typing
from collections import abc
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path, PurePath
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID


class Unfit(Exception):
    """A value does not fit its annotation; `problems` are {"where", "message"}."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(f"{where}: {message}")
        self.problems = [{"where": where, "message": message}]


NONE = type(None)
_LISTS: dict[Any, type] = {
    list: list,
    tuple: tuple,
    set: set,
    frozenset: frozenset,
    abc.Sequence: list,
    abc.MutableSequence: list,
    abc.Collection: list,
    abc.Iterable: list,
    abc.Set: set,
}
_DICTS = {dict, abc.Mapping, abc.MutableMapping}
_TRUE, _FALSE = {"true", "yes", "on", "1"}, {"false", "no", "off", "0"}


def bare(hint: Any) -> Any:
    """The annotation without `Annotated`, `NewType`, `Required` and the like around it."""
    while True:
        if get_origin(hint) in {typing.Annotated, typing.Required, typing.NotRequired}:
            hint = get_args(hint)[0]
        elif isinstance(hint, typing.NewType):
            hint = hint.__supertype__
        else:
            return hint


def is_union(hint: Any) -> bool:
    return get_origin(hint) in {Union, types.UnionType}


def convert(value: Any, hint: Any, *, where: str) -> Any:
    """`value`, as JSON gave it, as `hint` wants it. Raises `Unfit`; an unknown hint takes anything.

    Text is read where JSON has no type of its own (dates, paths, decimals, enums) and where the
    meaning is plain ("5" for an int).
    """
    hint = bare(hint)
    if hint is None or hint is NONE:
        return _only_none(value, where)
    if is_union(hint):
        return _one_of(value, get_args(hint), where)
    origin = get_origin(hint) or hint
    if origin is Literal:
        return _literal(value, get_args(hint), where)
    if origin in _LISTS or origin in _DICTS:
        return (_list if origin in _LISTS else _dict)(value, hint, where)
    # Any, a type variable, a forward reference: the function knows best.
    if origin is Any or not isinstance(origin, type):
        return value
    return _to_class(value, origin, where)


def _to_class(value: Any, kind: type, where: str) -> Any:
    simple = _SIMPLE.get(kind)
    if simple is not None:
        return _simply(simple, value, kind=kind, where=where)
    if issubclass(kind, Enum):
        return _enum(value, kind, where)
    if typing.is_typeddict(kind):
        return _typed_dict(value, kind, where)
    if hasattr(kind, "model_validate"):
        return _pydantic(value, kind, where)
    if is_dataclass(kind):
        return _dataclass(value, kind, where)
    if kind is object or isinstance(value, kind):
        return value
    raise Unfit(where, f"a {kind.__name__} can't be made from {_name(value)}")


def _simply(read: abc.Callable[[Any], Any], value: Any, *, kind: type, where: str) -> Any:
    try:
        return read(value)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise Unfit(where, f"must be {_WORDS.get(kind, kind.__name__)}, not {value!r}") from error


def _integer(value: Any) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise TypeError
    if not isinstance(value, int | float | str):
        raise TypeError
    return int(value)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError
    return float(value)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _TRUE | _FALSE:
        return value.lower() in _TRUE
    raise TypeError


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise TypeError


def _duration(value: Any) -> timedelta:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return timedelta(seconds=value)
    from runyard.domain.durations import parse_duration  # noqa: PLC0415 - rarely needed
    from runyard.domain.errors import Invalid  # noqa: PLC0415

    try:
        return parse_duration(value)
    except Invalid as error:
        raise ValueError from error


_SIMPLE: dict[type, abc.Callable[[Any], Any]] = {
    bool: _boolean,
    int: _integer,
    float: _number,
    str: _text,
    datetime: lambda value: datetime.fromisoformat(_text(value)),
    date: lambda value: date.fromisoformat(_text(value)),
    time: lambda value: time.fromisoformat(_text(value)),
    timedelta: _duration,
    Path: lambda value: Path(_text(value)),
    PurePath: lambda value: PurePath(_text(value)),
    Decimal: lambda value: Decimal(str(_number(value)) if isinstance(value, float) else value),
    UUID: lambda value: UUID(_text(value)),
    bytes: lambda value: _text(value).encode(),
}
_WORDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    datetime: "a date and time like 2026-11-22T05:00:00+00:00",
    date: "a date like 2026-11-22",
    time: "a time like 05:00:00",
    timedelta: "a duration like 90 (seconds) or 30m",
    Decimal: "a decimal number",
}


def _only_none(value: Any, where: str) -> None:
    if value is not None:
        raise Unfit(where, f"must be null, not {value!r}")


def _one_of(value: Any, arms: tuple[Any, ...], where: str) -> Any:
    """The arm of the value's own type wins; else the first that takes it."""
    if value is None and NONE in arms:
        return None
    arms = tuple(arm for arm in arms if arm is not NONE)
    exact = [arm for arm in arms if type(value) is bare(arm)]
    refused: Unfit | None = None
    for arm in (*exact, *arms):
        try:
            return convert(value, arm, where=where)
        except Unfit as unfit:
            refused = unfit
    if refused is not None and len(arms) == 1:
        raise refused
    raise Unfit(where, f"{value!r} is none of {', '.join(_name_of(arm) for arm in arms)}")


def _literal(value: Any, choices: tuple[Any, ...], where: str) -> Any:
    for choice in choices:
        if type(choice) is type(value) and choice == value:
            return choice
    for choice in choices:
        if isinstance(choice, Enum):
            if value in (choice.value, choice.name):
                return choice
        elif isinstance(value, str) and str(choice) == value:
            return choice
    raise Unfit(where, f"{value!r} is none of {', '.join(map(repr, choices))}")


def _enum(value: Any, kind: type[Enum], where: str) -> Enum:
    for member in kind:
        if member.value == value and isinstance(member.value, bool) is isinstance(value, bool):
            return member
    for member in kind:
        if value == member.name or (isinstance(value, str) and str(member.value) == value):
            return member
    known = ", ".join(repr(choice) for choice in enum_choices(kind))
    raise Unfit(where, f"{value!r} is none of {known}")


def enum_choices(kind: type[Enum]) -> list[Any]:
    """How the members are written in JSON: their values if JSON has such, else their names."""
    values = [member.value for member in kind]
    fit = all(isinstance(value, str | int | float) for value in values)
    return values if fit else [member.name for member in kind]


def _list(value: Any, hint: Any, where: str) -> Any:
    if not isinstance(value, list | tuple | set | frozenset):
        raise Unfit(where, f"must be a list, not {_name(value)}")
    items = list(value)
    make = _LISTS[get_origin(hint) or hint]
    hints = get_args(hint)
    if make is tuple and hints and hints[-1] is not Ellipsis:
        wanted = () if hints == ((),) else hints
        if len(items) != len(wanted):
            raise Unfit(where, f"must have {len(wanted)} items, not {len(items)}")
        kinds: list[Any] = list(wanted)
    else:
        kinds = [hints[0] if hints else Any] * len(items)
    parts = zip(range(len(items)), items, kinds, strict=True)
    return make(gather(parts, where=where, form="{}[{}]").values())


def _dict(value: Any, hint: Any, where: str) -> dict[Any, Any]:
    if not isinstance(value, abc.Mapping):
        raise Unfit(where, f"must be an object, not {_name(value)}")
    key_hint, item_hint = get_args(hint) or (Any, Any)
    made = gather(((key, item, item_hint) for key, item in value.items()), where=where)
    return {convert(key, key_hint, where=f"{where}.{key}"): item for key, item in made.items()}


def _typed_dict(value: Any, kind: type, where: str) -> Any:
    if not isinstance(value, abc.Mapping):
        raise Unfit(where, f"must be an object, not {_name(value)}")
    hints = get_type_hints(kind)
    required: frozenset[str] = getattr(kind, "__required_keys__", frozenset())
    return _fields(value, hints, required=required, where=where)


def _dataclass(value: Any, kind: Any, where: str) -> Any:
    if isinstance(value, kind):
        return value
    if not isinstance(value, abc.Mapping):
        raise Unfit(where, f"must be an object, not {_name(value)}")
    hints = get_type_hints(kind)
    own = [field for field in fields(kind) if field.init]
    required = {
        field.name for field in own if field.default is MISSING and field.default_factory is MISSING
    }
    known = {field.name: hints.get(field.name, Any) for field in own}
    given = _fields(value, known, required=required, where=where)
    try:
        return kind(**given)
    except (TypeError, ValueError) as error:
        raise Unfit(where, str(error)) from error


def _fields(
    value: abc.Mapping[str, Any],
    hints: dict[str, Any],
    *,
    required: abc.Set[str],
    where: str,
) -> dict[str, Any]:
    problems = [
        {"where": f"{where}.{name}", "message": "is missing"}
        for name in sorted(required - value.keys())
    ]
    problems += [
        {"where": f"{where}.{name}", "message": "is not known"}
        for name in value
        if name not in hints
    ]
    if problems:
        unfit = Unfit(problems[0]["where"], problems[0]["message"])
        unfit.problems = problems
        raise unfit
    return gather(((name, item, hints[name]) for name, item in value.items()), where=where)


def _pydantic(value: Any, kind: Any, where: str) -> Any:
    if isinstance(value, kind):
        return value
    try:
        return kind.model_validate(value)
    except ValueError as error:  # pydantic's ValidationError is one
        unfit = Unfit(where, str(error))
        errors = getattr(error, "errors", None)
        if errors is not None:
            unfit.problems = [
                {"where": ".".join([where, *map(str, each["loc"])]), "message": each["msg"]}
                for each in errors()
            ]
        raise unfit from error


def gather(
    parts: abc.Iterable[tuple[Any, Any, Any]], *, where: str, form: str = "{}.{}"
) -> dict[Any, Any]:
    """Convert (name, value, hint) parts; the `Unfit` raised holds the problems of all of them.

    `form` makes a part's place from `where` and its name; an empty `where` leaves the name alone.
    """
    made: dict[Any, Any] = {}
    refused: Unfit | None = None
    for name, value, hint in parts:
        place = form.format(where, name) if where else str(name)
        try:
            made[name] = convert(value, hint, where=place)
        except Unfit as unfit:
            if refused is None:
                refused = unfit
            else:
                refused.problems += unfit.problems
    if refused is not None:
        raise refused
    return made


def _name(value: Any) -> str:
    return "null" if value is None else f"a {type(value).__name__}"


def _name_of(hint: Any) -> str:
    return getattr(hint, "__name__", None) or str(hint)
