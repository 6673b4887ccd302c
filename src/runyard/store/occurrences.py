"""The ledger: one row for every planned fire. The primary key makes a second one impossible."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import BigInteger, Integer, Text, bindparam, func, select, update

from runyard.domain.errors import Invalid
from runyard.domain.schedules.model import Decision, Occurrence, Origin
from runyard.domain.states import RunStatus
from runyard.store import dialect as dialects
from runyard.store.encoding import clean, from_us, from_us_or_none, to_us, to_us_or_none
from runyard.store.schema import occurrences as table
from runyard.store.schema import runs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from runyard.store.dialect import Dialect
    from runyard.store.tx import Tx

BUFFERED_AT_ONCE = 200
"""Waiting rows of one schedule that are loaded for one round of decisions."""

_FIRST, _LAST = -(2**62), 2**62
_NEWEST = (
    select(*table.c, runs.c.status)
    .select_from(table.outerjoin(runs, runs.c.id == table.c.run_id))
    .where(
        table.c.schedule_id == bindparam("schedule_id", type_=Text()),
        table.c.planned_at >= bindparam("start", type_=BigInteger()),
        table.c.planned_at < bindparam("end", type_=BigInteger()),
    )
    .order_by(table.c.planned_at.desc())
    .limit(bindparam("most", type_=Integer()))
)

_DECISIONS = {decision.value: decision for decision in Decision}
_ORIGINS = {origin.value: origin for origin in Origin}


@dataclass(frozen=True, slots=True, kw_only=True)
class OccurrencePage:
    """Occurrences, newest planned time first. `next_cursor` None: there are no more."""

    items: tuple[Occurrence, ...]
    next_cursor: str | None


def insert(tx: Tx, rows: Sequence[Occurrence]) -> None:
    """Store new rows. A planned time that has one already is an error of the database."""
    if rows:
        dialects.insert_rows(tx.connection, tx.dialect, table, [_row(one) for one in rows])


def redecide(tx: Tx, rows: Sequence[Occurrence]) -> None:
    """Rows that are there get another decision: what waited starts, what was missed is made up."""
    if rows:
        values = [
            (
                one.schedule_id,
                to_us(one.planned_at),
                one.origin.value,
                one.decision.value,
                clean(one.rule),
                to_us(one.decided_at),
                one.run_id,
            )
            for one in rows
        ]
        tx.execute_batch(_redecide(tx.dialect), values)


@cache
def _redecide(dialect: Dialect) -> Any:
    news = dialects.batch(
        dialect,
        schedule_id=Text(),
        planned_at=BigInteger(),
        origin=Text(),
        decision=Text(),
        rule=Text(),
        decided_at=BigInteger(),
        run_id=Text(),
    )
    names = ("origin", "decision", "rule", "decided_at", "run_id")
    return (
        update(table)
        .where(table.c.schedule_id == news.c.schedule_id, table.c.planned_at == news.c.planned_at)
        .values({name: news.c[name] for name in names})
    )


def get(tx: Tx, schedule_id: str, planned_at: datetime) -> Occurrence | None:
    query = select(table).where(
        table.c.schedule_id == schedule_id, table.c.planned_at == to_us(planned_at)
    )
    found = _of(tx.execute(query))
    return found[0] if found else None


def between(
    tx: Tx,
    schedule_id: str,
    *,
    start: datetime,
    end: datetime,
    decision: Decision | None = None,
    limit: int | None = None,
) -> list[Occurrence]:
    """Planned in [start, end), oldest first; with `limit` the newest ones of them."""
    query = select(table).where(
        table.c.schedule_id == schedule_id,
        table.c.planned_at >= to_us(start),
        table.c.planned_at < to_us(end),
    )
    if decision is not None:
        query = query.where(table.c.decision == decision.value)
    rows = _of(tx.execute(query.order_by(table.c.planned_at.desc()).limit(limit)))
    return rows[::-1]


def covering(tx: Tx, schedule_id: str, at: datetime) -> Occurrence | None:
    """The last row planned at `at` or before: the one that stands for it, if it goes so far."""
    query = (
        select(table)
        .where(table.c.schedule_id == schedule_id, table.c.planned_at <= to_us(at))
        .order_by(table.c.planned_at.desc())
        .limit(1)
    )
    found = _of(tx.execute(query))
    return found[0] if found else None


def page(
    tx: Tx,
    schedule_id: str,
    *,
    decisions: Collection[Decision] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> OccurrencePage:
    """Planned in [since, until), the newest first. Raises Invalid for a cursor that is none."""
    query = select(table).where(table.c.schedule_id == schedule_id)
    if decisions:
        query = query.where(table.c.decision.in_([one.value for one in decisions]))
    if since is not None:
        query = query.where(func.coalesce(table.c.through, table.c.planned_at) >= to_us(since))
    if until is not None:
        query = query.where(table.c.planned_at < to_us(until))
    if cursor is not None:
        query = query.where(table.c.planned_at < _place(cursor))
    found = _of(tx.execute(query.order_by(table.c.planned_at.desc()).limit(limit + 1)))
    more = str(to_us(found[limit - 1].planned_at)) if len(found) > limit else None
    return OccurrencePage(items=tuple(found[:limit]), next_cursor=more)


class Outcome(NamedTuple):
    occurrence: Occurrence
    status: RunStatus | None  # of its run


def newest_of_each(
    tx: Tx,
    schedule_ids: Collection[str],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int,
) -> list[Outcome]:
    """Of each schedule the newest rows planned in [since, until), with the state of their run."""
    start = _FIRST if since is None else to_us(since)
    end = _LAST if until is None else to_us(until)
    found: list[Outcome] = []
    for schedule_id in schedule_ids:
        rows = tx.hot(_NEWEST, schedule_id=schedule_id, start=start, end=end, most=limit)
        states = [None if row[-1] is None else RunStatus(row[-1]) for row in rows]
        found += map(Outcome, _of(rows), states)
    return found


def buffered(tx: Tx, schedule_ids: Collection[str]) -> dict[str, tuple[list[Occurrence], int]]:
    """Of those with waiting rows: the oldest 200, and how many there are."""
    if not schedule_ids:
        return {}
    counted = tx.execute_batch(_count_buffered(tx.dialect), [(one,) for one in schedule_ids])
    found: dict[str, tuple[list[Occurrence], int]] = {}
    for schedule_id, count in counted:
        query = (
            select(table)
            .where(table.c.schedule_id == schedule_id, table.c.decision == "buffered")
            .order_by(table.c.planned_at)
            .limit(BUFFERED_AT_ONCE)
        )
        found[schedule_id] = (_of(tx.execute(query)), count)
    return found


@cache
def _count_buffered(dialect: Dialect) -> Any:
    wanted = dialects.batch(dialect, schedule_id=Text())
    return (
        select(table.c.schedule_id, func.count())
        .join(wanted, table.c.schedule_id == wanted.c.schedule_id)
        .where(table.c.decision == "buffered")
        .group_by(table.c.schedule_id)
    )


def waiting_schedules(tx: Tx) -> list[str]:
    """Ids of all schedules with rows that wait."""
    query = select(table.c.schedule_id).where(table.c.decision == "buffered").distinct()
    return sorted(tx.execute(query).scalars())


def counts(tx: Tx, schedule_id: str) -> dict[Decision, int]:
    """How many planned fires were decided how; folded rows count as what they stand for."""
    query = (
        select(table.c.decision, func.sum(table.c["count"]))
        .where(table.c.schedule_id == schedule_id)
        .group_by(table.c.decision)
    )
    totals: dict[Decision, int] = defaultdict(int)
    for decision, total in tx.execute(query):
        totals[_DECISIONS[decision]] = int(total)
    return dict(totals)


def _place(cursor: str) -> int:
    try:
        return int(cursor)
    except ValueError:
        raise Invalid(
            "This is not a cursor.", hint="Use `next_cursor` of the page before."
        ) from None


def _row(one: Occurrence) -> tuple[Any, ...]:
    return (
        one.schedule_id,
        to_us(one.planned_at),
        one.planned_local,
        to_us(one.due_at),
        one.origin.value,
        one.decision.value,
        clean(one.rule),
        to_us(one.decided_at),
        one.run_id,
        one.count,
        to_us_or_none(one.through),
    )


def _of(rows: Iterable[Sequence[Any]]) -> list[Occurrence]:
    return [
        Occurrence(
            schedule_id=row[0],
            planned_at=from_us(row[1]),
            planned_local=row[2],
            due_at=from_us(row[3]),
            origin=_ORIGINS[row[4]],
            decision=_DECISIONS[row[5]],
            rule=row[6],
            decided_at=from_us(row[7]),
            run_id=row[8],
            count=row[9],
            through=from_us_or_none(row[10]),
        )
        for row in rows
    ]
