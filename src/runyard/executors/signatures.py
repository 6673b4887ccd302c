"""A function's signature as the parameters of its task, and parameters as the call's arguments.

Runs inside run processes: imports nothing heavy.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, Literal, get_args, get_origin, get_type_hints

from runyard.domain.errors import Invalid
from runyard.executors.conversion import (
    NONE,
    Unfit,
    bare,
    convert,
    enum_choices,
    gather,
    is_union,
)
from runyard.executors.json_values import to_json
from runyard.sdk.context import Context

_TYPES: dict[type, str] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    Decimal: "number",
    str: "string",
    datetime: "datetime",
    date: "date",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a call needs. `hints` has an annotation (or Any) for each name that is a parameter."""

    hints: dict[str, Any]
    kinds: dict[str, Any]  # name -> inspect's kind
    required: frozenset[str]
    nullable: frozenset[str]  # without a default, but None will do
    defaults: dict[str, Any]
    contexts: tuple[str, ...]  # arguments that want the run's context
    takes_more: bool  # **kwargs
    more_hint: Any
    unresolved: str | None  # why the annotations could not be read


@lru_cache(maxsize=512)
def shape_of(function: Callable[..., Any]) -> Shape:
    signature = inspect.signature(function)
    hints, unresolved = _hints_of(function)
    names: dict[str, Any] = {}
    kinds: dict[str, Any] = {}
    contexts: list[str] = []
    more: inspect.Parameter | None = None
    for name, parameter in signature.parameters.items():
        kinds[name] = parameter.kind
        hint = hints.get(name, Any)
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            more = parameter
        elif _wants_context(hint):
            contexts.append(name)
        elif parameter.kind is not inspect.Parameter.VAR_POSITIONAL:
            names[name] = hint
    filled = {
        name: signature.parameters[name].default
        for name in names
        if signature.parameters[name].default is not inspect.Parameter.empty
    }
    # A run can't be given null: a nullable argument that is missing is None.
    nullable = dict.fromkeys(
        name for name in names.keys() - filled.keys() if _is_nullable(names[name])
    )
    return Shape(
        hints=names,
        kinds=kinds,
        required=frozenset(names.keys() - filled.keys() - nullable.keys()),
        nullable=frozenset(nullable),
        defaults={**nullable, **filled},
        contexts=tuple(contexts),
        takes_more=more is not None,
        more_hint=Any if more is None else hints.get(more.name, Any),
        unresolved=unresolved,
    )


def bind(
    function: Callable[..., Any], params: Mapping[str, Any], context: Context
) -> tuple[list[Any], dict[str, Any]]:
    """The positional and keyword arguments for a call; raises `Invalid` with every problem."""
    shape = shape_of(function)
    unknown = [name for name in params if name not in shape.hints and not shape.takes_more]
    problems = [{"where": name, "message": "is not a parameter"} for name in unknown]
    problems += [
        {"where": name, "message": "is missing"}
        for name in shape.hints
        if name in shape.required and name not in params
    ]
    values: dict[str, Any] = {}
    try:
        parts = (
            (name, value, shape.hints.get(name, shape.more_hint))
            for name, value in params.items()
            if name not in unknown
        )
        values = gather(parts, where="")
    except Unfit as unfit:
        problems += unfit.problems
    if problems:
        said = "; ".join(f"{each['where']} {each['message']}" for each in problems)
        raise Invalid(f"the parameters do not fit {function.__name__}: {said}", problems=problems)
    values.update(dict.fromkeys(shape.nullable - values.keys()))
    values.update(dict.fromkeys(shape.contexts, context))
    return _positional(shape, values), values


def _positional(shape: Shape, values: dict[str, Any]) -> list[Any]:
    """Positional-only arguments, taken out of `values`; a gap is filled with the default."""
    only = [name for name, kind in shape.kinds.items() if kind is inspect.Parameter.POSITIONAL_ONLY]
    last = max((number for number, name in enumerate(only) if name in values), default=-1)
    return [
        values.pop(name) if name in values else shape.defaults[name] for name in only[: last + 1]
    ]


def describe(function: Callable[..., Any]) -> tuple[dict[str, dict[str, Any]], bool]:
    """The task's parameters, and whether it takes others as well.

    Each is a table as in `[tool.runyard.parameters]`. An argument that may be anything (no
    annotation and no telling default, a union of several types) is not among them: it is only
    checked by the call, and counts as one of the others.
    """
    shape = shape_of(function)
    tables = {name: _table(shape, name) for name in shape.hints}
    declared = {name: table for name, table in tables.items() if table is not None}
    return declared, shape.takes_more or len(declared) < len(tables)


def _table(shape: Shape, name: str) -> dict[str, Any] | None:
    hint = shape.hints[name]
    default = shape.defaults.get(name)
    kind, choices = _type_of(hint)
    if hint is Any and type(default) in {*_TYPES, list, dict}:
        kind, choices = _type_of(type(default))
    if kind is None:
        return None
    table: dict[str, Any] = {"type": kind}
    if choices and kind != "boolean":
        table["choices"] = choices
    if name in shape.required:
        table["required"] = True
    elif (plain := _plain_default(default, hint, name)) is not None:
        table["default"] = plain
    return table


def _plain_default(default: Any, hint: Any, name: str) -> Any:
    """The default as JSON; None when the function had better fill it in itself."""
    plain = to_json(default)
    try:
        json.dumps(plain, allow_nan=False)
        convert(plain, hint, where=name)
    except (TypeError, ValueError, Unfit):
        return None
    return plain


def _type_of(hint: Any) -> tuple[str | None, list[Any]]:
    hint = bare(hint)
    if is_union(hint):
        arms = [arm for arm in get_args(hint) if arm is not NONE]
        return _type_of(arms[0]) if len(arms) == 1 else (None, [])
    origin = get_origin(hint) or hint
    if origin is Literal:
        choices = [to_json(choice) for choice in get_args(hint)]
        return _type_of_choices(choices), choices
    if origin is Any or not isinstance(origin, type):
        return None, []
    if origin in _TYPES:
        return _TYPES[origin], []
    if issubclass(origin, Enum):
        choices = enum_choices(origin)
        return _type_of_choices(choices), choices
    return _type_of_class(origin), []


def _type_of_class(kind: type) -> str | None:
    if kind in (list, tuple, set, frozenset) or kind.__module__ == "collections.abc":
        return "object" if "Mapping" in kind.__name__ else "array"
    if issubclass(kind, dict) or is_dataclass(kind) or hasattr(kind, "model_validate"):
        return "object"
    # Paths, durations, UUIDs: written as text.
    return None if kind in (object, NONE) else "string"


def _type_of_choices(choices: list[Any]) -> str | None:
    kinds = {_TYPES.get(type(choice)) for choice in choices}
    return kinds.pop() if len(kinds) == 1 else None


def _is_nullable(hint: Any) -> bool:
    hint = bare(hint)
    return is_union(hint) and NONE in get_args(hint)


def _wants_context(hint: Any) -> bool:
    hint = bare(hint)
    return hint is Context or (is_union(hint) and Context in get_args(hint))


def _hints_of(function: Callable[..., Any]) -> tuple[dict[str, Any], str | None]:
    """The annotations that can be read, and why others can't (a name for type checkers only)."""
    try:
        return get_type_hints(function, include_extras=True), None
    except (NameError, TypeError, AttributeError, SyntaxError) as error:
        plain = inspect.unwrap(function)
        known = getattr(plain, "__globals__", {})
        hints: dict[str, Any] = {}
        for name, hint in getattr(plain, "__annotations__", {}).items():
            alone = SimpleNamespace(__annotations__={name: hint})
            with suppress(NameError, TypeError, AttributeError, SyntaxError):
                hints |= get_type_hints(alone, globalns=known, include_extras=True)
        return hints, str(error)
