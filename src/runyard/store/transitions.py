"""The guarded transitions of runs: one UPDATE moves a whole batch, from legal states only.

Each function answers with the runs that really moved; a run that is missing from the answer was not
in a state, or not in the attempt, that allows the move, and nothing about it changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import (
    Update,
    func,
    select,
)

from runyard.store import dialect as dialects
from runyard.store import transition_statements as statements
from runyard.store.encoding import clean, error_to_json, to_json, to_us, to_us_or_none
from runyard.store.rows import runs_of
from runyard.store.schema import attempts, runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from runyard.domain.runs import Outcome, Run, RunError
    from runyard.domain.states import RunStatus
    from runyard.store.tx import Tx


Starts: TypeAlias = "Mapping[tuple[str, int], tuple[int | None, datetime]]"
"""Process id and time of the start of attempts, by run and number."""

_NO_STARTS: Starts = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressUpdate:
    """News of a running attempt; None leaves what is there."""

    run_id: str
    attempt: int
    progress: float | None = None
    message: str | None = None
    detail: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """The end of a run with its attempt. `status` is final."""

    run_id: str
    attempt: int
    status: RunStatus
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """The end of an attempt that another one follows, not before `not_before`."""

    run_id: str
    attempt: int
    outcome: Outcome
    not_before: datetime
    counts_as_crash: bool = False


def claim(tx: Tx, run_ids: Sequence[str], *, at: datetime, engine: str = "local") -> list[Run]:
    """queued -> running: the next attempt begins; what the last one reported is wiped.

    The attempt's row is made here, so a claim that is durable can always be accounted for.
    """
    ids = list(dict.fromkeys(run_ids))
    moved = _move(tx, statements.claim(tx.dialect), [(id_,) for id_ in ids], at=to_us(at))
    if moved:
        starts = _log_starts(tx, moved)
        rows = [
            (run.id, run.attempt, "running", engine, None, to_us(at))
            + (None,) * 6
            + (starts.get(run.id, 0), None)
            for run in moved
        ]
        dialects.insert_rows(tx.connection, tx.dialect, attempts, rows)
    return moved


def mark_started(tx: Tx, started: Iterable[tuple[str, int, int | None, datetime]]) -> None:
    """(run_id, attempt, pid, at): the process is there. No change of the run itself."""
    rows = [(run_id, attempt, pid, to_us(at)) for run_id, attempt, pid, at in started]
    if rows:
        tx.execute_batch(statements.mark_started(tx.dialect), rows)


def record_progress(tx: Tx, updates: Iterable[ProgressUpdate]) -> list[Run]:
    """Newest wins, field by field; an update of an attempt that is over is ignored."""
    merged: dict[tuple[str, int], list[Any]] = {}
    for one in updates:
        row = merged.setdefault((one.run_id, one.attempt), [None, None, None])
        if one.progress is not None:
            row[0] = one.progress
        if one.message is not None:
            row[1] = clean(one.message)
        if one.detail is not None:
            row[2] = to_json(one.detail)
    return _move(tx, statements.progress(tx.dialect), [(*key, *row) for key, row in merged.items()])


def finish(tx: Tx, ends: Sequence[Finish], *, starts: Starts = _NO_STARTS) -> list[Run]:
    """running -> a final state, closing the attempt. The first end of an attempt wins.

    `starts` are those of attempts that were not told by `mark_started` before they ended.
    """
    first = {(end.run_id, end.attempt): end for end in reversed(ends)}
    rows = [
        (
            *_outcome_row(end.run_id, end.attempt, end.outcome, starts),
            end.status.value,
            to_us(end.outcome.at),
        )
        for end in reversed(first.values())
    ]
    return _end_attempts(tx, statements.finish(tx.dialect), rows)


def retry(tx: Tx, retries: Sequence[Retry], *, starts: Starts = _NO_STARTS) -> list[Run]:
    """running -> retrying, closing the attempt; `starts` as for `finish`.

    Done also for a run with a recorded cancel: the caller decides what a cancel means.
    """
    first = {(one.run_id, one.attempt): one for one in reversed(retries)}
    rows = [
        (
            *_outcome_row(one.run_id, one.attempt, one.outcome, starts),
            to_us(one.not_before),
            int(one.counts_as_crash),
        )
        for one in reversed(first.values())
    ]
    return _end_attempts(tx, statements.retry(tx.dialect), rows)


def requeue(tx: Tx, run_ids: Sequence[str]) -> list[Run]:
    """scheduled | retrying -> queued."""
    return _move(tx, statements.requeue(tx.dialect), [(id_,) for id_ in dict.fromkeys(run_ids)])


def cancel_waiting(
    tx: Tx,
    run_ids: Sequence[str],
    *,
    at: datetime,
    reason: str,
    by: str = "",
    error: RunError | None = None,
) -> list[Run]:
    """scheduled | queued | retrying -> cancelled. A running one needs `request_cancel`."""
    return _move(
        tx,
        statements.cancel_waiting(tx.dialect),
        [(id_,) for id_ in dict.fromkeys(run_ids)],
        at=to_us(at),
        reason=clean(reason),
        by=by,
        error=error_to_json(error),
    )


def request_cancel(tx: Tx, run_id: str, *, at: datetime, reason: str, by: str = "") -> Run | None:
    """Record on a running run that it shall end. None: it is not running.

    The first request stays; a later one answers with the run as it is.
    """
    moved = _move(
        tx,
        statements.request_cancel(tx.dialect),
        [(run_id,)],
        at=to_us(at),
        reason=clean(reason),
        by=by,
    )
    if moved:
        return moved[0]
    rows = tx.execute(select(runs).where(runs.c.id == run_id, runs.c.status == "running"))
    found = runs_of(tx, rows)
    return found[0] if found else None


def _move(tx: Tx, statement: Update, rows: Sequence[Sequence[Any]], **values: Any) -> list[Run]:
    """Run a batched UPDATE whose first column is `seq`; the moved runs in the batch's order."""
    if not rows:
        return []
    numbered = [(seq, *row) for seq, row in zip(tx.numbers(len(rows)), rows, strict=True)]
    answered = tx.execute_batch(statement, numbered, **values)
    moved = sorted(runs_of(tx, answered), key=lambda run: run.seq)
    for run in moved:
        tx.changed("run", run)
    return moved


def _end_attempts(tx: Tx, statement: Update, rows: Sequence[tuple[Any, ...]]) -> list[Run]:
    moved = _move(tx, statement, rows)
    ended = {run.id for run in moved}
    accepted = [(0, *row) for row in rows if row[0] in ended]
    if accepted:
        tx.execute_batch(statements.close_attempts(tx.dialect), accepted)
    return moved


def _log_starts(tx: Tx, moved: Sequence[Run]) -> dict[str, int]:
    """Where the logs of the attempts before end: there the next ones begin."""
    later = [run.id for run in moved if run.attempt > 1]
    if not later:
        return {}
    rows = tx.execute(
        select(attempts.c.run_id, func.max(attempts.c.log_end))
        .where(attempts.c.run_id.in_(later))
        .group_by(attempts.c.run_id)
    )
    return {run_id: end or 0 for run_id, end in rows}


def _outcome_row(run_id: str, attempt: int, outcome: Outcome, starts: Starts) -> tuple[Any, ...]:
    pid, started_at = starts.get((run_id, attempt), (None, None))
    return (
        run_id,
        attempt,
        outcome.status.value,
        to_us(outcome.at),
        outcome.exit_code,
        outcome.signal,
        error_to_json(outcome.error),
        outcome.cpu_s,
        outcome.peak_memory_bytes,
        outcome.log_end,
        int(outcome.has_result),
        to_json(outcome.result) if outcome.has_result and outcome.result is not None else None,
        pid,
        to_us_or_none(started_at),
    )
