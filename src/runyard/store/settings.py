"""Small facts of the installation: JSON values by key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from runyard.store import dialect, schema
from runyard.store.encoding import from_json, to_json

if TYPE_CHECKING:
    from runyard.store.tx import Tx


def get(tx: Tx, key: str) -> Any:
    """The value, or None when there is none."""
    text = tx.execute(
        select(schema.settings.c.value).where(schema.settings.c.key == key)
    ).scalar_one_or_none()
    return None if text is None else from_json(text)


def put(tx: Tx, key: str, value: Any) -> None:
    """Set a value, replacing an older one. Anything JSON can hold; None reads as "not set"."""
    statement = dialect.upsert(tx.dialect, schema.settings)
    tx.execute(statement, {"key": key, "value": to_json(value)})
