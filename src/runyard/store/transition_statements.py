"""The UPDATE of each transition: over a batch of rows, guarded by the states it may leave."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Double,
    Integer,
    Subquery,
    Text,
    Update,
    and_,
    bindparam,
    case,
    func,
    update,
)

from runyard.domain.states import FINAL, AttemptStatus, RunStatus, sources
from runyard.store import dialect as dialects
from runyard.store.schema import attempts, runs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runyard.store.dialect import Dialect

_WAITING = frozenset({RunStatus.SCHEDULED, RunStatus.QUEUED, RunStatus.RETRYING})

_OUTCOME: dict[str, Any] = {
    "attempt": Integer(),
    "attempt_status": Text(),
    "at": BigInteger(),
    "exit_code": Integer(),
    "signal": Integer(),
    "error": Text(),
    "cpu_s": Double(),
    "peak_memory_bytes": BigInteger(),
    "log_end": BigInteger(),
    "has_result": Integer(),
    "result": Text(),
    "pid": Integer(),
    "started_at": BigInteger(),
}


def _source(dialect: Dialect, **columns: Any) -> Subquery:
    return dialects.batch(dialect, seq=BigInteger(), run_id=Text(), **columns)


def _guarded(
    dialect: Dialect, target: Iterable[RunStatus], news: Subquery, *conditions: Any
) -> Update:
    """An UPDATE of the batch's runs that are in one of the states `target`."""
    allowed = sorted(one.value for one in target)
    status = dialects.guard(dialect, runs.c.status)  # the way in is the id
    return (
        update(runs)
        .where(runs.c.id == news.c.run_id, status.in_(allowed), *conditions)
        .returning(*runs.c)
    )


@cache
def claim(dialect: Dialect) -> Update:
    news = _source(dialect)
    return _guarded(dialect, sources(RunStatus.RUNNING), news).values(
        seq=news.c.seq,
        status=RunStatus.RUNNING.value,
        attempt=runs.c.attempt + 1,
        started_at=func.coalesce(runs.c.started_at, bindparam("at", type_=BigInteger)),
        progress=None,
        message=None,
        detail=None,
        result=None,
        error=None,
    )


@cache
def mark_started(dialect: Dialect) -> Update:
    news = dialects.batch(dialect, run_id=Text(), number=Integer(), pid=Integer(), at=BigInteger())
    return (
        update(attempts)
        .where(
            attempts.c.run_id == news.c.run_id,
            attempts.c.number == news.c.number,
            attempts.c.status == "running",
        )
        .values(pid=news.c.pid, started_at=news.c.at)
    )


@cache
def progress(dialect: Dialect) -> Update:
    news = _source(dialect, attempt=Integer(), progress=Double(), message=Text(), detail=Text())
    running = _guarded(dialect, {RunStatus.RUNNING}, news, runs.c.attempt == news.c.attempt)
    return running.values(
        seq=news.c.seq,
        progress=func.coalesce(news.c.progress, runs.c.progress),
        message=func.coalesce(news.c.message, runs.c.message),
        detail=func.coalesce(news.c.detail, runs.c.detail),
    )


@cache
def finish(dialect: Dialect) -> Update:
    news = _source(dialect, **_OUTCOME, status=Text(), finished_at=BigInteger())
    target = frozenset[RunStatus]().union(*(sources(status) for status in FINAL))
    target &= sources(RunStatus.SUCCEEDED)  # an attempt ends only where one runs
    failed = news.c.attempt_status.in_([AttemptStatus.FAILED.value, AttemptStatus.TIMED_OUT.value])
    crashed = news.c.attempt_status == AttemptStatus.CRASHED.value
    return _guarded(dialect, target, news, runs.c.attempt == news.c.attempt).values(
        seq=news.c.seq,
        status=news.c.status,
        finished_at=news.c.finished_at,
        failures=runs.c.failures + case((failed, 1), else_=0),
        crashes=runs.c.crashes + case((crashed, 1), else_=0),
        progress=case((news.c.status == RunStatus.SUCCEEDED.value, 100.0), else_=runs.c.progress),
        result=case((news.c.has_result == 1, news.c.result), else_=runs.c.result),
        error=news.c.error,
    )


@cache
def retry(dialect: Dialect) -> Update:
    news = _source(dialect, **_OUTCOME, not_before=BigInteger(), crash=Integer())
    return _guarded(
        dialect, sources(RunStatus.RETRYING), news, runs.c.attempt == news.c.attempt
    ).values(
        seq=news.c.seq,
        status=RunStatus.RETRYING.value,
        not_before=news.c.not_before,
        failures=runs.c.failures + (1 - news.c.crash),
        crashes=runs.c.crashes + news.c.crash,
        error=news.c.error,
    )


@cache
def close_attempts(dialect: Dialect) -> Update:
    news = _source(dialect, **_OUTCOME)
    return (
        update(attempts)
        .where(
            and_(
                attempts.c.run_id == news.c.run_id,
                attempts.c.number == news.c.attempt,
                attempts.c.status == AttemptStatus.RUNNING.value,
            )
        )
        .values(
            status=news.c.attempt_status,
            finished_at=news.c.at,
            exit_code=news.c.exit_code,
            signal=news.c.signal,
            error=news.c.error,
            cpu_s=news.c.cpu_s,
            peak_memory_bytes=news.c.peak_memory_bytes,
            log_end=news.c.log_end,
            pid=func.coalesce(news.c.pid, attempts.c.pid),
            started_at=func.coalesce(news.c.started_at, attempts.c.started_at),
        )
    )


@cache
def requeue(dialect: Dialect) -> Update:
    news = _source(dialect)
    return _guarded(dialect, sources(RunStatus.QUEUED), news).values(
        seq=news.c.seq, status=RunStatus.QUEUED.value
    )


@cache
def cancel_waiting(dialect: Dialect) -> Update:
    news = _source(dialect)
    at = bindparam("at", type_=BigInteger)
    waiting = sources(RunStatus.CANCELLED) & _WAITING
    return _guarded(dialect, waiting, news).values(
        seq=news.c.seq,
        status=RunStatus.CANCELLED.value,
        finished_at=at,
        cancel_requested_at=func.coalesce(runs.c.cancel_requested_at, at),
        cancel_requested_by=func.coalesce(runs.c.cancel_requested_by, bindparam("by", type_=Text)),
        cancel_reason=func.coalesce(runs.c.cancel_reason, bindparam("reason", type_=Text)),
        error=bindparam("error", type_=Text),
    )


@cache
def request_cancel(dialect: Dialect) -> Update:
    news = _source(dialect)
    return _guarded(
        dialect, {RunStatus.RUNNING}, news, runs.c.cancel_requested_at.is_(None)
    ).values(
        seq=news.c.seq,
        cancel_requested_at=bindparam("at", type_=BigInteger),
        cancel_requested_by=bindparam("by", type_=Text),
        cancel_reason=bindparam("reason", type_=Text),
    )
