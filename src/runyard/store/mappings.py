"""What a dialect has to remember: JSON values under its own ids, some of them tied to a run.

A row is one thing of one dialect: (`dialect`, `kind`, `key`) names it. `parent` groups rows (by
user, by type, by project) and `run_id` is the run that stands behind it, if one does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, delete, func, select

from runyard.store import dialect as dialects
from runyard.store.encoding import from_json, from_us, to_json, to_us
from runyard.store.schema import mappings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from runyard.store.tx import Tx

_NUMBERS = "numbers"
_MOST_KEYS = 500  # in one statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """`value` is anything JSON can hold as an object; it is replaced as a whole."""

    dialect: str
    kind: str
    key: str
    parent: str | None = None
    run_id: str | None = None
    value: dict[str, Any] = field(default_factory=dict)
    created_at: datetime


def get(tx: Tx, dialect: str, kind: str, key: str) -> Mapping | None:
    rows = tx.execute(_of(dialect, kind).where(mappings.c.key == key))
    return next(map(mapping_of, rows), None)


def of_run(tx: Tx, dialect: str, kind: str, run_id: str) -> Mapping | None:
    """The newest one that this run stands behind."""
    query = _of(dialect, kind).where(mappings.c.run_id == run_id)
    return next(map(mapping_of, tx.execute(_newest_first(query).limit(1))), None)


def listed(
    tx: Tx,
    dialect: str,
    kind: str,
    *,
    parent: str | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[Mapping]:
    """Newest first; all, or those of one parent."""
    query = _newest_first(_within(_of(dialect, kind), parent))
    if limit is not None:
        query = query.limit(limit).offset(offset)
    return [mapping_of(row) for row in tx.execute(query)]


def count(tx: Tx, dialect: str, kind: str, *, parent: str | None = None) -> int:
    query = _within(_of(dialect, kind), parent).subquery()
    return int(tx.execute(select(func.count()).select_from(query)).scalar_one())


def add(tx: Tx, mapping: Mapping) -> bool:
    """Keep a new one; False, and nothing changed, when the key is taken."""
    statement = dialects.insert_or_ignore(tx.dialect, mappings).returning(mappings.c.key)
    return tx.execute(statement, _row(mapping)).one_or_none() is not None


def put(tx: Tx, mapping: Mapping) -> None:
    """Keep it, replacing what was kept under its key."""
    tx.execute(dialects.upsert(tx.dialect, mappings), _row(mapping))


def remove(tx: Tx, dialect: str, kind: str, keys: Sequence[str]) -> int:
    """How many of them were there."""
    removed = 0
    for start in range(0, len(keys), _MOST_KEYS):
        some = mappings.c.key.in_(keys[start : start + _MOST_KEYS])
        removed += tx.execute(
            delete(mappings).where(mappings.c.dialect == dialect, mappings.c.kind == kind, some)
        ).rowcount
    return removed


def next_number(tx: Tx, dialect: str, kind: str, *, at: datetime) -> int:
    """1, 2, 3 ... for things that have numbers for ids; never the same one twice."""
    tx.numbers(0)  # locks the feed until the commit: two servers count one after the other
    before = get(tx, dialect, _NUMBERS, kind)
    number = 1 if before is None else int(before.value["last"]) + 1
    put(
        tx,
        Mapping(dialect=dialect, kind=_NUMBERS, key=kind, value={"last": number}, created_at=at),
    )
    return number


def _of(dialect: str, kind: str) -> Select[Any]:
    return select(mappings).where(mappings.c.dialect == dialect, mappings.c.kind == kind)


def _within(query: Select[Any], parent: str | None) -> Select[Any]:
    return query if parent is None else query.where(mappings.c.parent == parent)


def _newest_first(query: Select[Any]) -> Select[Any]:
    return query.order_by(mappings.c.created_at.desc(), mappings.c.key.desc())


def _row(mapping: Mapping) -> dict[str, Any]:
    return {
        "dialect": mapping.dialect,
        "kind": mapping.kind,
        "key": mapping.key,
        "parent": mapping.parent,
        "run_id": mapping.run_id,
        "value": to_json(mapping.value),
        "created_at": to_us(mapping.created_at),
    }


def mapping_of(row: Any) -> Mapping:
    return Mapping(
        dialect=row.dialect,
        kind=row.kind,
        key=row.key,
        parent=row.parent,
        run_id=row.run_id,
        value=from_json(row.value),
        created_at=from_us(row.created_at),
    )
