"""The shape of `[tool.runyard]`: every key, its type, its bounds and an example of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from runyard.definitions.schedule_model import (
    MOST_SCHEDULES,
    ScheduleName,
    TaskSchedule,
    Trigger,
)
from runyard.definitions.values import (
    Duration,
    EnvName,
    EnvValue,
    LongDuration,
    Module,
    Name,
    Names,
    ParameterName,
    Seconds,
    Size,
    Table,
    Text,
    TypeName,
    check_python,
    check_requirement,
)
from runyard.domain.tasks import ParameterType


class RetrySettings(Table):
    max: int = Field(0, ge=0, le=1_000_000, description="tries after the first that failed")
    crash: int = Field(0, ge=0, le=1_000_000, description="tries after the platform lost a run")
    backoff: Duration = Field(timedelta(seconds=1), description="wait before the first retry")
    factor: float = Field(
        2.0, ge=1, le=1000, allow_inf_nan=False, description="each wait is so many times the last"
    )
    cap: Duration = Field(timedelta(minutes=10), description="the longest wait")
    jitter: float = Field(0.1, ge=0, le=1, description="spread of the wait, as a share")
    on_timeout: bool = Field(True, description="whether a timeout is worth another try")
    exit_codes: list[Annotated[int, Field(ge=0, le=255)]] = Field(
        [], max_length=256, description="if given, only these are worth another try"
    )
    exceptions: Names = Field([], description="if given, only these are worth another try")


class LimitSettings(Table):
    memory: Size | None = Field(None, description="of the whole process tree")
    cpu: Seconds | None = Field(None, description="CPU time")
    open_files: int | None = Field(
        None, ge=1, le=10_000_000, description="files open at once, of one process"
    )
    output: Size | None = Field(None, description="kept output")


class ParameterSettings(Table):
    type: TypeName | None = Field(None, description="that of the default if not given")
    required: bool = Field(False, description="whether a run must be given it")
    default: Any = Field(None, description="its value when a run is not given it")
    description: Text = Field("", description="what it means, for whoever fills it in")
    choices: list[Any] = Field([], max_length=1000, description="the only values it takes")
    min: float | None = Field(None, allow_inf_nan=False, description="the least number it takes")
    max: float | None = Field(None, allow_inf_nan=False, description="the greatest number it takes")

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


class TaskSettings(Table):
    """All keys of `[tool.runyard]`, and the two of the block's top level."""

    type: Name | None = Field(None, description="the executor")
    title: Text = Field("", max_length=300, description="the docstring's first line if not given")
    description: Text = Field("", description="the docstring's first paragraph if not given")
    queue: Name | None = Field(None, description="the lane it runs in; its type if not given")
    project: Name | None = Field(None, description="the group that it and its runs belong to")
    owner: Name | None = Field(None, description="whom to ask about it")
    labels: Names = Field([], description="words to find it by")
    needs: Names = Field([], description="labels of the node it must run on")
    priority: int = Field(0, ge=-1_000_000, le=1_000_000, description="higher first")
    concurrency: int = Field(1, ge=0, le=1_000_000, description="runs at once; 0 = any number")
    timeout: LongDuration | None = Field(None, description="of one attempt; the server's if unset")
    grace: Duration = Field(timedelta(seconds=5), description="between SIGTERM and SIGKILL")
    heartbeat: LongDuration | None = Field(None, description="external work reports within this")
    retries: RetrySettings = Field(
        RetrySettings(), description="what follows an attempt that ended badly"
    )
    limits: LimitSettings = Field(LimitSettings(), description="what one run may use")
    memory: Size | None = Field(None, description="short for limits.memory")
    cpu: Seconds | None = Field(None, description="short for limits.cpu")
    open_files: int | None = Field(
        None, ge=1, le=10_000_000, description="short for limits.open_files"
    )
    output: Size | None = Field(None, description="short for limits.output")
    env: dict[EnvName, EnvValue] = Field({}, description="environment variables of its runs")
    parameters: dict[ParameterName, ParameterSettings] = Field(
        {}, description="what a run may be given, by name; a value alone is its default"
    )
    extra_parameters: bool = Field(True, description="whether others are passed on, not refused")
    dependencies: list[Annotated[Text, AfterValidator(check_requirement)]] = Field(
        [], description="packages of its own environment (PEP 508), at the top of the block"
    )
    requires_python: Annotated[Text, AfterValidator(check_python)] | None = Field(
        None, alias="requires-python", description="versions of Python, at the top of the block"
    )
    preload: list[Module] = Field(
        [], max_length=100, description="modules that are imported before a run starts"
    )
    isolation: Literal["fork", "cold", "pool"] = Field(
        "fork", description="a run is a fork of a warm process, a cold start, or a pooled call"
    )
    config: dict[str, Any] = Field({}, description="what a typed task's executor is told")
    schedule: Trigger | TaskSchedule | None = Field(None, description="when it runs by itself")
    schedules: list[Trigger | TaskSchedule] | dict[ScheduleName, Trigger | TaskSchedule] = Field(
        [], max_length=MOST_SCHEDULES, description="several of them; a table gives them names"
    )


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
    "schedule": '"0 2 * * *" or {every = "30m", timezone = "Europe/Berlin"}',
    "schedules": '["0 2 * * *", {name = "hourly", every = "1h"}]',
}  # fmt: skip

RETRY_EXAMPLES = {
    "max": "3", "crash": "1", "backoff": '"2s"', "factor": "3", "cap": '"5m"', "jitter": "0.2",
    "on_timeout": "false", "exit_codes": "[75]", "exceptions": '["ConnectionError"]',
}  # fmt: skip
LIMIT_EXAMPLES = {
    "memory": '"512MB"', "cpu": '"10m"', "open_files": "1024", "output": '"100MB"',
}  # fmt: skip
PARAMETER_EXAMPLES = {
    "type": '"integer"', "required": "true", "default": "5", "description": '"How many pages"',
    "choices": '["fast", "thorough"]', "min": "1", "max": "100",
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
