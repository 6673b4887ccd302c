"""Rows of runs and attempts: from dataclasses to tuples in column order, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runyard.domain.runs import Attempt, Run
from runyard.domain.states import AttemptStatus, RunStatus
from runyard.store import specs
from runyard.store.encoding import (
    clean,
    error_from_json,
    error_to_json,
    from_json,
    from_us,
    from_us_or_none,
    to_json,
    to_json_or_none,
    to_us,
    to_us_or_none,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from runyard.store.tx import Tx

RUN_SPEC = 3  # place of runs.spec


def run_row(run: Run, *, digest: str, seq: int) -> tuple[Any, ...]:
    """A row of `runs`, in the order of its columns."""
    return (
        run.id,
        run.task_id,
        run.task_version,
        digest,
        run.executor,
        run.queue,
        run.project,
        run.concurrency_key,
        run.concurrency_limit,
        run.priority,
        to_json_or_none(run.params),
        None if run.argv is None else to_json(run.argv),
        to_json_or_none(run.labels),
        run.status.value,
        run.attempt,
        run.failures,
        run.crashes,
        run.progress,
        clean(run.message),
        None if run.detail is None else to_json(run.detail),
        None if run.result is None else to_json(run.result),
        error_to_json(run.error),
        to_us_or_none(run.not_before),
        to_us(run.submitted_at),
        run.submitted_by,
        to_us_or_none(run.started_at),
        to_us_or_none(run.finished_at),
        to_us_or_none(run.cancel_requested_at),
        run.cancel_requested_by,
        clean(run.cancel_reason),
        run.rerun_of,
        run.idempotency_key,
        to_us_or_none(run.scheduled_for),
        seq,
        run.schedule_id,
        run.draft,
    )


def runs_of(tx: Tx, rows: Iterable[Sequence[Any]]) -> list[Run]:
    """Complete rows of `runs` as dataclasses, in the same order."""
    rows = list(rows)
    frozen = specs.load(tx, {row[RUN_SPEC] for row in rows})
    return [_run(row, frozen[row[RUN_SPEC]]) for row in rows]


def _run(row: Sequence[Any], spec: Any) -> Run:
    (
        id_,
        task_id,
        task_version,
        _digest,
        executor,
        queue,
        project,
        concurrency_key,
        concurrency_limit,
        priority,
        params,
        argv,
        labels,
        status,
        attempt,
        failures,
        crashes,
        progress,
        message,
        detail,
        result,
        error,
        not_before,
        submitted_at,
        submitted_by,
        started_at,
        finished_at,
        cancel_requested_at,
        cancel_requested_by,
        cancel_reason,
        rerun_of,
        idempotency_key,
        scheduled_for,
        seq,
        schedule_id,
        draft,
    ) = row
    values = (
        id_,
        task_id,
        task_version,
        spec,
        executor,
        queue,
        project,
        concurrency_key,
        concurrency_limit,
        priority,
        {} if params is None else from_json(params),
        None if argv is None else tuple(from_json(argv)),
        () if labels is None else tuple(from_json(labels)),
        _STATUS[status],
        attempt,
        failures,
        crashes,
        None if progress is None else float(progress),
        message,
        None if detail is None else from_json(detail),
        None if result is None else from_json(result),
        error_from_json(error),
        from_us_or_none(not_before),
        from_us(submitted_at),
        submitted_by,
        from_us_or_none(started_at),
        from_us_or_none(finished_at),
        from_us_or_none(cancel_requested_at),
        cancel_requested_by,
        cancel_reason,
        rerun_of,
        idempotency_key,
        schedule_id,
        from_us_or_none(scheduled_for),
        draft,
        seq,
    )
    run = object.__new__(Run)
    for fill, value in zip(_FILL, values, strict=True):
        fill(run, value)
    return run


# Filling the slots takes half the time of the constructor, in the hottest place of the store.
_FILL = [getattr(Run, name).__set__ for name in Run.__slots__]
_STATUS = {status.value: status for status in RunStatus}


def attempt_of(row: Any) -> Attempt:
    """A complete row of `attempts` as a dataclass."""
    return Attempt(
        run_id=row.run_id,
        number=row.number,
        status=AttemptStatus(row.status),
        engine=row.engine,
        pid=row.pid,
        started_at=from_us(row.started_at),
        finished_at=from_us_or_none(row.finished_at),
        exit_code=row.exit_code,
        signal=row.signal,
        error=error_from_json(row.error),
        cpu_s=row.cpu_s,
        peak_memory_bytes=row.peak_memory_bytes,
        log_start=row.log_start,
        log_end=row.log_end,
    )
