"""The kinds of values in settings (durations, sizes, names, texts), each with its check."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any, Literal

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
)

from runyard.domain.durations import parse_duration, parse_size
from runyard.domain.errors import Invalid

LONGEST = timedelta(days=3650)
_ENV_NAME = re.compile(r"[^=\0\s]+")
_PARAMETER_NAME = re.compile(r"[^\W\d][\w-]*")
_MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_TYPE_WORDS = {
    "str": "string", "text": "string", "int": "integer", "float": "number", "bool": "boolean",
    "list": "array", "dict": "object", "table": "object",
}  # fmt: skip


def _duration(value: Any) -> timedelta:
    if isinstance(value, bool) or not isinstance(value, (str, int, float, timedelta)):
        raise ValueError("this is not a duration")  # noqa: TRY004 - Pydantic wants ValueError
    try:
        length = value if isinstance(value, timedelta) else parse_duration(value)
    except Invalid as error:
        raise ValueError(error.message) from None
    if not timedelta() <= length <= LONGEST:
        raise ValueError("a duration is between 0 and 10 years")
    return length


def _positive(value: timedelta) -> timedelta:
    if not value:
        raise ValueError("it must be longer than 0")
    return value


def _seconds(value: Any) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    return _duration(value).total_seconds()


def _size(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValueError("this is not a size")  # noqa: TRY004 - Pydantic wants ValueError
    try:
        return parse_size(value)
    except Invalid as error:
        raise ValueError(error.message) from None


def _text(value: str) -> str:
    if "\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
        raise ValueError("it contains characters that are not text")
    return value


def _name(value: str) -> str:
    if not value.isprintable() or value != value.strip():
        raise ValueError("it contains line breaks, control characters or blanks at an end")
    return value


def _matching(pattern: re.Pattern[str], what: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(f"{value[:60]!r} is not {what}")
        return value

    return check


def check_requirement(value: str) -> str:
    try:
        Requirement(value)
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"{value[:80]!r} is not a requirement: {reason}") from None
    return value


def check_python(value: str) -> str:
    try:
        SpecifierSet(value)
    except InvalidSpecifier:
        raise ValueError(f"{value[:60]!r} is not a set of versions") from None
    return value


def _env_value(value: Any) -> Any:
    # A number is what people write for PORT = 8080; true and false have no one spelling.
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _own_name(value: str) -> str:
    if value.startswith("RUNYARD_"):
        raise ValueError("names that start with RUNYARD_ are set by the platform")
    return value


def _type_word(value: Any) -> Any:
    return _TYPE_WORDS.get(value, value) if isinstance(value, str) else value


_DURATION_SCHEMA = WithJsonSchema(
    {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string"}], "format": "duration"}
)
_SIZE_SCHEMA = WithJsonSchema(
    {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string"}], "format": "size"}
)
Duration = Annotated[timedelta, BeforeValidator(_duration), _DURATION_SCHEMA]
LongDuration = Annotated[
    timedelta, AfterValidator(_positive), BeforeValidator(_duration), _DURATION_SCHEMA
]
Seconds = Annotated[
    float,
    BeforeValidator(_seconds),
    Field(gt=0, le=LONGEST.total_seconds(), allow_inf_nan=False),
    _DURATION_SCHEMA,
]
Size = Annotated[int, BeforeValidator(_size), Field(gt=0, lt=2**60), _SIZE_SCHEMA]
Text = Annotated[str, AfterValidator(_text), Field(max_length=20_000)]
Name = Annotated[str, AfterValidator(_name), Field(min_length=1, max_length=100)]
Names = Annotated[list[Name], Field(max_length=100)]
Module = Annotated[
    Name, AfterValidator(_matching(_MODULE, "the name of a module, such as 'numpy'"))
]
EnvName = Annotated[
    Name,
    AfterValidator(_matching(_ENV_NAME, "the name of an environment variable")),
    AfterValidator(_own_name),
]
EnvValue = Annotated[Text, BeforeValidator(_env_value)]
ParameterName = Annotated[
    Name, AfterValidator(_matching(_PARAMETER_NAME, "the name of a parameter"))
]
TypeName = Annotated[
    Literal["string", "integer", "number", "boolean", "date", "datetime", "array", "object"],
    BeforeValidator(_type_word),
]


class Table(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
