"""Queues that somebody set up, with a limit, a rate or a pause; others exist by being named."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from runyard.domain.rates import format_rate, parse_rate
from runyard.domain.tasks import Queue
from runyard.store import dialect
from runyard.store.schema import queues

if TYPE_CHECKING:
    from runyard.store.tx import Tx


def all(tx: Tx) -> list[Queue]:  # noqa: A001 reads as queues.all
    """Every stored queue, by name."""
    return [queue_of(row) for row in tx.execute(select(queues).order_by(queues.c.name))]


def get(tx: Tx, name: str) -> Queue | None:
    row = tx.execute(select(queues).where(queues.c.name == name)).one_or_none()
    return None if row is None else queue_of(row)


def put(tx: Tx, queue: Queue) -> Queue:
    """Store a queue, replacing what was known of it; answers with its new `seq`."""
    stored = replace(queue, seq=tx.numbers(1)[0])
    tx.execute(
        dialect.upsert(tx.dialect, queues),
        {
            "name": stored.name,
            "run_limit": stored.limit,
            "rate": None if stored.rate is None else format_rate(stored.rate),
            "paused": stored.paused,
            "seq": stored.seq,
        },
    )
    tx.changed("queue", stored)
    return stored


def queue_of(row: Any) -> Queue:
    return Queue(
        name=row.name,
        limit=row.run_limit,
        rate=None if row.rate is None else parse_rate(row.rate),
        paused=row.paused,
        seq=row.seq,
    )
