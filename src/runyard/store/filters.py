"""Which runs a caller wants, and a page of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from runyard.domain.runs import Run
    from runyard.domain.states import RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """All that is given must hold; within one tuple any value does (every one for `labels`).

    `since` <= submitted_at < `until`; `finished_since` <= finished_at < `finished_until`, which
    holds for no run that is not over. `text` is looked for, without (ASCII) case, in the task's id,
    the run's message and its own id.
    """

    statuses: tuple[RunStatus, ...] = ()
    task_ids: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    executors: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    schedule_ids: tuple[str, ...] = ()
    submitted_by: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    finished_since: datetime | None = None
    finished_until: datetime | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Runs, newest first. `next_cursor` None: there are no more.

    A page can hold fewer runs than asked for and still have a `next_cursor`: a search for text
    or for the time of the end looks at a bounded number of runs at a time.
    """

    items: tuple[Run, ...]
    next_cursor: str | None
