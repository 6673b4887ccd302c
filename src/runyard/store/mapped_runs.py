"""Pages of mappings with the runs that stand behind them: lists that are filtered by state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, func, select

from runyard.store.mappings import Mapping, mapping_of
from runyard.store.runs import get_many
from runyard.store.schema import mappings, runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runyard.domain.runs import Run
    from runyard.domain.states import RunStatus
    from runyard.store.tx import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """`run` None: no run stands behind it, or none that is kept."""

    mapping: Mapping
    run: Run | None


def find(tx: Tx, dialect: str, kind: str, key: str) -> Mapped | None:
    rows = tx.execute(_of(dialect, kind).where(mappings.c.key == key))
    return next(iter(_with_runs(tx, [mapping_of(row) for row in rows])), None)


def page(
    tx: Tx,
    dialect: str,
    kind: str,
    *,
    parent: str | None = None,
    statuses: Sequence[RunStatus] | None = None,
    without_run: bool = True,
    limit: int | None = None,
    offset: int = 0,
) -> tuple[list[Mapped], int]:
    """Newest first, and how many there are in all.

    `statuses` None: any; `without_run` says whether those without a run belong to them.
    """
    query = _of(dialect, kind)
    if parent is not None:
        query = query.where(mappings.c.parent == parent)
    if statuses is not None:
        fits: ColumnElement[bool] = runs.c.status.in_([status.value for status in statuses])
        if without_run:
            fits = fits | mappings.c.run_id.is_(None)
        query = query.outerjoin(runs, runs.c.id == mappings.c.run_id).where(fits)
    counted = select(func.count()).select_from(query.subquery())
    total = int(tx.execute(counted).scalar_one())
    query = query.order_by(mappings.c.created_at.desc(), mappings.c.key.desc())
    if limit is not None:
        query = query.limit(limit).offset(offset)
    found = [mapping_of(row) for row in tx.execute(query)] if total > offset else []
    return _with_runs(tx, found), total


def _of(dialect: str, kind: str) -> Select[Any]:
    return select(mappings).where(mappings.c.dialect == dialect, mappings.c.kind == kind)


def _with_runs(tx: Tx, found: Sequence[Mapping]) -> list[Mapped]:
    ids = [mapping.run_id for mapping in found if mapping.run_id is not None]
    by_id = {run.id: run for run in get_many(tx, ids)}
    return [Mapped(mapping=one, run=by_id.get(one.run_id or "")) for one in found]
