"""The runs of schedules as the scheduler sees them: those that live, and those that have ended."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import BigInteger, Integer, Text, bindparam, select

from runyard.domain.states import RunStatus
from runyard.store import dialect as dialects
from runyard.store import settings
from runyard.store.schema import runs

if TYPE_CHECKING:
    from collections.abc import Collection

    from runyard.store.dialect import Dialect
    from runyard.store.tx import Tx

_COUNTED = "schedules.counted"
_STATUS = {status.value: status for status in RunStatus}
_ENDED = (
    select(runs.c.schedule_id, runs.c.id, runs.c.status, runs.c.seq)
    .where(
        runs.c.seq > bindparam("after", type_=BigInteger),
        runs.c.schedule_id.is_not(None),
        runs.c.finished_at.is_not(None),
    )
    .order_by(runs.c.seq)
    .limit(bindparam("most", type_=Integer))
)


class EndedRun(NamedTuple):
    schedule_id: str
    run_id: str
    status: RunStatus
    seq: int


def live(tx: Tx, schedule_ids: Collection[str]) -> dict[str, list[str]]:
    """The runs of each schedule that are not over, oldest first."""
    found: dict[str, list[str]] = defaultdict(list)
    if schedule_ids:
        rows = tx.execute_batch(_live(tx.dialect), [(one,) for one in schedule_ids])
        for schedule_id, run_id in sorted(rows):
            found[schedule_id].append(run_id)
    return found


@cache
def _live(dialect: Dialect) -> Any:
    wanted = dialects.batch(dialect, schedule_id=Text())
    return (
        select(runs.c.schedule_id, runs.c.id)
        .join(wanted, runs.c.schedule_id == wanted.c.schedule_id)
        .where(runs.c.schedule_id.is_not(None), runs.c.finished_at.is_(None))
    )


def ended(tx: Tx, *, most: int) -> list[EndedRun]:
    """The oldest runs of schedules that are over and were not counted, in the order of their end.

    A run that is over never changes again, so its number in the change feed says when it ended
    among all that ended. Call it with the feed locked (`tx.numbers`): then nothing that ends
    earlier can appear later.
    """
    rows = tx.hot(_ENDED, after=counted(tx), most=most)
    return [EndedRun(one[0], one[1], _STATUS[one[2]], one[3]) for one in rows]


def counted(tx: Tx) -> int:
    """Up to this number of the change feed all ends are counted."""
    return int(settings.get(tx, _COUNTED) or 0)


def set_counted(tx: Tx, seq: int) -> None:
    settings.put(tx, _COUNTED, seq)
