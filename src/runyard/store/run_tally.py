"""Counts runs by status without looking at all of them each time.

A run that is over never changes again and is never deleted, so how many had ended at a number of
the change feed stays true for ever: what was counted once is kept, and only the runs that have
ended since are added. Those that are not over are counted anew.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import BigInteger, bindparam, func, select

from runyard.domain.states import FINAL, LIVE, RunStatus
from runyard.store.schema import feed, runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runyard.store.tx import Tx

_MOST_SINCE = 100_000  # changes; to look at more takes longer than to count everything
_STATUS = {status.value: status for status in RunStatus}
_NEWEST = select(feed.c.seq).where(feed.c.id == 1)
_ALL = select(runs.c.status, func.count()).group_by(runs.c.status)
_LIVE = _ALL.where(runs.c.status.in_([status.value for status in sorted(LIVE)]))
_SINCE = (  # limited, so that grouping can't make SQLite prefer the index of the states
    select(runs.c.status, runs.c.finished_at)
    .where(runs.c.seq > bindparam("after", type_=BigInteger))
    .order_by(runs.c.seq)
    .limit(_MOST_SINCE)
    .subquery("since")
)
_ENDED_SINCE = (
    select(_SINCE.c.status, func.count())
    .where(_SINCE.c.finished_at.is_not(None))
    .group_by(_SINCE.c.status)
)


class _Ended(NamedTuple):
    """The runs that were over when the feed had reached `seq`."""

    seq: int
    counts: Mapping[RunStatus, int]


class RunTally:
    """What was counted in one database; may be used from any thread.

    Each count stands for the snapshot of its own transaction, also beside other servers: their
    numbers are committed in order.
    """

    def __init__(self) -> None:
        self._known: _Ended | None = None

    def count(self, tx: Tx) -> dict[RunStatus, int]:
        """The runs in each state. `tx` only reads: what may be rolled back must not be kept."""
        known, now = self._known, int(tx.hot(_NEWEST)[0][0])
        if known is None or not 0 <= now - known.seq <= _MOST_SINCE:
            counts = count_all(tx)
        else:
            total = Counter(known.counts)
            total.update(_read(tx.execute(_LIVE)))
            total.update(_read(tx.hot(_ENDED_SINCE, after=known.seq)))
            counts = {status: total[status] for status in RunStatus}
        # Of two that count at once either may be kept: both are true.
        self._known = _Ended(now, {status: counts[status] for status in FINAL})
        return counts


def count_all(tx: Tx) -> dict[RunStatus, int]:
    """The runs in each state, by looking at an entry for each."""
    return dict.fromkeys(RunStatus, 0) | _read(tx.hot(_ALL))


def _read(rows: Iterable[Any]) -> dict[RunStatus, int]:
    return {_STATUS[status]: count for status, count in rows}
