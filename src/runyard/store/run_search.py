"""Searching runs, newest first: every filter becomes walks along an index, merged by id.

A walk follows one value in one index: a status, or a task, queue, executor or project. That index
is in order of id, so the walk stops after a page's worth of rows; a filter with several values is
the union of its walks. What else is asked is checked on the way. Text, and the time of the end, are
checked on what a longer walk finds.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import (
    Column,
    ColumnElement,
    Select,
    func,
    literal_column,
    or_,
    select,
    union_all,
)

from runyard.domain.errors import Invalid
from runyard.domain.ids import is_run_id, lowest_id
from runyard.domain.states import FINAL, RunStatus
from runyard.store.dialect import Dialect, aside, has_text
from runyard.store.encoding import to_us
from runyard.store.filters import Page, RunFilter
from runyard.store.rows import runs_of
from runyard.store.schema import run_labels, runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runyard.store.tx import Tx

Condition: TypeAlias = "ColumnElement[bool]"

_MOST_WALKS = 48  # beyond, one walk along the ids with the rest as conditions
_FEW = 1_000  # runs that can be looked through for a status
_FEW_OF_TASKS = 20_000  # the same, where their index says it
_NOT_SUCCEEDED = FINAL - {RunStatus.SUCCEEDED}
_WINDOW = 5_000  # runs that one search for text, or for the time of the end, looks at
_FEW_ENDED = 5_000  # runs of a span of time that can be looked through whatever else is asked
_TEXTS = ("task_id", "message", "id")
_UNCHECKED = ("task_id", "message", "finished_at")
_SLACK = timedelta(hours=1)  # between an id's time and `submitted_at`
_FIRST, _LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


def page(tx: Tx, wanted: RunFilter, *, cursor: str | None = None, limit: int = 50) -> Page:
    """The newest `limit` runs that fit, or those after `cursor` (a `next_cursor`).

    Raises Invalid for a cursor that is none.
    """
    if cursor is not None and not is_run_id(cursor):
        raise Invalid("This is not a cursor.", hint="Use `next_cursor` of the page before.")
    ids, next_cursor = _matching(tx, wanted, cursor=cursor, limit=limit)
    if not ids:
        return Page(items=(), next_cursor=next_cursor)
    rows = tx.execute(select(runs).where(runs.c.id.in_(ids)))
    found = sorted(runs_of(tx, rows), key=lambda run: run.id, reverse=True)
    return Page(items=tuple(found), next_cursor=next_cursor)


def ids_matching(tx: Tx, wanted: RunFilter, limit: int) -> list[str]:
    """Ids of the newest `limit` runs that fit, newest first; looks as far as it must."""
    found: list[str] = []
    cursor: str | None = None
    while len(found) < limit:
        ids, cursor = _matching(tx, wanted, cursor=cursor, limit=limit - len(found))
        found += ids
        if cursor is None:
            break
    return found


def _matching(
    tx: Tx, wanted: RunFilter, *, cursor: str | None, limit: int
) -> tuple[list[str], str | None]:
    if by_end(wanted):
        wanted = replace(wanted, statuses=tuple(FINAL.intersection(wanted.statuses or FINAL)))
        if not wanted.statuses:
            return [], None
        if few_ended(tx, wanted):
            return _among_ended(tx, wanted, cursor=cursor, limit=limit)
        if len(wanted.statuses) == len(FINAL):
            wanted = replace(wanted, statuses=())  # one walk, instead of one for each
    if fits(wanted):
        return _matching_in_window(tx, wanted, cursor=cursor, limit=limit)
    ids = list(
        tx.execute(
            newest(tx.dialect, wanted, cursor=cursor, limit=limit + 1, few=are_few(tx, wanted))
        ).scalars()
    )
    return ids[:limit], ids[limit - 1] if len(ids) > limit else None


def _matching_in_window(
    tx: Tx, wanted: RunFilter, *, cursor: str | None, limit: int
) -> tuple[list[str], str | None]:
    walk = newest(tx.dialect, wanted, cursor=cursor, limit=_WINDOW, with_text=True)
    found = walk.subquery("found").c
    conditions = _end_conditions(wanted, found)
    if wanted.text:
        texts = (has_text(tx.dialect, found[name], wanted.text) for name in _TEXTS)
        conditions.append(or_(*texts))
    query = select(found.id).where(*conditions).order_by(found.id.desc()).limit(limit + 1)
    ids = list(tx.execute(query).scalars())
    if len(ids) > limit:
        return ids[:limit], ids[limit - 1]
    window = newest(tx.dialect, wanted, cursor=cursor, limit=_WINDOW).subquery("looked_at")
    size, last = tx.execute(select(func.count(), func.min(window.c.id))).one()
    return ids, last if size == _WINDOW else None


def _among_ended(
    tx: Tx, wanted: RunFilter, *, cursor: str | None, limit: int
) -> tuple[list[str], str | None]:
    some = ended(wanted, limit=_FEW_ENDED).subquery("ended")
    query = (
        select(runs.c.id).join(some, some.c.id == runs.c.id).where(*everything(tx.dialect, wanted))
    )
    if cursor is not None:
        query = query.where(some.c.id < cursor)
    ids = list(tx.execute(query.order_by(some.c.id.desc()).limit(limit + 1)).scalars())
    return ids[:limit], ids[limit - 1] if len(ids) > limit else None


def by_end(wanted: RunFilter) -> bool:
    """Whether the time of the end is asked for."""
    return wanted.finished_since is not None or wanted.finished_until is not None


def few_ended(tx: Tx, wanted: RunFilter) -> bool:
    """Whether all runs that ended in the time asked for can be looked through."""
    some = ended(wanted, limit=_FEW_ENDED + 1).subquery()
    return int(tx.execute(select(func.count()).select_from(some)).scalar_one()) <= _FEW_ENDED


def ended(wanted: RunFilter, *, limit: int, latest_first: bool = True) -> Select[Any]:
    """The query for the ids of the runs that ended in the time asked for, by their end."""
    order = runs.c.finished_at.desc() if latest_first else runs.c.finished_at
    return (
        select(runs.c.id)
        .where(runs.c.finished_at.is_not(None), *_end_conditions(wanted))
        .order_by(order)
        .limit(limit)
    )


def fits(wanted: RunFilter) -> list[Condition]:
    """What no walk checks: the text and the time of the end."""
    conditions = _end_conditions(wanted)
    if wanted.text:
        conditions.append(
            or_(*(runs.c[name].icontains(wanted.text, autoescape=True) for name in _TEXTS))
        )
    return conditions


def everything(dialect: Dialect, wanted: RunFilter) -> list[Condition]:
    """All conditions, for runs that are found in another way than by a walk: none of them may
    choose an index."""
    conditions: list[Condition] = [
        aside(dialect, column).in_(values) for column, values in _columns(wanted) if values
    ]
    conditions += [*_times(wanted), *fits(wanted)]
    if wanted.statuses:
        statuses = [status.value for status in wanted.statuses]
        conditions.append(aside(dialect, runs.c.status).in_(statuses))
    return [*conditions, *(_has_label(label) for label in wanted.labels)]


def _end_conditions(wanted: RunFilter, of: Any = runs.c) -> list[Condition]:
    conditions: list[Condition] = []
    if wanted.finished_since is not None:
        conditions.append(of.finished_at >= to_us(wanted.finished_since))
    if wanted.finished_until is not None:
        conditions.append(of.finished_at < to_us(wanted.finished_until))
    return conditions


def are_few(tx: Tx, wanted: RunFilter) -> bool:
    """Whether there are few runs of the tasks (queues, ...) asked for, whatever their status."""
    column, values = _dimension(wanted)
    if column is None or not wanted.statuses or len(values) > _MOST_WALKS:
        return False
    most = _FEW
    if column is runs.c.task_id:
        if FINAL.issuperset(wanted.statuses):
            return False  # nobody asks: there are indexes for these
        most = _FEW_OF_TASKS
    some = select(runs.c.id).where(column.in_(values)).limit(most + 1).subquery()
    return int(tx.execute(select(func.count()).select_from(some)).scalar_one()) <= most


def newest(
    dialect: Dialect,
    wanted: RunFilter,
    *,
    cursor: str | None,
    limit: int,
    few: bool = False,
    with_text: bool = False,
) -> Select[Any]:
    """The query for the ids of the newest `limit` runs that fit, text aside.

    `few`: there are few runs of the tasks (queues, ...) asked for, whatever their status.
    `with_text`: beside the id stands what no walk checks, which is cheaper than to look up the
    rows again.
    """
    also = [runs.c[name] for name in _UNCHECKED] if with_text else []
    walks = [
        _walk(wanted, conditions, cursor=cursor, limit=limit).add_columns(*also)
        for conditions in _ways(dialect, wanted, few=few)
    ]
    if len(walks) == 1:
        return walks[0]
    merged = union_all(*(select(walk.subquery()) for walk in walks)).subquery("walks")
    columns = [merged.c.id, *(merged.c[column.name] for column in also)]
    return select(*columns).order_by(merged.c.id.desc()).limit(limit)


def _ways(dialect: Dialect, wanted: RunFilter, *, few: bool) -> list[list[Condition]]:
    """The conditions of each walk."""
    column, values = _dimension(wanted)
    statuses = tuple(dict.fromkeys(wanted.statuses))
    if max(1, len(values)) * max(1, len(statuses)) > _MOST_WALKS:
        everything = _conditions(wanted, without=None)
        if statuses:
            everything.append(runs.c.status.in_([status.value for status in statuses]))
        return [everything]
    others = _conditions(wanted, without=column)
    if column is None:
        return [[*others, runs.c.status == one.value] for one in statuses] or [others]
    if not statuses:
        return [[*others, *way] for value in values for way in _having(column, value)]
    return [
        [*others, *way]
        for value, status in product(values, statuses)
        for way in _having_both(dialect, column, value, status=status, few=few)
    ]


def _having(column: Column[Any], value: str) -> list[list[Condition]]:
    if column is runs.c.executor:
        return [
            [runs.c.queue == value, column == runs.c.queue],
            [column == value, column != runs.c.queue],
        ]
    return [[column == value]]


def _having_both(
    dialect: Dialect, column: Column[Any], value: str, *, status: RunStatus, few: bool
) -> list[list[Condition]]:
    """Two indexes would do: walk the one that has less, or, of success, the usual, more."""
    if column is runs.c.task_id and status in _NOT_SUCCEEDED:
        # The words of the partial index; a parameter in them would hide it.
        words = runs.c.status != literal_column(f"'{RunStatus.SUCCEEDED.value}'")
        both = [column == value, runs.c.status == status.value]
        return [[*both, runs.c.finished_at.is_not(None), words]]
    if few or status is RunStatus.SUCCEEDED:
        plain = aside(dialect, runs.c.status) == status.value
        return [[*way, plain] for way in _having(column, value)]
    return [[runs.c.status == status.value, aside(dialect, column) == value]]


def _walk(
    wanted: RunFilter, conditions: list[Condition], *, cursor: str | None, limit: int
) -> Select[Any]:
    query = select(runs.c.id)
    place: ColumnElement[str] = runs.c.id
    if wanted.labels:
        # The rarest label would be best; the first is as good as we know.
        query = select(run_labels.c.run_id.label("id")).join(runs, runs.c.id == run_labels.c.run_id)
        place = run_labels.c.run_id
        conditions = [run_labels.c.label == wanted.labels[0], *conditions]
    if cursor is not None:
        conditions = [*conditions, place < cursor]
    if wanted.since is not None and wanted.since > _FIRST + _SLACK:
        conditions = [*conditions, place >= _id_at(wanted.since - _SLACK)]
    if wanted.until is not None and wanted.until < _LAST - _SLACK:
        conditions = [*conditions, place < _id_at(wanted.until + _SLACK)]
    return query.where(*conditions).order_by(place.desc()).limit(limit)


def _dimension(wanted: RunFilter) -> tuple[Column[Any] | None, Sequence[str]]:
    """The first of schedule, task, queue ... that is asked for."""
    for column, values in _columns(wanted):
        if values and column is not runs.c.submitted_by:
            return column, tuple(dict.fromkeys(values))
    return None, ()


def _conditions(wanted: RunFilter, *, without: Column[Any] | None) -> list[Condition]:
    """What a walk along the column `without`, or along the first label, has to check."""
    conditions: list[Condition] = [
        column.in_(values)
        for column, values in _columns(wanted)
        if values and column is not without
    ]
    return [*conditions, *_times(wanted), *(_has_label(label) for label in wanted.labels[1:])]


def _columns(wanted: RunFilter) -> tuple[tuple[Column[Any], Sequence[str]], ...]:
    return (
        (runs.c.schedule_id, wanted.schedule_ids),
        (runs.c.task_id, wanted.task_ids),
        (runs.c.queue, wanted.queues),
        (runs.c.executor, wanted.executors),
        (runs.c.project, wanted.projects),
        (runs.c.submitted_by, wanted.submitted_by),
    )


def _times(wanted: RunFilter) -> list[Condition]:
    conditions: list[Condition] = []
    if wanted.since is not None:
        conditions.append(runs.c.submitted_at >= to_us(wanted.since))
    if wanted.until is not None:
        conditions.append(runs.c.submitted_at < to_us(wanted.until))
    return conditions


def _has_label(label: str) -> Condition:
    return runs.c.id.in_(select(run_labels.c.run_id).where(run_labels.c.label == label))


def _id_at(at: datetime) -> str:
    return lowest_id(max(0, to_us(at) // 1000))
