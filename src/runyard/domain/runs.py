"""What a run and an attempt are, and the facts that change them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from runyard.domain.states import AttemptStatus, RunStatus
from runyard.domain.tasks import TaskSpec


class IfBusy(StrEnum):
    """What a submission wants when the concurrency key is held by another live run."""

    QUEUE = "queue"
    REJECT = "reject"
    SKIP = "skip"  # recorded as cancelled, with the reason
    REPLACE = "replace"  # cancel the holders, then run


@dataclass(frozen=True, slots=True, kw_only=True)
class RunError:
    """Why a run or an attempt did not succeed.

    `type` is an exception's class name, or one of the platform's words: `exit_code`, `signal`,
    `timeout`, `cancelled`, `skipped`, `memory_limit`, `cpu_limit`, `environment`, `heartbeat`,
    `supervisor_lost`, `zygote_lost`, `killed`, `not_startable`.
    """

    type: str
    message: str
    traceback: str | None = None  # its tail, at most 16 KiB
    retry: str | None = None  # a sentence: whether another attempt follows, when, and why


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One request to execute a task; definition and parameters are frozen in it."""

    id: str
    task_id: str | None  # None: a one-off run of a type
    task_version: int | None
    spec: TaskSpec
    executor: str
    queue: str
    project: str | None = None
    concurrency_key: str | None  # None: not limited by key
    concurrency_limit: int = 1
    priority: int = 0
    params: dict[str, Any] = field(default_factory=dict)
    argv: tuple[str, ...] | None = None  # plain arguments instead of typed parameters
    labels: tuple[str, ...] = ()
    status: RunStatus
    attempt: int = 0  # number of the newest attempt; 0 before the first
    failures: int = 0  # attempts that failed or timed out so far
    crashes: int = 0  # attempts that the platform lost so far
    progress: float | None = None  # 0 to 100
    message: str | None = None
    detail: dict[str, Any] | None = None
    result: Any = None
    error: RunError | None = None
    not_before: datetime | None = None
    submitted_at: datetime
    submitted_by: str = ""
    started_at: datetime | None = None  # of the first attempt
    finished_at: datetime | None = None
    cancel_requested_at: datetime | None = None
    cancel_requested_by: str | None = None
    cancel_reason: str | None = None
    rerun_of: str | None = None
    idempotency_key: str | None = None
    schedule_id: str | None = None  # the schedule that made it
    scheduled_for: datetime | None = None  # the planned time of the occurrence that made it
    draft: str | None = None  # hash of the content it executes instead of a version of its task
    seq: int = 0  # place of its last change in the change feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    run_id: str
    number: int  # from 1
    status: AttemptStatus
    engine: str = "local"
    pid: int | None = None
    started_at: datetime
    finished_at: datetime | None = None
    exit_code: int | None = None
    signal: int | None = None
    error: RunError | None = None
    cpu_s: float | None = None
    peak_memory_bytes: int | None = None
    log_start: int = 0  # byte offsets into the run's log
    log_end: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an attempt ended, as classified from the engine's facts."""

    status: AttemptStatus
    at: datetime
    exit_code: int | None = None
    signal: int | None = None
    error: RunError | None = None
    cpu_s: float | None = None
    peak_memory_bytes: int | None = None
    log_end: int | None = None
    has_result: bool = False
    result: Any = None
