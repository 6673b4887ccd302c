"""What the runs of each project do and did, with bounded work. The project None is all the rest."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

from runyard.domain.states import LIVE, RunStatus
from runyard.store.encoding import from_us
from runyard.store.filters import RunFilter
from runyard.store.run_search import ended
from runyard.store.schema import runs

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from runyard.store.tx import Tx

LOOKED_AT = 50_000
_LATELY = 5_000  # runs among which the newest one without a project is looked for


class Ended(NamedTuple):
    """`counts` by project and status. Not `exact`: only the 50,000 that ended last are counted."""

    counts: dict[str | None, dict[RunStatus, int]]
    exact: bool


def unfinished(tx: Tx) -> dict[str | None, dict[RunStatus, int]]:
    """How many runs of each project are not over, by status."""
    query = (
        select(runs.c.project, runs.c.status, func.count())
        .where(runs.c.status.in_([status.value for status in LIVE]))
        .group_by(runs.c.project, runs.c.status)
    )
    found: dict[str | None, dict[RunStatus, int]] = defaultdict(dict)
    for project, status, count in tx.execute(query):
        found[project][RunStatus(status)] = count
    return found


def ended_since(tx: Tx, since: datetime) -> Ended:
    """How the runs of each project ended."""
    some = ended(RunFilter(finished_since=since), limit=LOOKED_AT).subquery("ended")
    query = (
        select(runs.c.project, runs.c.status, func.count())
        .select_from(some.join(runs, runs.c.id == some.c.id))
        .group_by(runs.c.project, runs.c.status)
    )
    found: dict[str | None, dict[RunStatus, int]] = defaultdict(dict)
    total = 0
    for project, status, count in tx.execute(query):
        found[project][RunStatus(status)] = count
        total += count
    return Ended(counts=found, exact=total < LOOKED_AT)


def last_submitted(tx: Tx, projects: Collection[str | None]) -> dict[str | None, datetime]:
    """When the newest run of each was submitted; without a project, among the newest 5,000."""
    found: dict[str | None, datetime] = {}
    for project in projects:
        if project is None:
            some = select(runs.c.id, runs.c.project, runs.c.submitted_at)
            seen = some.order_by(runs.c.id.desc()).limit(_LATELY).subquery("seen")
            query = select(seen.c.submitted_at).where(seen.c.project.is_(None))
            query = query.order_by(seen.c.id.desc()).limit(1)
        else:
            query = select(runs.c.submitted_at).where(runs.c.project == project)
            query = query.order_by(runs.c.id.desc()).limit(1)
        at = tx.execute(query).scalar()
        if at is not None:
            found[project] = from_us(at)
    return found
