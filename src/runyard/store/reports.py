"""What a running attempt has reported, kept before its end: its result, and the error it saw."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Integer, Text, Update, update

from runyard.domain.states import AttemptStatus, RunStatus
from runyard.store import dialect as dialects
from runyard.store.encoding import error_to_json, to_json
from runyard.store.rows import runs_of
from runyard.store.schema import attempts, runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runyard.domain.runs import Run, RunError
    from runyard.store.dialect import Dialect
    from runyard.store.tx import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that an attempt has reported so far; a later report replaces an earlier one."""

    run_id: str
    attempt: int
    has_result: bool = False
    result: Any = None
    error: RunError | None = None


def record_reports(tx: Tx, reports: Sequence[Report]) -> list[Run]:
    """Keep reports of running attempts; those of attempts that are over are ignored."""
    results = [
        (seq, one.run_id, one.attempt, to_json(one.result))
        for seq, one in zip(tx.numbers(len(reports)), reports, strict=True)
        if one.has_result
    ]
    errors = [(one.run_id, one.attempt, error_to_json(one.error)) for one in reports if one.error]
    if errors:
        tx.execute_batch(_errors(tx.dialect), errors)
    if not results:
        return []
    moved = runs_of(tx, tx.execute_batch(_results(tx.dialect), results))
    moved.sort(key=lambda run: run.seq)
    for run in moved:
        tx.changed("run", run)
    return moved


@cache
def _results(dialect: Dialect) -> Update:
    news = dialects.batch(
        dialect, seq=BigInteger(), run_id=Text(), attempt=Integer(), result=Text()
    )
    return (
        update(runs)
        .where(
            runs.c.id == news.c.run_id,
            runs.c.attempt == news.c.attempt,
            runs.c.status == RunStatus.RUNNING.value,
        )
        .values(seq=news.c.seq, result=news.c.result)
        .returning(*runs.c)
    )


@cache
def _errors(dialect: Dialect) -> Update:
    news = dialects.batch(dialect, run_id=Text(), attempt=Integer(), error=Text())
    return (
        update(attempts)
        .where(
            attempts.c.run_id == news.c.run_id,
            attempts.c.number == news.c.attempt,
            attempts.c.status == AttemptStatus.RUNNING.value,
        )
        .values(error=news.c.error)
    )
