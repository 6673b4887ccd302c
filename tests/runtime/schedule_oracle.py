"""An independent account of one schedule: planned times by brute force, decisions from scratch."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from runyard.domain.schedules.model import Decision
from runyard.domain.schedules.spec import CatchUp, Overlap, ScheduleSpec
from runyard.domain.schedules.timeline import jitter_of

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
REPLACING = (Overlap.CANCEL_OTHER, Overlap.TERMINATE_OTHER)


@dataclass
class Oracle:
    """What the ledger of one schedule must hold. `rows` maps planned times to decisions."""

    key: str
    spec: ScheduleSpec
    anchor: datetime
    cursor: datetime
    most_rows: int
    excluded: frozenset[str] = frozenset()  # days of the calendar "closed"
    rows: dict[datetime, Decision] = field(default_factory=dict)
    folded: int = 0  # planned times beyond the first in rows that stand for many
    folds: set[datetime] = field(default_factory=set)
    live: list[datetime] = field(default_factory=list)  # planned times of runs that live
    backfilled: set[datetime] = field(default_factory=set)
    cancelled: list[datetime] = field(default_factory=list)  # asked to end
    fires: int = 0
    failures: int = 0
    skips: int = 0
    paused_at: datetime | None = None
    is_paused: bool = False
    task_is_paused: bool = False
    task_is_broken: bool = False
    last_due: datetime | None = None  # of the first fire after the cursor, once it was noted
    _dues: dict[datetime, datetime] = field(default_factory=dict)

    # Planned times, by looking at every one of them

    def planned(self, until: datetime) -> list[datetime]:
        """All planned times after the cursor, up to `until`."""
        if self.spec.every is not None:
            return self._by_interval(until)
        minute = self.cursor.replace(second=0, microsecond=0) + MINUTE
        found = []
        while minute <= until:
            if self._matches(minute):
                found.append(minute)
            minute += MINUTE
        return found

    def _by_interval(self, until: datetime) -> list[datetime]:
        assert self.spec.every is not None
        found = []
        number = max(0, (self.cursor - self.anchor) // self.spec.every)
        while (at := self.anchor + number * self.spec.every) <= until:
            if at > self.cursor and (number > 0 or self.spec.at_once):
                found.append(at)
            number += 1
        return found

    def _matches(self, minute: datetime) -> bool:
        match self.spec.cron:
            case "*/7 * * * *":
                return minute.minute % 7 == 0
            case "0 * * * *":
                return minute.minute == 0
            case "30 2,14 * * *":
                return minute.minute == 30 and minute.hour in (2, 14)
        raise AssertionError(self.spec.cron)

    def due(self, planned: datetime) -> datetime:
        return planned + jitter_of(self.spec, self.key, planned)

    # What happens

    def ended(self, planned: datetime) -> None:
        self.live.remove(planned)

    def decide(self, now: datetime, ends: list[str] | None = None) -> None:
        """Everything that is due at `now`; `ends` are the runs that ended, in order."""
        for status in ends or []:
            self._count(status, now)
        if self._over():
            self._continue(None)
        found = [] if self._over() else self._due_now(now)
        extra = max(0, len(found) - self.most_rows)
        todo = [(at, tag, False) for at, tag in found[extra:]]
        self._settle(todo, older=[at for at, _ in found[:extra]])
        if self._over():
            self.last_due = None

    def resume(self, now: datetime) -> None:
        """Paused rows since the pause began are made up for."""
        since = self.paused_at
        self.is_paused, self.paused_at, self.failures = False, None, 0
        window = now - self.spec.catch_up_window
        held = [
            (at, "missed", True)
            for at, decision in sorted(self.rows.items())
            if decision is Decision.PAUSED
            and since is not None
            and at >= max(since, window)
            and at not in self.folds
            and self.noted_due(at) >= window
        ]
        self._settle([] if self.spec.catch_up is CatchUp.NONE else held, older=[])

    def noted_due(self, at: datetime) -> datetime:
        return self._dues.get(at, at)

    def edit(self, spec: ScheduleSpec, now: datetime) -> None:
        for at in [] if self._over() else self.planned(now):  # their jitter is not over
            self.rows[at] = Decision.SKIPPED
        if spec.every != self.spec.every:
            self.anchor = now.replace(microsecond=0)
        self.spec = spec
        self.cursor = max(self.cursor, now)
        self.last_due = None

    def _count(self, status: str, now: datetime) -> None:
        if status == "cancelled":
            return
        self.failures = 0 if status == "succeeded" else self.failures + 1
        most = self.spec.pause_after_failures
        if most and self.failures >= most and not self.is_paused:
            self.is_paused, self.paused_at = True, now

    def _due_now(self, now: datetime) -> list[tuple[datetime, str]]:
        """Planned times that are due, each with how it stands; notes when the next one is."""
        step = self.spec.every or timedelta(hours=26)
        found: list[tuple[datetime, str]] = []
        floor: datetime | None = None
        for at in self.planned(now + step):
            due = self.due(at)
            if floor is None and self.last_due is not None:
                due = self.last_due
            floor = due if floor is None else max(floor, due)
            if floor > now:
                self.last_due = floor
                break
            self._dues[at] = floor
            found.append((at, self._standing(at, floor, now)))
        return found

    def _fold(self, older: list[datetime]) -> None:
        is_paused = self.is_paused or self.task_is_paused
        self.rows[older[0]] = Decision.PAUSED if is_paused else Decision.MISSED
        self.folded += len(older) - 1
        self.folds.add(older[0])
        self.cursor = older[-1]

    def _standing(self, at: datetime, due: datetime, now: datetime) -> str:
        if f"{at:%Y-%m-%d}" in self.excluded and self.spec.calendar:
            return "calendar"
        if self.is_paused or self.task_is_paused:
            return "paused"
        late = now - due
        if late <= self.spec.grace:
            return "on time"
        return "missed" if late <= self.spec.catch_up_window else "old"

    def _waiting(self) -> list[datetime]:
        return sorted(at for at, what in self.rows.items() if what is Decision.BUFFERED)

    def _over(self) -> bool:
        most = self.spec.max_fires
        by_plan = [at for at in self._waiting() if at not in self.backfilled]
        return most is not None and self.fires + len(by_plan) >= most

    def _settle(self, todo: list[tuple[datetime, str, bool]], *, older: list[datetime]) -> None:
        todo = self._with_skips(todo)
        on_time = [at for at, tag, _ in todo if tag == "on time"]
        missed = [at for at, tag, _ in todo if tag == "missed"]
        newest = None
        if on_time:
            newest = on_time[-1]
        elif missed and self.spec.catch_up is not CatchUp.NONE:
            newest = missed[-1]
        self._continue(newest)
        if older and not self._over():
            self._fold(older)
        for at, tag, is_held in todo:
            if self._over():
                break
            if not is_held:
                self.cursor = at
            self._one(at, tag, newest)

    def _with_skips(
        self, todo: list[tuple[datetime, str, bool]]
    ) -> list[tuple[datetime, str, bool]]:
        tagged: list[tuple[datetime, str, bool]] = []
        left = self.skips
        for at, tag, is_held in todo:
            if left and not is_held and tag in ("on time", "missed", "old"):
                left -= 1
                tagged.append((at, "skip", is_held))
            else:
                tagged.append((at, tag, is_held))
        return tagged

    def _continue(self, newest: datetime | None) -> None:
        if self.is_paused:
            return
        if newest is not None and self.spec.overlap in REPLACING and not self.task_is_broken:
            return
        for at in self._waiting():
            if self.live and self.spec.overlap is not Overlap.ALLOW_ALL:
                return
            self._start(at)

    def _one(self, at: datetime, tag: str, newest: datetime | None) -> None:
        match tag:
            case "calendar":
                self.rows[at] = Decision.CALENDAR
            case "paused":
                self.rows[at] = Decision.PAUSED
            case "skip":
                self.skips -= 1
                self.rows[at] = Decision.SKIPPED
            case "old":
                self.rows[at] = Decision.MISSED
            case "missed":
                self._catch_up(at, newest)
            case "on time":
                if self.spec.overlap in REPLACING and at != newest:
                    self.rows[at] = Decision.COALESCED
                else:
                    self._overlap(at)

    def _catch_up(self, at: datetime, newest: datetime | None) -> None:
        how = self.spec.catch_up
        if how is CatchUp.NONE:
            self.rows[at] = Decision.MISSED
        elif how is CatchUp.LAST or self.spec.overlap in REPLACING:
            if at == newest:
                self._overlap(at)
            else:
                self.rows[at] = Decision.COALESCED
        elif self._free() or self.task_is_broken:
            self._start(at)
        else:
            self.rows[at] = Decision.BUFFERED

    def _overlap(self, at: datetime) -> None:
        if self._free() or self.task_is_broken:
            self._start(at)
        elif self.spec.overlap is Overlap.SKIP or (
            self.spec.overlap is Overlap.BUFFER_ONE and self._waiting()
        ):
            self.rows[at] = Decision.SKIPPED_OVERLAP
        elif self.spec.overlap in REPLACING:
            for waiting in self._waiting():
                self.rows[waiting] = Decision.COALESCED
            self.cancelled += self.live
            if self.live:
                self.rows[at] = Decision.BUFFERED
            else:
                self._start(at)
        else:
            self.rows[at] = Decision.BUFFERED

    def _free(self) -> bool:
        return self.spec.overlap is Overlap.ALLOW_ALL or not (self.live or self._waiting())

    def _start(self, at: datetime) -> None:
        if self.task_is_broken:
            self.rows[at] = Decision.REFUSED
            return
        self.rows[at] = Decision.FIRED
        self.live.append(at)
        if at not in self.backfilled:
            self.fires += 1
