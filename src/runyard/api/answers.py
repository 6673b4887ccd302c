"""The shapes of answers, for the OpenAPI document only: answers are built by `encoding.py`.

A test compares what is sent with these models, so that the document stays true.
"""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from runyard.domain.states import AttemptStatus, RunStatus
from runyard.domain.tasks import Isolation, ParameterType, TaskSource
from runyard.domain.waiting import WaitCode


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", defer_build=True)


class ProblemAnswer(BaseModel):
    """RFC 9457; further members are facts about this problem, by `code`."""

    model_config = ConfigDict(
        title="Problem",
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:runyard:problem:busy",
                    "title": "Conflict",
                    "status": 409,
                    "detail": "task hello runs already",
                    "code": "busy",
                    "run_id": "01hzx3v7k2m4n6p8",
                }
            ]
        },
    )

    type: str
    title: str
    status: int
    detail: str
    code: str = Field(description="stable, for programs")
    hint: str | None = Field(None, description="what to do about it")


class ErrorAnswer(Answer):
    type: str
    message: str
    traceback: str | None
    retry: str | None


class RetryAnswer(Answer):
    retries: int
    crash_retries: int
    backoff_s: float
    factor: float
    cap_s: float
    jitter: float
    on_timeout: bool
    on_exit_codes: list[int]
    on_exceptions: list[str]


class LimitsAnswer(Answer):
    memory_bytes: int | None
    cpu_s: float | None
    open_files: int | None
    output_bytes: int | None


class ParameterAnswer(Answer):
    name: str
    type: ParameterType
    required: bool
    default: Any
    description: str
    choices: list[Any]
    minimum: float | None
    maximum: float | None


class SpecAnswer(Answer):
    """Everything about a task that its author decides."""

    executor: str
    title: str
    description: str
    queue: str | None
    project: str | None
    owner: str | None
    labels: list[str]
    needs: list[str]
    priority: int
    concurrency: int
    timeout_s: float | None
    grace_s: float
    retry: RetryAnswer
    limits: LimitsAnswer
    env: dict[str, str]
    parameters: list[ParameterAnswer]
    extra_parameters: bool
    dependencies: list[str]
    requires_python: str | None
    preload: list[str]
    isolation: Isolation
    config: dict[str, Any]
    heartbeat_s: float | None
    schedules: list[dict[str, Any]] = Field(description="as one would write them, with names")


class RunItem(Answer):
    """A run as it stands in lists and in the stream."""

    id: str
    task_id: str | None
    task_version: int | None
    executor: str
    queue: str
    project: str | None
    concurrency_key: str | None
    concurrency_limit: int
    priority: int
    params: dict[str, Any]
    argv: list[str] | None
    labels: list[str]
    status: RunStatus
    attempt: int
    failures: int
    crashes: int
    progress: float | None
    message: str | None
    detail: dict[str, Any] | None
    result: Any
    error: ErrorAnswer | None
    not_before: datetime | None
    submitted_at: datetime
    submitted_by: str
    started_at: datetime | None
    finished_at: datetime | None
    cancel_requested_at: datetime | None
    cancel_reason: str | None
    rerun_of: str | None
    idempotency_key: str | None
    schedule_id: str | None
    scheduled_for: datetime | None
    draft: bool = Field(description="it executes a text that is no version of a task")
    seq: int


class AttemptAnswer(Answer):
    run_id: str
    number: int
    status: AttemptStatus
    engine: str
    pid: int | None
    started_at: datetime
    finished_at: datetime | None
    exit_code: int | None
    signal: int | None
    error: ErrorAnswer | None
    cpu_s: float | None
    peak_memory_bytes: int | None
    log_start: int
    log_end: int | None


class WaitingForAnswer(Answer):
    code: WaitCode
    message: str
    holders: list[str]
    until: datetime | None


class RunAnswer(RunItem):
    """One run in full."""

    spec: SpecAnswer
    attempts: list[AttemptAnswer]
    waiting_for: WaitingForAnswer | None = Field(description="why it waits, while it waits")
    artifacts: list[Any]


class RunPageAnswer(Answer):
    items: list[RunItem]
    next_cursor: str | None


class BulkErrorAnswer(Answer):
    index: int
    code: str
    message: str


class BulkAnswer(Answer):
    ids: list[str | None] = Field(description="in the order of the request; null where it failed")
    errors: list[BulkErrorAnswer]


class CancelledAnswer(Answer):
    count: int
    ids: list[str]


class TaskProblemAnswer(Answer):
    message: str
    where: str
    line: int | None
    column: int | None


class TaskScheduleAnswer(Answer):
    """A schedule as its task shows it."""

    id: str
    next_at: datetime | None
    paused: bool


class TaskAnswer(Answer):
    id: str
    source: TaskSource
    spec: SpecAnswer
    version: int
    problems: list[TaskProblemAnswer]
    paused: bool
    path: str | None
    content_hash: str
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    seq: int
    schedules: list[TaskScheduleAnswer] = Field(
        description="the first 100; not in the live streams"
    )


class TaskWithContent(TaskAnswer):
    content: str


class RunBriefAnswer(Answer):
    id: str
    status: RunStatus
    submitted_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class TaskItem(TaskAnswer):
    """A task as it stands in lists."""

    recent_runs: list[RunBriefAnswer] = Field(
        description="its newest runs, newest first, as many as `recent` asked for"
    )


class TaskPageAnswer(Answer):
    items: list[TaskItem]
    next_cursor: str | None


class DeletedAnswer(Answer):
    id: str
    cancelled: list[str] = Field(description="ids of the runs that were cancelled with it")


class VersionItem(Answer):
    task_id: str
    version: int
    content_hash: str
    author: str
    message: str
    created_at: datetime


class VersionAnswer(VersionItem):
    content: str
    spec: SpecAnswer


class VersionsAnswer(Answer):
    items: list[VersionItem]


class DiffAnswer(Answer):
    diff: str


class LineAnswer(Answer):
    offset: int
    at: datetime | None
    stream: Literal["platform", "stdout", "stderr"]
    text: str
    partial: bool


class LogAnswer(Answer):
    lines: list[LineAnswer]
    start: int = Field(description="where the page begins; as `before` it gives the one before it")
    next_offset: int
    size: int
    complete: bool = Field(description="the run is over and this reaches the end")


class QueueAnswer(Answer):
    name: str
    limit: int | None
    rate: str | None
    paused: bool
    running: int
    waiting: int


class QueuesAnswer(Answer):
    items: list[QueueAnswer]


class ExecutorAnswer(Answer):
    name: str
    description: str
    config_schema: dict[str, Any] | None
    source: str


class ExecutorsAnswer(Answer):
    items: list[ExecutorAnswer]


class HealthAnswer(Answer):
    success: Literal[True]
    message: str
    status: Literal["ok"]
    version: str


class SystemAnswer(Answer):
    version: str
    started_at: datetime
    uptime_s: float
    store: str
    tasks_dir: str
    data_dir: str
    max_workers: int
    supervisor: dict[str, Any]
    runs: dict[str, int]
    tasks: int
    problems: list[str]
