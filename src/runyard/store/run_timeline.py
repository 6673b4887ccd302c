"""The runs that waited or ran at some moment of a span of time.

Those that are not over are found by their status, the others by their end: an index of ends has
every run that was not over yet when the span began. What was live when a span in the past ended,
ended soon after in most cases, so a bounded look after its end finds it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Select, Subquery, func, select

from runyard.domain.states import RunStatus
from runyard.store.encoding import from_us, from_us_or_none
from runyard.store.filters import RunFilter
from runyard.store.run_search import are_few, ended, everything, fits, newest
from runyard.store.schema import runs

if TYPE_CHECKING:
    from datetime import datetime

    from runyard.store.tx import Tx

_LOOKED_AT = 20_000
_WAITING = (RunStatus.RETRYING, RunStatus.QUEUED, RunStatus.SCHEDULED)
_COLUMNS = (
    runs.c.id,
    runs.c.task_id,
    runs.c.executor,
    runs.c.queue,
    runs.c.status,
    runs.c.submitted_at,
    runs.c.started_at,
    runs.c.finished_at,
)
_STATUS = {status.value: status for status in RunStatus}


class RunSpan(NamedTuple):
    """When a run waited and ran."""

    id: str
    task_id: str | None
    executor: str
    queue: str
    status: RunStatus
    submitted_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Newest first. `truncated`: there are, or may be, more."""

    items: tuple[RunSpan, ...]
    truncated: bool


def timeline(
    tx: Tx, wanted: RunFilter, *, since: datetime, until: datetime, limit: int
) -> Timeline:
    """At most `limit` runs that were submitted before `until` and not over before `since`.

    If there are more, those that run are preferred, then those that ended last, then the newest
    that wait. The filter's own times must be open. A search for text looks at `limit` live runs of
    each status only.
    """
    wanted = replace(wanted, until=until)
    found, truncated = _live(tx, wanted, RunStatus.RUNNING, limit=limit)
    over = replace(wanted, finished_since=since, finished_until=until)
    for asked, latest_first in (
        (over, True),
        (replace(over, finished_since=until, finished_until=None), False),
    ):
        some, more = _ended(tx, asked, latest_first=latest_first, limit=limit - len(found))
        found, truncated = found + some, truncated or more
    for status in _WAITING:
        some, more = _live(tx, wanted, status, limit=limit - len(found))
        found, truncated = found + some, truncated or more
    found.sort(key=lambda span: span.id, reverse=True)
    return Timeline(items=tuple(found), truncated=truncated)


def _live(
    tx: Tx, wanted: RunFilter, status: RunStatus, *, limit: int
) -> tuple[list[RunSpan], bool]:
    """At most `limit`, and whether there are more."""
    if wanted.statuses and status not in wanted.statuses:
        return [], False
    of_it = replace(wanted, statuses=(status,))
    few = are_few(tx, of_it)
    walk = newest(tx.dialect, of_it, cursor=None, limit=limit + 1, few=few).subquery("walk")
    found = _read(tx, _spans(walk).where(*fits(of_it)).order_by(walk.c.id.desc()))
    size = int(tx.execute(select(func.count()).select_from(walk)).scalar_one())
    return found[:limit], size > limit


def _ended(
    tx: Tx, wanted: RunFilter, *, latest_first: bool, limit: int
) -> tuple[list[RunSpan], bool]:
    if wanted.statuses and not any(status.is_final for status in wanted.statuses):
        return [], False
    looked_at = max(_LOOKED_AT, limit) if _is_choosy(wanted) or not latest_first else limit + 1
    some = ended(wanted, limit=looked_at, latest_first=latest_first).subquery("ended")
    order = runs.c.finished_at.desc() if latest_first else runs.c.finished_at
    query = _spans(some).where(*everything(tx.dialect, wanted)).order_by(order).limit(limit + 1)
    found = _read(tx, query)
    if len(found) > limit:
        return found[:limit], True
    size = int(tx.execute(select(func.count()).select_from(some)).scalar_one())
    return found, size == looked_at


def _is_choosy(wanted: RunFilter) -> bool:
    return replace(wanted, until=None, finished_since=None, finished_until=None) != RunFilter()


def _spans(some: Subquery) -> Select[Any]:
    return select(*_COLUMNS).select_from(some.join(runs, runs.c.id == some.c.id))


def _read(tx: Tx, query: Select[Any]) -> list[RunSpan]:
    return [
        RunSpan(
            id_,
            task_id,
            executor,
            queue,
            _STATUS[status],
            from_us(submitted),
            from_us_or_none(started),
            from_us_or_none(finished),
        )
        for id_, task_id, executor, queue, status, submitted, started, finished in tx.execute(
            query
        ).all()
    ]
