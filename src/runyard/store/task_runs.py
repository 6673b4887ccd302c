"""The newest runs of tasks, as lists of tasks and statistics show them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, assert_never

from sqlalchemy import Integer, Text, bindparam, func, select, true

from runyard.domain.run_statistics import TaskRun
from runyard.domain.states import RunStatus
from runyard.store import dialect as dialects
from runyard.store.dialect import Dialect
from runyard.store.encoding import from_us, from_us_or_none
from runyard.store.schema import runs, schedules

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from runyard.store.tx import Tx

LOOKED_AT = 1_000  # of a task, for its newest end
_STATUS = {status.value: status for status in RunStatus}
_MOST = bindparam("most", type_=Integer)
_BRIEF = (runs.c.id, runs.c.status, runs.c.submitted_at, runs.c.started_at, runs.c.finished_at)
_NEWEST = (
    select(runs.c.task_id, *_BRIEF)
    .where(runs.c.task_id == bindparam("task_id", type_=Text()))
    .order_by(runs.c.id.desc())
    .limit(_MOST)
)
_OF_THE_TASK = select(*_BRIEF).where(runs.c.task_id == bindparam("task_id", type_=Text())).limit(1)
_RUN_ID = bindparam("run_id", type_=Text())
_PREVIOUS = _OF_THE_TASK.where(runs.c.id < _RUN_ID).order_by(runs.c.id.desc())
_NEXT = _OF_THE_TASK.where(runs.c.id > _RUN_ID).order_by(runs.c.id)


class RunBrief(NamedTuple):
    id: str
    status: RunStatus
    submitted_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class Neighbours(NamedTuple):
    """The runs of the same task just before and just after one; None where there is none."""

    previous: RunBrief | None
    next: RunBrief | None


def neighbours(tx: Tx, task_id: str, run_id: str) -> Neighbours:
    """The runs of the task around this one, by the order of their ids."""
    previous = tx.hot(_PREVIOUS, task_id=task_id, run_id=run_id)
    following = tx.hot(_NEXT, task_id=task_id, run_id=run_id)
    return Neighbours(
        previous=_brief(*previous[0]) if previous else None,
        next=_brief(*following[0]) if following else None,
    )


def newest(tx: Tx, task_ids: Collection[str], *, most: int) -> dict[str, list[RunBrief]]:
    """The newest runs of each task, newest first; a task without runs is left out."""
    found: dict[str, list[RunBrief]] = {}
    for task_id, *row in sorted(_newest_rows(tx, task_ids, most), reverse=True):
        found.setdefault(task_id, []).append(_brief(*row))
    return found


def last_ends(tx: Tx, task_ids: Collection[str]) -> dict[str, RunStatus]:
    """How the newest run that is over ended, among the newest 1,000 of each task."""
    first = {task_id: some[0].status for task_id, some in newest(tx, task_ids, most=1).items()}
    found = {task_id: status for task_id, status in first.items() if status.is_final}
    for task_id in first.keys() - found.keys():
        rows = tx.hot(_LAST_END, task_id=task_id, most=LOOKED_AT)
        if rows:
            found[task_id] = _STATUS[rows[0][0]]
    return found


def next_fires(tx: Tx) -> dict[str, datetime]:
    """When the first active schedule of each task fires next."""
    query = (
        select(schedules.c.task_id, func.min(schedules.c.next_at))
        .where(
            schedules.c.next_at.is_not(None),
            schedules.c.deleted_at.is_(None),
            schedules.c.paused.is_(False),
        )
        .group_by(schedules.c.task_id)
    )
    return {task_id: from_us(at) for task_id, at in tx.execute(query)}


def of_task(tx: Tx, task_id: str, *, most: int) -> list[TaskRun]:
    """The newest runs of a task, newest first."""
    return [
        TaskRun(
            id_,
            _STATUS[status],
            attempts,
            from_us(submitted),
            from_us_or_none(not_before),
            from_us_or_none(started),
            from_us_or_none(finished),
        )
        for id_, status, attempts, submitted, not_before, started, finished in tx.hot(
            _OF_TASK, task_id=task_id, most=most
        )
    ]


def _brief(
    id_: str, status: str, submitted: int, started: int | None, finished: int | None
) -> RunBrief:
    return RunBrief(
        id_,
        _STATUS[status],
        from_us(submitted),
        from_us_or_none(started),
        from_us_or_none(finished),
    )


def _newest_rows(tx: Tx, task_ids: Collection[str], most: int) -> list[tuple[Any, ...]]:
    match tx.dialect:
        case Dialect.SQLITE:  # has no LATERAL, and no round trips either
            return [row for one in task_ids for row in tx.hot(_NEWEST, task_id=one, most=most)]
        case Dialect.POSTGRESQL:
            rows = [(task_id,) for task_id in task_ids]
            return tx.execute_batch(_newest_of_all(tx.dialect), rows, most=most)
        case _:
            assert_never(tx.dialect)


@cache
def _newest_of_all(dialect: Dialect) -> Any:
    asked = dialects.batch(dialect, task_id=Text())
    of_one = (
        select(*_BRIEF)
        .where(runs.c.task_id == asked.c.task_id)
        .order_by(runs.c.id.desc())
        .limit(_MOST)
        .lateral("newest")
    )
    return select(asked.c.task_id, of_one).select_from(asked.join(of_one, true()))


_seen = (
    select(runs.c.id, runs.c.status, runs.c.finished_at)
    .where(runs.c.task_id == bindparam("task_id", type_=Text()))
    .order_by(runs.c.id.desc())
    .limit(_MOST)
    .subquery("seen")
)
_LAST_END = (
    select(_seen.c.status)
    .where(_seen.c.finished_at.is_not(None))
    .order_by(_seen.c.id.desc())
    .limit(1)
)
_OF_TASK = (
    select(
        runs.c.id,
        runs.c.status,
        runs.c.attempt,
        runs.c.submitted_at,
        runs.c.not_before,
        runs.c.started_at,
        runs.c.finished_at,
    )
    .where(runs.c.task_id == bindparam("task_id", type_=Text()))
    .order_by(runs.c.id.desc())
    .limit(_MOST)
)
