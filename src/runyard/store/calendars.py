"""Named calendars, as the JSON documents of `domain/schedules/calendars.py`.

Each change takes a new number of the change feed, so whoever keeps them knows when to read again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete as delete_rows
from sqlalchemy import select

from runyard.store import dialect, schema, settings
from runyard.store.encoding import from_json, from_us, to_json, to_us
from runyard.store.schema import calendars as table

if TYPE_CHECKING:
    from datetime import datetime

    from runyard.store.tx import Tx


_CHANGED = "calendars.changed"
_NEWEST = select(schema.settings.c.value).where(schema.settings.c.key == _CHANGED)


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


def newest(tx: Tx) -> int:
    """The number of the last change of any of them; 0: there was none."""
    found = tx.hot(_NEWEST)
    return int(from_json(found[0][0])) if found else 0


def put(tx: Tx, calendar: StoredCalendar) -> int:
    """Create it, or overwrite the one of that name; answers the number of this change."""
    tx.execute(
        dialect.upsert(tx.dialect, table),
        {
            "name": calendar.name,
            "body": to_json(calendar.body),
            "author": calendar.author,
            "updated_at": to_us(calendar.updated_at),
        },
    )
    return _changed(tx)


def delete(tx: Tx, name: str) -> bool:
    """Whether there was one."""
    is_gone = tx.execute(delete_rows(table).where(table.c.name == name)).rowcount > 0
    if is_gone:
        _changed(tx)
    return is_gone


def _changed(tx: Tx) -> int:
    number = tx.numbers(1)[0]
    settings.put(tx, _CHANGED, number)
    return number


def _of(row: Any) -> StoredCalendar:
    return StoredCalendar(
        name=row.name,
        body=from_json(row.body),
        author=row.author,
        updated_at=from_us(row.updated_at),
    )
