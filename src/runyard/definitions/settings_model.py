"""The shape of `[tool.runyard]`: every key, its type, its bounds and an example of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
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
    model_validator,
)
from pydantic_core import PydanticCustomError

from runyard.domain.durations import parse_duration, parse_size
from runyard.domain.errors import Invalid
from runyard.domain.tasks import ParameterType

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


def _requirement(value: str) -> str:
    try:
        Requirement(value)
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"{value[:80]!r} is not a requirement: {reason}") from None
    return value


def _python(value: str) -> str:
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


class _Table(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class RetrySettings(_Table):
    max: int = Field(0, ge=0, le=1_000_000, description="tries after the first that failed")
    crash: int = Field(0, ge=0, le=1_000_000, description="tries after the platform lost a run")
    backoff: Duration = Field(timedelta(seconds=1), description="wait before the first retry")
    factor: float = Field(2.0, ge=1, le=1000, allow_inf_nan=False)
    cap: Duration = Field(timedelta(minutes=10), description="the longest wait")
    jitter: float = Field(0.1, ge=0, le=1, description="spread of the wait, as a share")
    on_timeout: bool = True
    exit_codes: list[Annotated[int, Field(ge=0, le=255)]] = Field([], max_length=256)
    exceptions: Names = []


class LimitSettings(_Table):
    memory: Size | None = Field(None, description="of the whole process tree")
    cpu: Seconds | None = Field(None, description="CPU time")
    open_files: int | None = Field(None, ge=1, le=10_000_000)
    output: Size | None = Field(None, description="kept output")


class ParameterSettings(_Table):
    type: TypeName | None = None
    required: bool = False
    default: Any = None
    description: Text = ""
    choices: list[Any] = Field([], max_length=1000)
    min: float | None = Field(None, allow_inf_nan=False)
    max: float | None = Field(None, allow_inf_nan=False)

    @property
    def effective_type(self) -> ParameterType:
        """The type that is named, else that of the default or of the first choice."""
        if self.type is not None:
            return ParameterType(self.type)
        example = self.default if self.default is not None else next(iter(self.choices), "")
        return type_of(example)

    @model_validator(mode="after")
    def _consistent(self) -> ParameterSettings:
        kind = self.effective_type
        for choice in self.choices:
            if not fits(kind, choice):
                raise _at("choices", f"the choice {choice!r:.60} is not of type {kind}")
        if (self.min is not None or self.max is not None) and not _is_number(kind):
            wrong = "min" if self.min is not None else "max"
            raise _at(wrong, f"a parameter of type {kind} has no {wrong}")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise _at("max", f"max {self.max:g} is below min {self.min:g}")
        if self.default is None:
            return self
        if self.required:
            raise _at("required", "a parameter with a default can't be required; remove one")
        self._check_default(kind)
        return self

    def _check_default(self, kind: ParameterType) -> None:
        if not fits(kind, self.default):
            raise _at("default", f"the default {self.default!r:.60} is not of type {kind}")
        if self.choices and self.default not in self.choices:
            raise _at("default", f"the default {self.default!r:.60} is not one of the choices")
        if self.min is not None and self.default < self.min:
            raise _at("default", f"the default {self.default!r:.60} is below min {self.min:g}")
        if self.max is not None and self.default > self.max:
            raise _at("default", f"the default {self.default!r:.60} is above max {self.max:g}")


class TaskSettings(_Table):
    """All keys of `[tool.runyard]`, and the two of the block's top level."""

    type: Name | None = Field(None, description="the executor")
    title: Text = Field("", max_length=300)
    description: Text = ""
    queue: Name | None = Field(None, description="the lane it runs in; its type if not given")
    project: Name | None = None
    owner: Name | None = None
    labels: Names = Field([], description="words to find it by")
    needs: Names = Field([], description="labels of the node it must run on")
    priority: int = Field(0, ge=-1_000_000, le=1_000_000, description="higher first")
    concurrency: int = Field(1, ge=0, le=1_000_000, description="runs at once; 0 = any number")
    timeout: LongDuration | None = None
    grace: Duration = Field(timedelta(seconds=5), description="between SIGTERM and SIGKILL")
    heartbeat: LongDuration | None = None
    retries: RetrySettings = RetrySettings()
    limits: LimitSettings = LimitSettings()
    memory: Size | None = Field(None, description="short for limits.memory")
    cpu: Seconds | None = Field(None, description="short for limits.cpu")
    open_files: int | None = Field(None, ge=1, le=10_000_000)
    output: Size | None = Field(None, description="short for limits.output")
    env: dict[EnvName, EnvValue] = {}
    parameters: dict[ParameterName, ParameterSettings] = {}
    extra_parameters: bool = True
    dependencies: list[Annotated[Text, AfterValidator(_requirement)]] = []
    requires_python: Annotated[Text, AfterValidator(_python)] | None = Field(
        None, alias="requires-python"
    )
    preload: list[Module] = Field([], max_length=100)
    isolation: Literal["fork", "cold", "pool"] = "fork"
    config: dict[str, Any] = {}


EXAMPLES = {
    "type": '"script"', "title": '"Nightly report"', "description": '"What it does"',
    "queue": '"crawl"', "project": '"website"', "owner": '"ann"', "labels": '["nightly"]',
    "needs": '["gpu"]', "priority": "10", "concurrency": "1", "timeout": '"30m"', "grace": '"10s"',
    "heartbeat": '"1m"', "retries": '3 or {max = 3, backoff = "2s"}',
    "limits": '{memory = "512MB", cpu = "10m"}', "memory": '"512MB"', "cpu": '"10m"',
    "open_files": "1024", "output": '"100MB"', "env": '{MODE = "fast"}',
    "parameters": '{count = 5} or {count = {type = "integer", default = 5}}',
    "extra_parameters": "false", "dependencies": '["requests>=2"]',
    "requires-python": '">=3.11"', "preload": '["numpy"]', "isolation": '"fork" or "cold"',
    "config": '{url = "https://example.org"}',
}  # fmt: skip


def _at(key: str, message: str) -> PydanticCustomError:
    return PydanticCustomError("setting", "{message}", {"message": message, "key": key})


def _is_number(kind: ParameterType) -> bool:
    return kind in (ParameterType.INTEGER, ParameterType.NUMBER)


def type_of(value: Any) -> ParameterType:
    """The parameter type that a JSON value suggests."""
    match value:
        case bool():
            return ParameterType.BOOLEAN
        case int():
            return ParameterType.INTEGER
        case float():
            return ParameterType.NUMBER
        case list():
            return ParameterType.ARRAY
        case dict():
            return ParameterType.OBJECT
        case _:
            return ParameterType.STRING


def fits(kind: ParameterType, value: Any) -> bool:
    """Whether a JSON value is of a parameter's type; dates are ISO 8601 text."""
    match kind:
        case ParameterType.NUMBER:
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        case ParameterType.DATE:
            return _is_iso(value, date.fromisoformat)
        case ParameterType.DATETIME:
            return _is_iso(value, datetime.fromisoformat)
        case _:
            return type_of(value) is kind and (
                kind is not ParameterType.STRING or isinstance(value, str)
            )


def _is_iso(value: Any, parse: Callable[[str], object]) -> bool:
    try:
        parse(value)
    except (TypeError, ValueError):
        return False
    return True
