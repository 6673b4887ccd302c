"""What a task is: a named, versioned definition with its policies. Never something that runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from runyard.domain.rates import Rate
from runyard.domain.schedules.spec import NamedSchedule


class Isolation(StrEnum):
    FORK = "fork"  # a fresh fork of a warm zygote for each run
    COLD = "cold"  # a fresh interpreter for each run
    POOL = "pool"  # a warm worker process that is reused (function tasks)


class TaskSource(StrEnum):
    FILE = "file"  # `<task_id>.py` in the tasks folder
    APP = "app"  # a decorated function in the `--app` module
    API = "api"  # created over the API, lives in the store


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """When and how often an attempt that ended badly is followed by another.

    `retries` counts tries after the first for attempts that failed or timed out, `crash_retries`
    those for attempts that the platform lost. The n-th wait is
    `min(cap, backoff * factor ** (n - 1))`, then spread by +-`jitter` (a share, 0 to 1).
    `on_exit_codes` / `on_exceptions`, when not empty, name the failures worth a retry.
    """

    retries: int = 0
    crash_retries: int = 0
    backoff: timedelta = timedelta(seconds=1)
    factor: float = 2.0
    cap: timedelta = timedelta(minutes=10)
    jitter: float = 0.1
    on_timeout: bool = True
    on_exit_codes: tuple[int, ...] = ()
    on_exceptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one run may use; None = no limit of its own."""

    memory_bytes: int | None = None  # resident memory of the whole process tree
    cpu_s: float | None = None  # CPU seconds of the main process
    open_files: int | None = None
    output_bytes: int | None = None  # kept output; what comes after is dropped and counted


class ParameterType(StrEnum):
    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    ARRAY = "array"
    OBJECT = "object"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    name: str
    type: ParameterType = ParameterType.STRING
    required: bool = False
    default: Any = None
    description: str = ""
    choices: tuple[Any, ...] = ()
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSpec:
    """Everything about a task that its author decides. A run freezes a copy of it."""

    executor: str = "script"  # the task's type
    title: str = ""
    description: str = ""
    queue: str | None = None  # None: the executor's name
    project: str | None = None
    owner: str | None = None
    labels: tuple[str, ...] = ()  # words to find it by
    needs: tuple[str, ...] = ()  # node labels it asks for
    priority: int = 0  # higher first
    concurrency: int = 1  # live runs of this task at once; 0 = any number
    timeout: timedelta | None = None  # None: the server's default
    grace: timedelta = timedelta(seconds=5)  # between SIGTERM and SIGKILL
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    limits: Limits = field(default_factory=Limits)
    env: dict[str, str] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    extra_parameters: bool = True  # parameters that are not declared are passed on, not refused
    dependencies: tuple[str, ...] = ()  # PEP 508
    requires_python: str | None = None
    preload: tuple[str, ...] = ()  # modules that the zygote imports before the fork
    isolation: Isolation = Isolation.FORK
    config: dict[str, Any] = field(default_factory=dict)  # a typed task's configuration
    heartbeat: timedelta | None = None  # external work must report within this
    schedules: tuple[NamedSchedule, ...] = ()  # by name; their names are unique

    @property
    def effective_queue(self) -> str:
        return self.queue or self.executor


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A wrong setting: reported on the task, never hides it. `line` counts from 1 in the file."""

    message: str
    where: str = ""  # the setting, for instance "tool.runyard.timeout"
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    id: str
    source: TaskSource
    spec: TaskSpec
    version: int  # number of the newest version, from 1
    problems: tuple[Problem, ...] = ()
    paused: bool = False
    pause_reason: str | None = None
    path: str | None = None  # of a script, relative to the tasks folder
    content_hash: str = ""  # SHA-256 of the newest version's content; its ETag
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    seq: int = 0  # place of its last change in the change feed


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskVersion:
    """One saved content. `content` is a script's text, or a typed task's settings as JSON text."""

    task_id: str
    version: int
    content: str
    content_hash: str
    spec: TaskSpec
    author: str
    message: str = ""
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A named lane. `limit`, `rate` None = none of its own."""

    name: str
    limit: int | None = None
    rate: Rate | None = None
    paused: bool = False
    seq: int = 0
