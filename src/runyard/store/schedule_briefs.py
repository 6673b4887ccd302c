"""What tasks show of their schedules, without reading whole definitions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from runyard.store.encoding import from_us_or_none
from runyard.store.schema import schedules as table

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from runyard.store.tx import Tx

SHOWN = 100  # of one task
_PART = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleBrief:
    id: str
    next_at: datetime | None
    paused: bool


def of_tasks(tx: Tx, task_ids: Collection[str]) -> dict[str, list[ScheduleBrief]]:
    """By task, each by id and the first 100 of them; a task without a schedule is left out."""
    found: dict[str, list[ScheduleBrief]] = {}
    for part in _parts(task_ids):
        place = func.row_number().over(partition_by=table.c.task_id, order_by=table.c.id)
        numbered = (
            select(
                table.c.task_id,
                table.c.id,
                table.c.next_at,
                table.c.paused,
                place.label("place"),
            )
            .where(table.c.task_id.in_(part), table.c.deleted_at.is_(None))
            .subquery()
        )
        query = select(numbered).where(numbered.c.place <= SHOWN).order_by(numbered.c.id)
        for task_id, schedule_id, next_at, paused, _ in tx.execute(query):
            brief = ScheduleBrief(
                id=schedule_id, next_at=from_us_or_none(next_at), paused=bool(paused)
            )
            found.setdefault(task_id, []).append(brief)
    return found


def names(tx: Tx, task_ids: Collection[str]) -> dict[str, set[str]]:
    """The names that schedules of these tasks have, by task."""
    found: dict[str, set[str]] = {task_id: set() for task_id in task_ids}
    for part in _parts(task_ids):
        query = select(table.c.task_id, table.c.name).where(
            table.c.task_id.in_(part), table.c.deleted_at.is_(None)
        )
        for task_id, name in tx.execute(query):
            found[task_id].add(name)
    return found


def _parts(task_ids: Collection[str]) -> list[list[str]]:
    ids = list(task_ids)
    return [ids[start : start + _PART] for start in range(0, len(ids), _PART)]
