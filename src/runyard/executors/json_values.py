"""Python values as JSON has them: what a function returns becomes the result of its run.

Runs inside run processes: imports nothing heavy.
"""

from __future__ import annotations

from collections import abc
from dataclasses import asdict, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID


def to_json(value: Any) -> Any:
    """`value` with dataclasses, models, enums, dates, paths and sets written as JSON can.

    What it does not know is left as it is, for the encoder to refuse by its place.
    """
    match value:
        case Enum():
            return to_json(value.value)
        case abc.Mapping():
            return {_key(name): to_json(item) for name, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [to_json(item) for item in value]
        case datetime() | date() | time():
            return value.isoformat()
        case PurePath() | UUID() | Decimal():
            return str(value)
        case _:
            return _from_object(value)


def _from_object(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if hasattr(value, "model_dump") and not isinstance(value, type):
        return value.model_dump(mode="json")
    if is_dataclass(value) and not isinstance(value, type):
        return to_json(asdict(value))
    return value


def _key(name: Any) -> Any:
    plain = to_json(name)
    return plain if plain is None or isinstance(plain, str | int | float) else str(plain)
