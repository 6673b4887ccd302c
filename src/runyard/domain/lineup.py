"""The lines that admission keeps: runs in cohorts, in key lines, in queues.

Plain records with their own arithmetic; `domain/admission.py` opens and closes them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from runyard.domain.lines import Line, Member
from runyard.domain.rates import Meter
from runyard.domain.waiting import Waiting

Kind = tuple[str, str | None, int, str | None, frozenset[str]]
"""Queue, key, key limit, task and needed labels: what the runs of a cohort share."""


class Run(Member):
    """`terms` are its own, or those of a run like it: all but the id counts."""

    __slots__ = ("cohort", "in_cohort", "run_id", "terms")

    def __init__(self, run_id: str, terms: Waiting, cohort: Cohort) -> None:
        self.entry = None
        self.run_id = run_id
        self.terms = terms
        self.cohort = cohort
        self.in_cohort = False  # its time has not come, or was not looked at yet

    @property
    def waiting(self) -> Waiting:
        terms = self.terms
        return terms if terms.run_id == self.run_id else replace(terms, run_id=self.run_id)


class Cohort(Line[Run]):
    """Runs of one key line that stand or wait together: same task, same labels."""

    __slots__ = ("kind", "line", "members", "needs", "task_id")

    def __init__(self, kind: Kind, line: KeyLine) -> None:
        super().__init__()
        self.kind = kind
        self.line = line
        self.task_id = kind[3]
        self.needs = kind[4]
        self.members = 0  # those whose time has not come included


class KeyLine(Line[Cohort]):
    """What waits in one queue for one key under one limit; key None: for no key."""

    __slots__ = ("cohorts", "key", "limit", "queue")

    def __init__(self, queue: Queue, key: Key | None, limit: int) -> None:
        super().__init__()
        self.queue = queue
        self.key = key
        self.limit = limit
        self.cohorts = 0

    @property
    def is_open(self) -> bool:
        return self.key is None or not self.limit or len(self.key.live) < self.limit


class Queue(Line[KeyLine]):
    __slots__ = ("limit", "live", "meter", "name", "paused", "slowed", "waiting")

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.limit: int | None = None
        self.paused = False
        self.live: dict[str, None] = {}
        self.waiting = 0
        self.meter: Meter | None = None
        self.slowed = False  # no token before a time that is noted

    @property
    def is_open(self) -> bool:
        under_limit = self.limit is None or len(self.live) < self.limit
        return under_limit and not self.paused and not self.slowed

    def ready_at(self, now: datetime) -> datetime:
        return now if self.meter is None else self.meter.ready_at(now)

    def next_run(self) -> Run:
        """Of a queue that stands in the line of ready queues."""
        line = self.first()
        cohort = None if line is None else line.first()
        run = None if cohort is None else cohort.first()
        assert run is not None, "a ready queue has a run that may start"  # noqa: S101
        return run


class Key:
    __slots__ = ("lines", "live", "name", "waiting")

    def __init__(self, name: str) -> None:
        self.name = name
        self.live: dict[str, None] = {}
        self.waiting: dict[str, None] = {}
        self.lines: dict[KeyLine, None] = {}
