"""What the client answers: frozen views of the server's JSON, each with all of it in `raw`.

Fields that an older server does not send have their default; those that a newer one adds are in
`raw`. Instants are aware datetimes in UTC.
"""

# ruff: noqa: RUF009 (the functions called are names for dataclasses.field)
from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Generic, Self, TypeVar

T = TypeVar("T")

FINAL = frozenset({"succeeded", "failed", "timed_out", "cancelled", "crashed"})
WAITING = frozenset({"scheduled", "queued", "retrying"})
GROUPS = {"waiting": WAITING, "live": WAITING | {"running"}, "final": FINAL}
"""Words for several statuses at once."""


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _words(items: list[str] | None) -> tuple[str, ...]:
    return tuple(items or ())


def instant_field() -> Any:
    return field(default=None, metadata={"read": _instant})


def _tuple() -> Any:
    return field(default=(), metadata={"read": _words})


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    raw: dict[str, Any] = field(repr=False, compare=False, default_factory=dict)

    @classmethod
    def of(cls, raw: dict[str, Any]) -> Self:
        """The view of one JSON object."""
        known: dict[str, Any] = {"raw": raw}
        for one in fields(cls):
            if one.name in raw:
                read = one.metadata.get("read")
                known[one.name] = read(raw[one.name]) if read else raw[one.name]
        return cls(**known)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunError(Record):
    type: str = ""
    message: str = ""
    traceback: str | None = None
    retry: str | None = None


def _error(raw: dict[str, Any] | None) -> RunError | None:
    return RunError.of(raw) if raw else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt(Record):
    number: int
    status: str
    engine: str = ""
    pid: int | None = None
    started_at: datetime | None = instant_field()
    finished_at: datetime | None = instant_field()
    exit_code: int | None = None
    signal: int | None = None
    error: RunError | None = field(default=None, metadata={"read": _error})
    cpu_s: float | None = None
    peak_memory_bytes: int | None = None
    log_start: int = 0
    log_end: int | None = None


def _attempts(raw: list[dict[str, Any]] | None) -> tuple[Attempt, ...]:
    return tuple(Attempt.of(one) for one in raw or ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Run(Record):
    """A run. `attempts` and `waiting_for` are there when a single run was asked for."""

    id: str
    status: str
    task_id: str | None = None
    task_version: int | None = None
    executor: str = ""
    queue: str = ""
    project: str | None = None
    priority: int = 0
    params: dict[str, Any] = field(default_factory=dict)
    argv: list[str] | None = None
    labels: tuple[str, ...] = _tuple()
    attempt: int = 0
    progress: float | None = None
    message: str | None = None
    detail: dict[str, Any] | None = None
    result: Any = None
    error: RunError | None = field(default=None, metadata={"read": _error})
    not_before: datetime | None = instant_field()
    submitted_at: datetime | None = instant_field()
    submitted_by: str = ""
    started_at: datetime | None = instant_field()
    finished_at: datetime | None = instant_field()
    cancel_requested_at: datetime | None = instant_field()
    cancel_reason: str | None = None
    rerun_of: str | None = None
    scheduled_for: datetime | None = instant_field()
    schedule_id: str | None = None
    waiting_for: dict[str, Any] | None = None
    attempts: tuple[Attempt, ...] = field(default=(), metadata={"read": _attempts})
    seq: int = 0

    @property
    def is_final(self) -> bool:
        return self.status in FINAL

    @property
    def succeeded(self) -> bool:
        return self.status == "succeeded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Record):
    id: str
    source: str = ""
    version: int = 0
    paused: bool = False
    spec: dict[str, Any] = field(default_factory=dict)
    problems: list[dict[str, Any]] = field(default_factory=list)
    path: str | None = None
    content: str | None = None
    content_hash: str = ""
    created_at: datetime | None = instant_field()
    updated_at: datetime | None = instant_field()
    seq: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskVersion(Record):
    task_id: str = ""
    version: int
    content: str | None = None
    content_hash: str = ""
    author: str = ""
    message: str = ""
    created_at: datetime | None = instant_field()


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue(Record):
    name: str
    limit: int | None = None
    rate: str | None = None
    paused: bool = False
    running: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Executor(Record):
    name: str
    description: str = ""
    source: str = ""
    config_schema: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class System(Record):
    version: str = ""
    started_at: datetime | None = instant_field()
    uptime_s: float = 0.0
    store: str = ""
    tasks_dir: str = ""
    data_dir: str = ""
    max_workers: int | None = None
    supervisor: dict[str, Any] = field(default_factory=dict)
    runs: dict[str, int] = field(default_factory=dict)
    tasks: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpretation(Record):
    """What a sentence asks for. `understood` says it in words; `sure`: it can be confirmed."""

    intent: str = ""
    language: str = ""
    subject: str = ""
    understood: str = ""
    sure: bool = False
    target: dict[str, Any] | None = None
    trigger: dict[str, Any] | None = None
    candidates: list[dict[str, Any]] = field(default_factory=list)
    done: bool = False
    result: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine(Record):
    """One line of a run's log. `offset` is where it starts in the log, in bytes.

    `stream` is stdout, stderr or platform (what Runyard itself has to say); `partial`: its end is
    not written yet.
    """

    text: str = ""
    stream: str = "stdout"
    at: datetime | None = instant_field()
    offset: int = 0
    partial: bool = False


def _lines(raw: list[dict[str, Any]] | None) -> tuple[LogLine, ...]:
    return tuple(LogLine.of(one) for one in raw or ())


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage(Record):
    """Lines, and where the next ones start. `complete`: the run is over and all of it is read."""

    lines: tuple[LogLine, ...] = field(default=(), metadata={"read": _lines})
    next_offset: int = 0
    size: int = 0
    complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Record):
    """One change: the object as it is after it. `kind` is run, task, queue or schedule."""

    seq: int
    kind: str
    object: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkAnswer(Record):
    """`ids` has one entry for each run asked for (None where it was refused); see `errors`."""

    ids: list[str | None] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """One page of a list. `next_cursor` None: it was the last."""

    items: list[T]
    next_cursor: str | None = None
