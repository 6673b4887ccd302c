"""What the runs of a task tell: how they ended, how long they waited and took, day by day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

from runyard.domain.states import FINAL, RunStatus


class TaskRun(NamedTuple):
    id: str
    status: RunStatus
    attempts: int
    submitted_at: datetime
    not_before: datetime | None
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def duration(self) -> timedelta | None:
        """From the start of the first attempt to the end; None for what never ran or is not over.

        Never negative, although clocks are set back.
        """
        if self.started_at is None or self.finished_at is None:
            return None
        return max(self.finished_at - self.started_at, timedelta())

    @property
    def waiting(self) -> timedelta | None:
        """From when it could have started at the earliest to its first start."""
        if self.started_at is None:
            return None
        eligible = self.submitted_at
        # After the start it is the time of a later attempt.
        if self.not_before is not None and eligible < self.not_before <= self.started_at:
            eligible = self.not_before
        return max(self.started_at - eligible, timedelta())


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """None of it is known where nothing was measured."""

    p50: timedelta | None = None
    p95: timedelta | None = None
    mean: timedelta | None = None
    longest: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The runs that ended on a day of the zone asked for."""

    date: date
    counts: Mapping[RunStatus, int]
    median: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStatistics:
    """About the runs that ended in the days from `since` on, today included.

    `success_rate` is 0 to 1; None if no run ended otherwise than by being cancelled.
    """

    since: datetime
    counts: Mapping[RunStatus, int]
    success_rate: float | None
    duration: Spread
    waiting: Spread
    days: tuple[Day, ...]


def statistics(
    runs: Sequence[TaskRun], *, now: datetime, days: int, zone: tzinfo
) -> TaskStatistics:
    """The last `days` days of `zone`, of which today is the last."""
    today = now.astimezone(zone).date()
    dates = [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
    by_date: dict[date, list[TaskRun]] = {one: [] for one in dates}
    counted: list[TaskRun] = []
    for run in runs:
        if run.finished_at is None:
            continue
        on = by_date.get(run.finished_at.astimezone(zone).date())
        if on is not None:
            on.append(run)
            counted.append(run)
    counts = _counts(counted)
    tried = len(counted) - counts[RunStatus.CANCELLED]
    return TaskStatistics(
        since=datetime(dates[0].year, dates[0].month, dates[0].day, tzinfo=zone),
        counts=counts,
        success_rate=counts[RunStatus.SUCCEEDED] / tried if tried else None,
        duration=spread([run.duration for run in counted]),
        waiting=spread([run.waiting for run in counted]),
        days=tuple(
            Day(date=one, counts=_counts(on), median=spread([run.duration for run in on]).p50)
            for one, on in by_date.items()
        ),
    )


def spread(measured: Sequence[timedelta | None]) -> Spread:
    """Percentiles are values that were measured (nearest rank)."""
    known = sorted(one for one in measured if one is not None)
    if not known:
        return Spread()
    return Spread(
        p50=_percentile(known, 50),
        p95=_percentile(known, 95),
        mean=sum(known, timedelta()) / len(known),
        longest=known[-1],
    )


def _percentile(known: Sequence[timedelta], percent: int) -> timedelta:
    return known[-(-percent * len(known) // 100) - 1]


def _counts(runs: Sequence[TaskRun]) -> dict[RunStatus, int]:
    found = Counter(run.status for run in runs)
    return {status: found[status] for status in RunStatus if status in FINAL}
