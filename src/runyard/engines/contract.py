"""The engine contract: start, events, acknowledge, stop, recover, capacity.

An engine never decides about retries, schedules or admission and never re-runs anything by itself.
Everything it reports is an `EngineEvent` with a cursor; the tracker acknowledges a cursor after
the facts are committed, and the engine keeps each event until then.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, NewType, Protocol

from runyard.domain.tasks import Isolation, Limits

AttemptKey = NewType("AttemptKey", str)
"""`<run_id>.<number>`: the identity by which `start` is idempotent."""


def attempt_key(run_id: str, number: int) -> AttemptKey:
    return AttemptKey(f"{run_id}.{number}")


def split_key(key: str) -> tuple[str, int]:
    run_id, _, number = key.rpartition(".")
    return run_id, int(number)


class LaunchKind(StrEnum):
    SCRIPT = "script"  # a Python file as `__main__`
    FUNCTION = "function"  # `module:qualname` called with parameters
    COMMAND = "command"  # an argument vector, exec'd
    EXTERNAL = "external"  # no process: work done elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """All an engine needs to start one attempt; plain data, can be sent to another machine."""

    key: AttemptKey
    kind: LaunchKind
    task_id: str
    log_path: Path  # appended to; `<log_path>.idx` beside it
    cwd: Path
    env: dict[str, str] = field(default_factory=dict)  # on top of the engine's clean base
    argv: tuple[str, ...] = ()  # script arguments, or the command
    path: Path | None = None  # script: what `__file__` and tracebacks show
    code_path: Path | None = None  # script: the frozen content to execute
    target: str | None = None  # function: "module:qualname"
    params: dict[str, Any] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)  # what `runyard.context()` answers
    isolation: Isolation = Isolation.FORK
    preload: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    requires_python: str | None = None
    limits: Limits = field(default_factory=Limits)
    timeout: timedelta | None = None
    grace: timedelta = timedelta(seconds=5)
    heartbeat: timedelta | None = None


class StopReason(StrEnum):
    CANCELLED = "cancelled"
    REPLACED = "replaced"
    SHUTDOWN = "shutdown"


class EventKind(StrEnum):
    STARTED = "started"  # pid
    PROGRESS = "progress"  # progress, message, detail
    RESULT = "result"  # result
    ERROR = "error"  # error: the exception that ended a script or function
    MESSAGE = "message"  # a structured log record
    EXITED = "exited"  # exit_code or signal, reason, cpu_s, peak_memory_bytes, log_end
    LOST = "lost"  # the engine no longer knows; reason says why
    REFUSED = "refused"  # could not be started; reason says why


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineEvent:
    """`data` holds the fields named beside each `EventKind`; `cursor` is for `acknowledge`."""

    cursor: int
    key: AttemptKey
    kind: EventKind
    at: datetime
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveAttempt:
    """An attempt that the engine still holds, as `recover` reports it."""

    key: AttemptKey
    pid: int | None
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """`labels` the engine's places can serve; `places` None = only limited by `max_workers`."""

    labels: frozenset[str] = frozenset()
    places: int | None = None


class Engine(Protocol):
    name: str

    @property
    def incarnation(self) -> str:
        """Names what holds the attempts. While it stays the same, no start was ever forgotten."""

    def accounts_for(self, incarnation: str) -> bool:
        """Whether an attempt that was claimed under that name, and that `recover` does not name,
        can't have been started: it is the present one, or one that this one took over from."""

    async def open(self) -> None:
        """Connect, starting what is needed; returns when `start` would work."""

    async def close(self, *, end_runs: bool) -> None:
        """Let go. `end_runs` False leaves running attempts to go on without us."""

    async def recover(self) -> Sequence[LiveAttempt]:
        """The attempts still held. Called once after `open`, before the first event is read."""

    async def start(self, launches: Sequence[Launch]) -> None:
        """Start attempts; a key that is known already is ignored. What can't start is REFUSED."""

    async def stop(self, key: AttemptKey, *, reason: StopReason, grace: timedelta) -> None:
        """End the whole process tree; EXITED follows when it is dead. Unknown keys are ignored."""

    def events(self) -> AsyncIterator[Sequence[EngineEvent]]:
        """What happened, in order, in the batches in which it arrived. One reader."""

    async def acknowledge(self, cursor: int) -> None:
        """All events up to and including `cursor` are durable; forget them."""

    def capacity(self) -> Capacity: ...
