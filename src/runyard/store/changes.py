"""The change feed, read back: what changed after a number, across all tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, select

from runyard.store.queues import queue_of
from runyard.store.rows import runs_of
from runyard.store.schedule_rows import schedules_of
from runyard.store.schema import feed, queues, runs, schedules, tasks
from runyard.store.tasks import tasks_of
from runyard.store.tx import Change, Kind, Tx

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

__all__ = ["Change", "newest", "since"]

KINDS: tuple[Kind, ...] = ("run", "task", "queue", "schedule")


def since(tx: Tx, seq: int, *, limit: int = 1000, kinds: Collection[Kind] = KINDS) -> list[Change]:
    """What changed after `seq`, in order, at most `limit`; each thing once, as it is now.

    Call again with the last `seq` until the answer is empty. A deleted task or schedule
    is one with `deleted_at`.
    """
    found: list[Change] = []
    for kind in dict.fromkeys(kinds):
        table, decode = _SOURCES[kind]
        query = select(table).where(table.c.seq > seq).order_by(table.c.seq).limit(limit)
        things = decode(tx, tx.execute(query))
        found += [Change(seq=thing.seq, kind=kind, object=thing) for thing in things]
    return sorted(found, key=lambda change: change.seq)[:limit]


def newest(tx: Tx) -> int:
    """The number of the newest change; 0 when nothing has ever changed."""
    return int(tx.execute(select(feed.c.seq).where(feed.c.id == 1)).scalar_one())


def _queues_of(_tx: Tx, rows: Iterable[Any]) -> list[Any]:
    return [queue_of(row) for row in rows]


def _schedules_of(_tx: Tx, rows: Iterable[Any]) -> list[Any]:
    return schedules_of(rows)


_SOURCES: dict[Kind, tuple[Table, Callable[[Tx, Any], list[Any]]]] = {
    "run": (runs, runs_of),
    "task": (tasks, tasks_of),
    "queue": (queues, _queues_of),
    "schedule": (schedules, _schedules_of),
}
