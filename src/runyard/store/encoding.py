"""Between domain values and columns: instants as microseconds, JSON as text, definitions as JSON.

JSON is orjson's. What orjson can't hold (integers over 64 bits, lone surrogates, keys that are not
strings) goes through the standard library and starts with a space, which tells the reader.
"""

from __future__ import annotations

import dataclasses
import json
import types
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import orjson

from runyard.domain.runs import RunError
from runyard.domain.tasks import Problem, TaskSpec

if TYPE_CHECKING:
    from collections.abc import Callable

SPEC_FORMAT = 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

T = TypeVar("T")


def to_us(at: datetime) -> int:
    """Microseconds since 1970; exact. Refuses a time without zone (TypeError)."""
    return (at - _EPOCH) // _MICROSECOND


def to_us_or_none(at: datetime | None) -> int | None:
    return None if at is None else (at - _EPOCH) // _MICROSECOND


def from_us(us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=us)


def from_us_or_none(us: int | None) -> datetime | None:
    return None if us is None else _EPOCH + timedelta(microseconds=us)


def to_json(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except (TypeError, ValueError):  # orjson.JSONEncodeError is a TypeError
        return " " + json.dumps(value)


def from_json(text: str) -> Any:
    return json.loads(text) if text.startswith(" ") else orjson.loads(text)


def to_json_or_none(value: Any) -> str | None:
    """None for everything empty: the columns that use it read back as their default."""
    return to_json(value) if value else None


def clean(text: str | None) -> str | None:
    """Text that every database can hold: no NUL, no lone surrogates."""
    if text is None or (text.isascii() and "\0" not in text):
        return text
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()


def error_to_json(error: RunError | None) -> str | None:
    if error is None:
        return None
    data = {"type": error.type, "message": error.message, "traceback": error.traceback}
    return to_json(data if error.retry is None else data | {"retry": error.retry})


def error_from_json(text: str | None) -> RunError | None:
    if text is None:
        return None
    data = from_json(text)
    return RunError(
        type=data["type"],
        message=data["message"],
        traceback=data.get("traceback"),
        retry=data.get("retry"),
    )


def problems_to_json(problems: tuple[Problem, ...]) -> str | None:
    return to_json([to_plain(problem) for problem in problems]) if problems else None


def problems_from_json(text: str | None) -> tuple[Problem, ...]:
    return tuple(from_plain(Problem, item) for item in from_json(text)) if text else ()


def spec_to_json(spec: TaskSpec) -> str:
    """Every field is written, so a frozen definition keeps its meaning when a default changes."""
    return to_json({"format": SPEC_FORMAT, **to_plain(spec)})


def spec_from_json(text: str) -> TaskSpec:
    """Fields that it was written without get their defaults; unknown ones are ignored."""
    return from_plain(TaskSpec, from_json(text))


def to_plain(value: Any) -> Any:
    """Dataclasses to dicts, enums to their values, durations to microseconds, instants to ISO 8601.

    The rest stays as it is.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: to_plain(getattr(value, name)) for name in _fields(type(value))}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, timedelta):
        return value // _MICROSECOND
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [to_plain(item) for item in value]
    return value


def from_plain(kind: type[T], data: dict[str, Any]) -> T:
    """`to_plain` undone, by the types of the dataclass's fields."""
    fields = _fields(cast("Any", kind))
    return kind(**{name: fields[name](data[name]) for name in fields if name in data})


@cache
def _fields(kind: type) -> dict[str, Callable[[Any], Any]]:
    hints = get_type_hints(kind)
    return {field.name: _reader(hints[field.name]) for field in dataclasses.fields(kind)}


def _reader(hint: Any) -> Callable[[Any], Any]:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        inner = _reader(next(one for one in arguments if one is not type(None)))
        return _Optional(inner)
    if origin is tuple:
        return _Tuple(_reader(arguments[0]))
    if hint in _PLAIN_READERS:
        return _PLAIN_READERS[hint]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _Nested(hint)
    return _as_is


def _as_is(value: Any) -> Any:
    return value


def _duration(value: int) -> timedelta:
    return timedelta(microseconds=value)


_PLAIN_READERS: dict[Any, Callable[[Any], Any]] = {
    timedelta: _duration,
    datetime: datetime.fromisoformat,
}


@dataclass(frozen=True, slots=True)
class _Optional:
    inner: Callable[[Any], Any]

    def __call__(self, value: Any) -> Any:
        return None if value is None else self.inner(value)


@dataclass(frozen=True, slots=True)
class _Tuple:
    inner: Callable[[Any], Any]

    def __call__(self, value: Any) -> Any:
        return tuple(self.inner(item) for item in value)


@dataclass(frozen=True, slots=True)
class _Nested:
    kind: type

    def __call__(self, value: Any) -> Any:
        return from_plain(self.kind, value)
