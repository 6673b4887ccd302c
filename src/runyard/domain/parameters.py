"""Parameters: checking what a run was given against what its task declares."""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from runyard.domain.errors import Invalid
from runyard.domain.tasks import Parameter, ParameterType

_INTEGER = re.compile(r"[+-]?[0-9]{1,1000}")
_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})
_SHOWN_LENGTH = 60


def check(
    spec_parameters: Sequence[Parameter], given: Mapping[str, Any], *, extra_allowed: bool
) -> dict[str, Any]:
    """The parameters a run gets: those given, as JSON values of the declared types, and defaults.

    None counts as not given. What has neither value nor default is left out. Everything that is
    wrong is raised together in one Invalid, whose problems stand at `params.<name>`.
    """
    problems: list[dict[str, Any]] = []
    checked: dict[str, Any] = {}
    for parameter in spec_parameters:
        value = given.get(parameter.name)
        if value is None:
            value = parameter.default
        if value is not None:
            try:
                checked[parameter.name] = read_value(parameter, value)
            except ValueError as error:
                problems.append(_problem(parameter.name, str(error)))
        elif parameter.required:
            problems.append(_problem(parameter.name, "is required"))
    declared = [parameter.name for parameter in spec_parameters]
    for name in given.keys() - set(declared):
        if extra_allowed:
            checked[name] = given[name]
        else:
            problems.append(_unknown(name, declared))
    if problems:
        problems.sort(key=lambda problem: str(problem["where"]))
        raise Invalid("; ".join(p["message"] for p in problems), problems=problems)
    return checked


def read_value(parameter: Parameter, value: Any) -> Any:
    """`value` as a JSON value of the parameter's type; ValueError says what is wrong with it.

    The obvious is understood, because a command line has only text: "5" is an integer, "yes" is
    a boolean, JSON text is an array or object, one plain text is an array of it. Dates stay text.
    """
    read = _READERS[parameter.type](value)
    allowed = [_READERS[_item_type(parameter)](choice) for choice in parameter.choices]
    for item in read if parameter.type is ParameterType.ARRAY else [read]:
        if allowed and item not in allowed:
            raise ValueError(f"must be one of {_show_all(allowed)}, not {_show(item)}")
    if parameter.type in (ParameterType.INTEGER, ParameterType.NUMBER):
        if parameter.minimum is not None and read < parameter.minimum:
            raise ValueError(f"must be at least {parameter.minimum:g}, not {_show(read)}")
        if parameter.maximum is not None and read > parameter.maximum:
            raise ValueError(f"must be at most {parameter.maximum:g}, not {_show(read)}")
    return read


def to_argv(params: Mapping[str, Any]) -> list[str]:
    """Parameters for a script that reads `sys.argv`: one `--name=value` each.

    Booleans become `--name` or `--no-name`, an array one option for each item, an object JSON
    text; None is left out.
    """
    argv: list[str] = []
    for name, value in params.items():
        match value:
            case None:
                pass
            case bool():
                argv.append(f"--{name}" if value else f"--no-{name}")
            case list() | tuple():
                argv.extend(f"--{name}={_as_text(item)}" for item in value)
            case _:
                argv.append(f"--{name}={_as_text(value)}")
    return argv


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _problem(name: str, message: str) -> dict[str, Any]:
    return {"where": f"params.{name}", "message": f"parameter {name} {message}"}


def _unknown(name: str, declared: Sequence[str]) -> dict[str, Any]:
    close = difflib.get_close_matches(name, declared, n=1)
    if close:
        return _problem(name, f"is unknown; did you mean {close[0]}?")
    known = f"known are {', '.join(declared)}" if declared else "the task has none"
    return _problem(name, f"is unknown; {known}")


def _item_type(parameter: Parameter) -> ParameterType:
    is_array = parameter.type is ParameterType.ARRAY
    return ParameterType.STRING if is_array else parameter.type


def _show(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_LENGTH else text[:_SHOWN_LENGTH] + "..."


def _show_all(values: Sequence[Any]) -> str:
    return ", ".join(map(_show, values))


def _read_string(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise ValueError(f"must be text, not {_show(value)}")


def _read_integer(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        return int(value)
    raise ValueError(f"must be an integer, not {_show(value)}")


def _read_number(value: Any) -> float:
    number: int | float | None = None
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = value
    elif isinstance(value, str):
        try:
            number = int(value) if _INTEGER.fullmatch(value.strip()) else float(value)
        except ValueError:
            number = None
    # JSON has neither infinity nor NaN.
    if number is None or (isinstance(number, float) and not math.isfinite(number)):
        raise ValueError(f"must be a number, not {_show(value)}")
    return number


def _read_boolean(value: Any) -> bool:
    text = str(value).strip().lower() if isinstance(value, str | int) else ""
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError(f"must be true or false, not {_show(value)}")


def _read_date(value: Any) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return _iso_text(value, date.fromisoformat, example="2026-01-31")


def _read_datetime(value: Any) -> str:
    if isinstance(value, date):  # a datetime is one, too
        return value.isoformat()
    return _iso_text(value, datetime.fromisoformat, example="2026-01-31T08:30:00Z")


def _iso_text(value: Any, parse: Callable[[str], object], *, example: str) -> str:
    if isinstance(value, str):
        try:
            parse(value.strip())
            return value.strip()
        except ValueError:
            pass  # said below, together with what is not text at all
    raise ValueError(f"must be an ISO 8601 date like {example}, not {_show(value)}")


def _read_array(value: Any) -> list[Any]:
    if isinstance(value, list | tuple):
        return list(value)
    if isinstance(value, str):
        if not value.lstrip().startswith("["):
            return [value]
        read = _read_json(value)
        if isinstance(read, list):
            return read
    raise ValueError(f"must be an array, not {_show(value)}")


def _read_object(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, str):
        read = _read_json(value)
        if isinstance(read, dict):
            return read
    raise ValueError(f"must be an object, not {_show(value)}")


def _read_json(text: str) -> Any:
    """None for what is not JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


_READERS: dict[ParameterType, Callable[[Any], Any]] = {
    ParameterType.STRING: _read_string,
    ParameterType.INTEGER: _read_integer,
    ParameterType.NUMBER: _read_number,
    ParameterType.BOOLEAN: _read_boolean,
    ParameterType.DATE: _read_date,
    ParameterType.DATETIME: _read_datetime,
    ParameterType.ARRAY: _read_array,
    ParameterType.OBJECT: _read_object,
}
