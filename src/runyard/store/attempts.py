"""Attempts, read; the transitions of their runs write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from runyard.store.rows import attempt_of
from runyard.store.schema import attempts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runyard.domain.runs import Attempt
    from runyard.store.tx import Tx

_PART = 500


def of_run(tx: Tx, run_id: str) -> list[Attempt]:
    """All attempts of a run, the first one first."""
    rows = tx.execute(
        select(attempts).where(attempts.c.run_id == run_id).order_by(attempts.c.number)
    )
    return [attempt_of(row) for row in rows]


def of_runs(tx: Tx, run_ids: Sequence[str]) -> dict[str, list[Attempt]]:
    """The attempts of each of these runs, the first one first; [] for a run without."""
    found: dict[str, list[Attempt]] = {run_id: [] for run_id in run_ids}
    ids = list(found)
    for start in range(0, len(ids), _PART):
        rows = tx.execute(
            select(attempts)
            .where(attempts.c.run_id.in_(ids[start : start + _PART]))
            .order_by(attempts.c.run_id, attempts.c.number)
        )
        for row in rows:
            found[row.run_id].append(attempt_of(row))
    return found
