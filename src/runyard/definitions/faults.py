"""What is wrong with settings: as sentences, and out of the way of the good ones."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import ErrorDetails

from runyard.definitions.positions import Path
from runyard.definitions.settings_model import (
    EXAMPLES,
    LimitSettings,
    ParameterSettings,
    RetrySettings,
)

MOST_FAULTS = 50  # told in full; the others are counted
_SHOWN = 60  # characters of a wrong value
_GONE = object()  # stands in a list where a wrong value was


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with the setting at `path`, as a sentence that says what to do.

    `position`, where it is known, counts the characters of the setting's text from 0.
    """

    path: Path
    message: str
    position: int | None = None


def as_problem(fault: Fault) -> dict[str, Any]:
    """The fault as one of the `problems` of an Invalid."""
    place = {} if fault.position is None else {"position": fault.position}
    return {"where": dotted(fault.path), "message": fault.message, **place}


def reject(raw: dict[str, Any], details: ErrorDetails, faults: list[Fault]) -> None:
    """Take the wrong value out of `raw`, and say why. In a list it only is marked as gone."""
    path = [part for part in details["loc"] if part != "[key]"]
    key = details.get("ctx", {}).get("key")
    if isinstance(key, str):
        path.append(key)
    container: Any = raw
    reached: Path = ()
    for part in path:
        inner = container[reached[-1]] if reached else raw
        if isinstance(inner, dict) and part not in inner:
            return  # taken out with what was wrong above it
        if not _holds(inner, part):
            break
        container, reached = inner, (*reached, part)
    value = _take_out(container, reached[-1]) if reached else None
    if value is _GONE:
        return
    brief = len(faults) >= MOST_FAULTS
    message = "wrong" if brief else _sentence(reached, value, details)
    faults.append(Fault(path=reached, message=message))


def _holds(container: Any, part: str | int) -> bool:
    if isinstance(container, list):
        return isinstance(part, int) and part < len(container)
    return isinstance(container, dict) and part in container


def _take_out(container: Any, part: str | int) -> Any:
    value = container[part]
    if isinstance(container, list):
        container[int(part)] = _GONE
    else:
        del container[part]
    return value


def without_gone(value: Any) -> Any:
    match value:
        case dict():
            return {key: without_gone(inner) for key, inner in value.items()}
        case list():
            return [without_gone(inner) for inner in value if inner is not _GONE]
        case _:
            return value


def _sentence(path: Path, value: Any, details: ErrorDetails) -> str:
    return sentence(path, value, details, known=_known(path[:-1]), examples=EXAMPLES)


def sentence(
    path: Path,
    value: Any,
    details: ErrorDetails,
    *,
    known: Sequence[str],
    examples: Mapping[str, str],
) -> str:
    """What is wrong with a value, from what Pydantic says about it.

    `known` are the keys that stand beside it, `examples` those of the outermost table.
    """
    name = dotted(path)
    if details["type"] == "extra_forbidden":
        return f"there is no setting {name!r}; {_suggestion(str(path[-1]), known)}"
    reason = details["msg"].removeprefix("Value error, ").removeprefix("Input ")
    shown = repr(value) if len(repr(value)) <= _SHOWN else f"{repr(value)[: _SHOWN - 3]}..."
    said = f"{name} = {shown} does not apply: {reason}"
    is_whole = len(path) == 1 or (len(path) == 2 and isinstance(path[1], int))
    example = examples.get(str(path[0])) if is_whole else None
    return f"{said}; write for instance {path[0]} = {example}" if example else said


def dotted(path: Path) -> str:
    return ".".join(map(str, path))


def _suggestion(key: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(key[:60], known, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known are {', '.join(sorted(known))}"


def _known(table: Path) -> list[str]:
    match table:
        case ():
            return list(EXAMPLES)
        case ("retries",):
            return list(RetrySettings.model_fields)
        case ("limits",):
            return list(LimitSettings.model_fields)
        case _:
            return list(ParameterSettings.model_fields)
