"""What a face asks of the Service and what it gets back: plain data, no transport."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

from runyard.domain.rates import Rate
from runyard.domain.runs import IfBusy, Run
from runyard.domain.tasks import RetryPolicy, TaskSpec


class Unset(Enum):
    """The type of `UNSET`: not given, which is something else than None (no limit)."""

    UNSET = 0


UNSET: Final = Unset.UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A script's content that is not saved, with what its block says; its file is there."""

    content_hash: str
    spec: TaskSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitRequest:
    """One run that is asked for: of a task (`task_id`) or a one-off of a type (`executor`).

    With `draft` it executes that content; `task_id`, if given, is only the name that it goes by.

    `params` are typed and checked; `argv` replaces them by plain arguments (not both).
    `version` runs an older version of the task. `not_before` and `delay` exclude each other.
    """

    task_id: str | None = None
    executor: str | None = None
    config: dict[str, Any] | None = None
    params: dict[str, Any] = field(default_factory=dict)
    argv: tuple[str, ...] | None = None
    if_busy: IfBusy = IfBusy.QUEUE
    priority: int | None = None
    not_before: datetime | None = None
    delay: timedelta | None = None
    labels: tuple[str, ...] = ()
    timeout: timedelta | None = None
    retry: RetryPolicy | None = None  # instead of the definition's
    version: int | None = None
    queue: str | None = None
    concurrency_key: str | None = None
    rerun_of: str | None = None
    schedule_id: str | None = None
    scheduled_for: datetime | None = None
    idempotency_key: str | None = None
    draft: Draft | None = None


def can_be_bulk(request: SubmitRequest) -> bool:
    """Whether nothing about runs that are asked for so must be decided for each alone."""
    return (
        request.if_busy is IfBusy.QUEUE
        and request.not_before is None
        and request.delay is None
        and request.argv is None
        and request.idempotency_key is None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AlikeRequests:
    """Runs asked for in one call that differ in nothing but their parameters.

    `params` holds those of each, and `places` their places in the call, ascending. The
    parameters of `request` itself do not count; it has no idempotency key.
    """

    request: SubmitRequest
    places: Sequence[int]
    params: Sequence[dict[str, Any]]

    def one_by_one(self) -> Iterator[tuple[int, SubmitRequest]]:
        for place, params in zip(self.places, self.params, strict=True):
            yield place, replace(self.request, params=params)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """The run, and whether this call made it (False: an earlier call with the same key did)."""

    run: Run
    created: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """A queue with what is on it now."""

    name: str
    limit: int | None
    rate: Rate | None = None
    paused: bool
    running: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemView:
    version: str
    started_at: datetime
    store: str  # "sqlite" or "postgresql"
    tasks_dir: str
    data_dir: str
    max_workers: int
    engine: dict[str, Any]  # {"name", "connected", "pid", "live"}
    runs: dict[str, int]  # count by status
    tasks: int
    problems: tuple[str, ...]  # what an operator should know now, as sentences
