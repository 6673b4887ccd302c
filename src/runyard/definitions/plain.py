"""What an author wrote, as the values that JSON and the store know."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, time
from typing import Any

from runyard.definitions.faults import Fault
from runyard.definitions.positions import Path

_DEEPEST = 40


def plain(value: Any, path: Path, faults: list[Fault]) -> Any:
    """A private copy as JSON values; what JSON and the store don't know is left out, with a fault.

    Dates and times become ISO 8601 texts.
    """
    if len(path) > _DEEPEST:
        faults.append(Fault(path=path[:3], message=f"nested more than {_DEEPEST} levels deep"))
        return None
    match value:
        case Mapping():
            return {str(k): plain(inner, (*path, str(k)), faults) for k, inner in value.items()}
        case list() | tuple():
            return [plain(inner, (*path, i), faults) for i, inner in enumerate(value)]
        case date() | time():
            return value.isoformat()
        case float() | int() if (reason := _not_kept(value)) is not None:
            faults.append(Fault(path=path, message=reason))
            return None
        case _:
            return value


def _not_kept(number: Any) -> str | None:
    if isinstance(number, float):
        is_kept = math.isfinite(number)
        return None if is_kept else f"{number} is not a number that can be kept"
    is_kept = -(2**63) <= number < 2**63
    return None if is_kept else "the number has more than 64 bits"
