"""Schedules: their definitions with versions, their state, and those that are due.

A row that is not deleted and has a `next_due` stands in the index of what is to come; that index
is all that the scheduler looks at. Every change of a row takes a new number of the change feed,
which is what a guarded UPDATE compares: two that decide about one schedule can't both win.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Integer,
    Text,
    bindparam,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy import insert as insert_into

from runyard.domain.schedules.model import Schedule, ScheduleVersion
from runyard.store import dialect as dialects
from runyard.store.encoding import clean, to_us, to_us_or_none
from runyard.store.schedule_rows import schedule_row, schedules_of, spec_text, version_of
from runyard.store.schema import occurrences, schedule_versions, tasks
from runyard.store.schema import schedules as table

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from runyard.domain.tasks import TaskSource
    from runyard.store.dialect import Dialect
    from runyard.store.tx import Tx

_PART = 500
_SPEC = 4  # place of schedules.spec
_DUE = (
    select(table.c.id, table.c.seq)
    .where(table.c.next_due <= bindparam("until", type_=BigInteger))
    .order_by(table.c.next_due, table.c.id)
    .limit(bindparam("most", type_=Integer))
)
_NEXT_DUE = (
    select(table.c.next_due)
    .where(table.c.next_due.is_not(None))
    .order_by(table.c.next_due, table.c.id)
    .limit(1)
)


# Looking


def get(tx: Tx, schedule_id: str) -> Schedule | None:
    """The schedule; None when there is none or it is deleted."""
    found = stored(tx, schedule_id)
    return None if found is None or found.deleted_at is not None else found


def stored(tx: Tx, schedule_id: str) -> Schedule | None:
    """The schedule, also a deleted one."""
    found = schedules_of(tx.execute(select(table).where(table.c.id == schedule_id)))
    return found[0] if found else None


def get_many(tx: Tx, schedule_ids: Collection[str]) -> list[Schedule]:
    """Those that exist, deleted ones too, in no particular order."""
    ids = list(schedule_ids)
    found: list[Schedule] = []
    for start in range(0, len(ids), _PART):
        part = ids[start : start + _PART]
        found += schedules_of(tx.execute(select(table).where(table.c.id.in_(part))))
    return found


def of_task(tx: Tx, task_id: str, *, deleted: bool = False) -> list[Schedule]:
    """By id; with `deleted` also those that are."""
    query = select(table).where(table.c.task_id == task_id).order_by(table.c.id)
    if not deleted:
        query = query.where(table.c.deleted_at.is_(None))
    return schedules_of(tx.execute(query))


def listed(
    tx: Tx,
    *,
    task_id: str | None = None,
    text: str | None = None,
    paused: bool | None = None,
    broken: bool | None = None,
    after: str | None = None,
    limit: int | None = None,
) -> list[Schedule]:
    """Schedules that are not deleted, by id, from behind `after`; `text` is looked for in ids."""
    query = select(table).where(table.c.deleted_at.is_(None)).order_by(table.c.id)
    if task_id is not None:
        query = query.where(table.c.task_id == task_id)
    if text:
        query = query.where(table.c.id.icontains(text, autoescape=True))
    if paused is not None:
        query = query.where(table.c.paused == paused)
    if broken is not None:
        has = table.c.problem.is_not(None)
        query = query.where(has if broken else ~has)
    if after is not None:
        query = query.where(table.c.id > after)
    return schedules_of(tx.execute(query.limit(limit)))


def due(tx: Tx, *, until: datetime, limit: int) -> list[tuple[str, int]]:
    """(id, seq) of those to be decided at `until` or before, by their time; at most `limit`.

    Who knows a schedule with this `seq` knows it as it is.
    """
    return [(id_, seq) for id_, seq in tx.hot(_DUE, until=to_us(until), most=limit)]


def next_due(tx: Tx) -> int | None:
    """When the next one is due, in microseconds since 1970; None: never."""
    found = tx.hot(_NEXT_DUE)
    return found[0][0] if found else None


def due_page(
    tx: Tx,
    *,
    after: tuple[datetime, str] | None,
    until: datetime,
    task_id: str | None = None,
    limit: int,
) -> list[Schedule]:
    """Active schedules of active tasks in the order of (`next_due`, id), from behind `after`."""
    inactive = select(tasks.c.id).where(
        tasks.c.id == table.c.task_id, or_(tasks.c.paused, tasks.c.deleted_at.is_not(None))
    )
    query = (
        select(table)
        .where(table.c.next_due <= to_us(until), table.c.paused.is_(False), ~inactive.exists())
        .order_by(table.c.next_due, table.c.id)
        .limit(limit)
    )
    if task_id is not None:
        query = query.where(table.c.task_id == task_id)
    if after is not None:
        at = to_us(after[0])
        later = or_(table.c.next_due > at, table.c.id > after[1])
        query = query.where(table.c.next_due >= at, later)
    return schedules_of(tx.execute(query))


def on_start(tx: Tx) -> list[Schedule]:
    """Those that fire once per start of the server."""
    query = select(table).where(table.c.on_start.is_(True), table.c.deleted_at.is_(None))
    return schedules_of(tx.execute(query.order_by(table.c.id)))


def with_problem(tx: Tx) -> list[Schedule]:
    query = select(table).where(table.c.problem.is_not(None), table.c.deleted_at.is_(None))
    return schedules_of(tx.execute(query.order_by(table.c.id)))


def defined(tx: Tx, sources: Collection[TaskSource]) -> list[tuple[str, str, str]]:
    """(task id, name, spec as text) of those that are not deleted and have one of the sources."""
    query = (
        select(table.c.task_id, table.c.name, table.c.spec)
        .where(table.c.source.in_([source.value for source in sources]))
        .where(table.c.deleted_at.is_(None))
    )
    return [(task_id, name, text) for task_id, name, text in tx.execute(query)]


def using_calendar(tx: Tx, name: str) -> list[Schedule]:
    """Those whose spec names the calendar."""
    like = table.c.spec.contains(f'"calendar":"{name}"', autoescape=True)
    query = select(table).where(table.c.deleted_at.is_(None), like).order_by(table.c.id)
    return [one for one in schedules_of(tx.execute(query)) if one.spec.calendar == name]


def versions(tx: Tx, schedule_id: str) -> list[ScheduleVersion]:
    """Newest first; also of a deleted one. [] for an unknown one."""
    query = select(schedule_versions).where(schedule_versions.c.schedule_id == schedule_id)
    rows = tx.execute(query.order_by(schedule_versions.c.version.desc()))
    return [version_of(row) for row in rows]


# Changing


def insert(
    tx: Tx,
    new: Sequence[tuple[Schedule, bool]],
    *,
    author: str,
    message: str = "",
    has_versions: bool = False,
) -> list[Schedule]:
    """Store new schedules, each with whether it fires on start, and their first versions.

    The same objects are the answer, with their `seq` filled in.
    """
    if not new:
        return []
    fresh = [schedule for schedule, _ in new]
    for schedule, seq in zip(fresh, tx.numbers(len(new)), strict=True):
        # They are made by the ten thousand, and a copy costs as much as storing it.
        object.__setattr__(schedule, "seq", seq)
    rows = [schedule_row(schedule, on_start=starts) for schedule, starts in new]
    dialects.insert_rows(tx.connection, tx.dialect, table, rows)
    if not has_versions:
        texts = [row[_SPEC] for row in rows]
        _add_versions(tx, fresh, texts, author=author, message=message)
    for schedule in fresh:
        tx.changed("schedule", schedule)
    return fresh


def put(tx: Tx, schedule: Schedule, *, on_start: bool | None = None) -> Schedule:
    """Overwrite the row of a schedule that is there; None leaves whether it fires on start."""
    fresh = replace(schedule, seq=tx.numbers(1)[0])
    names = [column.name for column in table.columns]
    row = schedule_row(fresh, on_start=bool(on_start))
    values = dict(zip(names, row, strict=True))
    if on_start is None:
        del values["on_start"]
    del values["id"]
    tx.execute(update(table).where(table.c.id == fresh.id).values(**values))
    tx.changed("schedule", fresh)
    return fresh


def add_version(tx: Tx, schedule: Schedule, *, author: str, message: str = "") -> None:
    """Keep the spec of `schedule` under its number of version."""
    texts = [spec_text(schedule.spec)]
    _add_versions(tx, [schedule], texts, author=author, message=message)


def advance(tx: Tx, changed: Sequence[tuple[Schedule, Schedule]]) -> dict[str, Schedule]:
    """Write the states (before, after) of schedules; the definition stays.

    The objects after are the answer, with their `seq` filled in. A row that is no longer as it was
    before is left alone, and missing in the answer.
    """
    if not changed:
        return {}
    fresh = {after.id: after for _, after in changed}
    for after, seq in zip(fresh.values(), tx.numbers(len(changed)), strict=True):
        # A thousand are due in one second, and a copy costs as much as deciding.
        object.__setattr__(after, "seq", seq)
    rows = [
        (
            after.id,
            before.seq,
            fresh[after.id].seq,
            to_us(after.cursor),
            to_us_or_none(after.next_at),
            to_us_or_none(after.next_due),
            after.fires,
            after.failures,
            after.skip_next,
            after.paused,
            clean(after.pause_reason),
            to_us_or_none(after.paused_at),
            clean(after.problem),
        )
        for before, after in changed
    ]
    moved = {
        schedule_id: fresh[schedule_id]
        for (schedule_id,) in tx.execute_batch(_advance(tx.dialect), rows)
    }
    for schedule in sorted(moved.values(), key=lambda one: one.seq):
        tx.changed("schedule", schedule)
    return moved


@cache
def _advance(dialect: Dialect) -> Any:
    news = dialects.batch(
        dialect,
        id=Text(),
        old_seq=BigInteger(),
        seq=BigInteger(),
        cursor=BigInteger(),
        next_at=BigInteger(),
        next_due=BigInteger(),
        fires=Integer(),
        failures=Integer(),
        skip_next=Integer(),
        paused=Boolean(),
        pause_reason=Text(),
        paused_at=BigInteger(),
        problem=Text(),
    )
    names = [column.name for column in news.c if column.name not in {"id", "old_seq"}]
    return (
        update(table)
        .where(table.c.id == news.c.id, table.c.seq == news.c.old_seq)
        .values({name: news.c[name] for name in names})
        .returning(table.c.id)
    )


def follow_task(tx: Tx, task_id: str, new_id: str, *, at: datetime) -> None:
    """The task has another id, and so have its schedules; the old ones are deleted.

    State goes with them: pause, cursor, failures, and fires that wait. Ledger and runs keep the
    old name. A schedule that the new name had before begins a new life as this one.
    """
    for old in of_task(tx, task_id):
        gone = replace(old, deleted_at=at, updated_at=at, next_at=None, next_due=None)
        starts = tx.execute(select(table.c.on_start).where(table.c.id == old.id)).scalar_one()
        put(tx, gone, on_start=False)
        moved = replace(old, id=f"{new_id}:{old.name}", task_id=new_id, updated_at=at)
        former = stored(tx, moved.id)
        if former is None:
            _copy_versions(tx, old.id, moved.id)
            insert(tx, [(moved, starts)], author="", message="", has_versions=True)
        else:
            moved = replace(
                moved,
                version=former.version + 1,
                cursor=max(former.cursor, moved.cursor),
                created_at=former.created_at,
            )
            put(tx, moved, on_start=starts)
            add_version(tx, moved, author="", message=f"renamed from {old.id}")
        waits = (occurrences.c.schedule_id == old.id, occurrences.c.decision == "buffered")
        tx.execute(update(occurrences).where(*waits).values(schedule_id=moved.id))


def _copy_versions(tx: Tx, schedule_id: str, new_id: str) -> None:
    others = [column for column in schedule_versions.c if column.name != "schedule_id"]
    old = select(literal(new_id), *others).where(schedule_versions.c.schedule_id == schedule_id)
    names = ["schedule_id", *(column.name for column in others)]
    tx.execute(insert_into(schedule_versions).from_select(names, old))


def count(tx: Tx) -> int:
    query = select(func.count()).select_from(table).where(table.c.deleted_at.is_(None))
    return int(tx.execute(query).scalar_one())


def _add_versions(
    tx: Tx, fresh: Sequence[Schedule], texts: Sequence[str], *, author: str, message: str
) -> None:
    rows = [
        (
            schedule.id,
            schedule.version,
            text,
            author,
            clean(message) or "",
            to_us(schedule.updated_at),
        )
        for schedule, text in zip(fresh, texts, strict=True)
    ]
    dialects.insert_rows(tx.connection, tx.dialect, schedule_versions, rows)
