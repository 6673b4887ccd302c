"""Counting runs by status, for any filter, with bounded work."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Subquery, func, select

from runyard.domain.states import RunStatus
from runyard.store.filters import RunFilter
from runyard.store.run_search import are_few, by_end, ended, everything, few_ended, fits, newest
from runyard.store.runs import count_by_status
from runyard.store.schema import runs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runyard.store.tx import Tx

LOOKED_AT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCounts:
    """Every status has its number. Not `exact`: there may be more of each."""

    counts: Mapping[RunStatus, int]
    exact: bool

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def counts(tx: Tx, wanted: RunFilter) -> RunCounts:
    """How many runs fit. Where a filter finds more than 10,000, the newest ones are counted; of
    each status, where statuses or tasks are asked for."""
    if replace(wanted, statuses=()) == RunFilter():
        every = count_by_status(tx)
        asked = wanted.statuses or tuple(RunStatus)
        return RunCounts(counts={s: every[s] * (s in asked) for s in RunStatus}, exact=True)
    if by_end(wanted) and few_ended(tx, wanted):
        some = ended(wanted, limit=LOOKED_AT).subquery("ended")
        return _grouped(tx, some, wanted)
    # The runs of a task have an index for each status.
    if (wanted.statuses or wanted.task_ids) and not fits(wanted):
        return _one_by_one(tx, wanted)
    window = newest(tx.dialect, replace(wanted, statuses=()), cursor=None, limit=LOOKED_AT)
    return _grouped(tx, window.subquery("looked_at"), wanted)


def _grouped(tx: Tx, some: Subquery, wanted: RunFilter) -> RunCounts:
    query: Any = (
        select(runs.c.status, func.count())
        .select_from(some.join(runs, runs.c.id == some.c.id))
        .where(*everything(tx.dialect, wanted))
        .group_by(runs.c.status)
    )
    found = dict.fromkeys(RunStatus, 0)
    found.update({RunStatus(status): count for status, count in tx.execute(query)})
    size = tx.execute(select(func.count()).select_from(some)).scalar_one()
    return RunCounts(counts=found, exact=int(size) < LOOKED_AT)


def _one_by_one(tx: Tx, wanted: RunFilter) -> RunCounts:
    found = dict.fromkeys(RunStatus, 0)
    few = are_few(tx, replace(wanted, statuses=wanted.statuses or tuple(RunStatus)))
    for status in set(wanted.statuses or RunStatus):
        of_it = replace(wanted, statuses=(status,))
        walk = newest(tx.dialect, of_it, cursor=None, limit=LOOKED_AT, few=few).subquery()
        found[status] = int(tx.execute(select(func.count()).select_from(walk)).scalar_one())
    return RunCounts(counts=found, exact=max(found.values()) < LOOKED_AT)
