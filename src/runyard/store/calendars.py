"""Named calendars, as the JSON documents of `domain/schedules/calendars.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete as delete_rows
from sqlalchemy import select

from runyard.store import dialect
from runyard.store.encoding import from_json, from_us, to_json, to_us
from runyard.store.schema import calendars as table

if TYPE_CHECKING:
    from datetime import datetime

    from runyard.store.tx import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCalendar:
    name: str
    body: dict[str, Any]
    author: str
    updated_at: datetime


def all(tx: Tx) -> list[StoredCalendar]:  # noqa: A001 reads as calendars.all
    """Every calendar, by name."""
    return [_of(row) for row in tx.execute(select(table).order_by(table.c.name))]


def get(tx: Tx, name: str) -> StoredCalendar | None:
    row = tx.execute(select(table).where(table.c.name == name)).one_or_none()
    return None if row is None else _of(row)


def put(tx: Tx, calendar: StoredCalendar) -> None:
    """Create it, or overwrite the one of that name."""
    tx.execute(
        dialect.upsert(tx.dialect, table),
        {
            "name": calendar.name,
            "body": to_json(calendar.body),
            "author": calendar.author,
            "updated_at": to_us(calendar.updated_at),
        },
    )


def delete(tx: Tx, name: str) -> bool:
    """Whether there was one."""
    return tx.execute(delete_rows(table).where(table.c.name == name)).rowcount > 0


def _of(row: Any) -> StoredCalendar:
    return StoredCalendar(
        name=row.name,
        body=from_json(row.body),
        author=row.author,
        updated_at=from_us(row.updated_at),
    )
