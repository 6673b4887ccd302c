"""Decides fire after fire: pauses, requests to skip, missed fires, overlap; and says the rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from enum import Enum, auto
from functools import lru_cache
from typing import assert_never

from runyard.domain.copying import changed
from runyard.domain.durations import format_duration
from runyard.domain.schedules.lookahead import Folded, Pending, Planned
from runyard.domain.schedules.model import Decision, Occurrence, Origin, Schedule
from runyard.domain.schedules.spec import CatchUp, Overlap
from runyard.domain.states import RunStatus

_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)
_REPLACES = frozenset({Overlap.CANCEL_OTHER, Overlap.TERMINATE_OTHER})


class _Standing(Enum):
    """How a fire stands before catch-up and overlap are asked."""

    BY_ZONE = auto()  # zone or calendar have decided
    PAUSED = auto()
    TO_SKIP = auto()  # by request
    TOO_OLD = auto()  # missed longer ago than the window
    MISSED = auto()
    ON_TIME = auto()


@dataclass(frozen=True, slots=True)
class _Candidate:
    row: Occurrence  # as it would be written; for a held one, as it stands
    standing: _Standing
    is_held: bool = False


class Desk:
    """One round of decisions about one schedule. Its attributes are the outcome."""

    def __init__(
        self,
        schedule: Schedule,
        *,
        live: Sequence[str],
        waiting: Sequence[Occurrence],
        more_waiting: int,
        task_pause: str | None,
        refusal: str | None,
        zone: tzinfo,
        now: datetime,
    ) -> None:
        self.state = schedule
        self.cursor = schedule.cursor
        self.fires = schedule.fires
        self.rows: dict[datetime, Occurrence] = {}
        self.redecided: dict[datetime, Occurrence] = {}
        self.cancels: list[str] = []
        self.kill = schedule.spec.overlap is Overlap.TERMINATE_OTHER
        self.refusal = refusal
        self._spec = schedule.spec
        self._live = list(live)
        self._busy = bool(live)  # also with a run that this round starts
        self._waiting = list(waiting)
        self._more_waiting = more_waiting
        self._task_pause = task_pause
        self._zone = zone
        self._now = now

    @property
    def is_over(self) -> bool:
        """Whether the runs that were started, or wait to be, are as many as are wanted."""
        most = self._spec.max_fires
        if most is None:
            return False
        waiting = sum(row.origin is Origin.PLANNED for row in self._waiting)
        return self.fires + waiting + self._more_waiting >= most

    def count_end(self, run_id: str, status: RunStatus) -> None:
        """A run is over: enough failures in a row pause the schedule."""
        failures = self.state.failures
        match status:
            case RunStatus.SUCCEEDED:
                failures = 0
            case RunStatus.FAILED | RunStatus.TIMED_OUT | RunStatus.CRASHED:
                failures += 1
            case _:
                return  # cancelled: nobody failed
        self.state = replace(self.state, failures=failures)
        most = self._spec.pause_after_failures
        if most and failures >= most and not self.state.paused:
            what = "1 run" if failures == 1 else f"{failures} runs in a row"
            reason = f"{what} did not succeed, the last one is {run_id}"
            self.state = replace(self.state, paused=True, pause_reason=reason, paused_at=self._now)

    def decide(self, held: Sequence[Occurrence], pending: Pending) -> None:
        candidates = [*self._judge_held(held), *self._judge(pending.due)]
        chosen = self._chosen(candidates)
        self._continue_waiting(makes_room=chosen is not None)
        if pending.older is not None and not self.is_over:
            self._fold(pending.older)
        for candidate in candidates:
            if self.is_over:
                return
            self._decide_one(candidate, chosen)

    # How the fires stand

    def _judge_held(self, held: Sequence[Occurrence]) -> Iterator[_Candidate]:
        if self._spec.catch_up is CatchUp.NONE or self.state.paused:
            return
        oldest = self._now - self._spec.catch_up_window
        for row in held:
            if row.due_at >= oldest and row.count == 1:
                yield _Candidate(row, _Standing.MISSED, is_held=True)

    def _judge(self, due: Sequence[Planned]) -> Iterator[_Candidate]:
        skips = self.state.skip_next
        for planned in due:
            standing = self._standing(planned)
            if skips and standing.value > _Standing.TO_SKIP.value:
                skips -= 1
                standing = _Standing.TO_SKIP
            yield _Candidate(self._row(planned), standing)

    def _standing(self, planned: Planned) -> _Standing:
        if planned.fire.skipped is not None:
            return _Standing.BY_ZONE
        if self.state.paused or self._task_pause is not None:
            return _Standing.PAUSED
        late = self._now - planned.due
        if late <= self._spec.grace:
            return _Standing.ON_TIME
        return _Standing.TOO_OLD if late > self._spec.catch_up_window else _Standing.MISSED

    def _chosen(self, candidates: Sequence[_Candidate]) -> Occurrence | None:
        """The fire that older ones may be coalesced into: on time, or else missed; the newest."""
        for standing in (_Standing.ON_TIME, _Standing.MISSED):
            if standing is _Standing.MISSED and self._spec.catch_up is CatchUp.NONE:
                return None
            for candidate in reversed(candidates):
                if candidate.standing is standing:
                    return candidate.row
        return None

    def _row(self, planned: Planned) -> Occurrence:
        fire = planned.fire
        return Occurrence(
            schedule_id=self.state.id,
            planned_at=fire.at,
            planned_local=local_text(fire.local, fire.at, self._zone),
            due_at=planned.due,
            decision=fire.skipped or Decision.FIRED,
            rule=fire.note,
            decided_at=self._now,
        )

    # Deciding

    def _continue_waiting(self, *, makes_room: bool) -> None:
        """Start what waited as far as nothing is live; what a newer fire replaces does not run."""
        spec = self._spec
        if self.state.paused:
            return
        if makes_room and spec.overlap in _REPLACES and self.refusal is None:
            return  # `_begin` coalesces them
        while self._waiting and (not self._busy or spec.overlap is Overlap.ALLOW_ALL):
            row = self._waiting.pop(0)
            self._start(row, f"{row.rule}; then it was over", is_there=True)

    def _fold(self, older: Folded) -> None:
        first, count = older.first, older.count
        row = self._row(first)
        if self.state.paused or self._task_pause is not None:
            decision, rule = Decision.PAUSED, self._pause_rule()
        else:
            decision = Decision.MISSED
            rule = "missed, and too many to have a row each; these are not made up for"
        self.rows[first.fire.at] = replace(
            row, decision=decision, rule=rule, count=count, through=older.last.fire.at
        )
        self.cursor = older.last.fire.at

    def _decide_one(self, candidate: _Candidate, chosen: Occurrence | None) -> None:
        row = candidate.row
        if not candidate.is_held:
            self.cursor = row.planned_at
        match candidate.standing:
            case _Standing.BY_ZONE:
                self._put(row, row.decision, row.rule or "left out by its zone or calendar")
            case _Standing.PAUSED:
                self._put(row, Decision.PAUSED, self._pause_rule())
            case _Standing.TO_SKIP:
                self.state = replace(self.state, skip_next=self.state.skip_next - 1)
                self._put(row, Decision.SKIPPED, "skipped by request")
            case _Standing.TOO_OLD:
                self._put(row, Decision.MISSED, self._too_old_rule(row))
            case _Standing.MISSED:
                self._catch_up(candidate, chosen)
            case _Standing.ON_TIME if row is not chosen and self._spec.overlap in _REPLACES:
                self._coalesce(row, chosen, is_there=False)
            case _Standing.ON_TIME:
                self._begin(row, _with_note("on time", row), is_there=False)
            case _:
                assert_never(candidate.standing)

    def _catch_up(self, candidate: _Candidate, chosen: Occurrence | None) -> None:
        row, spec = candidate.row, self._spec
        why = self._missed_rule(candidate)
        policy = spec.catch_up
        if policy is CatchUp.ALL and spec.overlap in _REPLACES:
            policy = CatchUp.LAST  # of several in a row each would end the one before
        match policy:
            case CatchUp.NONE:
                self._put(row, Decision.MISSED, f"{why}; catch_up = none")
            case CatchUp.LAST if row is chosen:
                self._begin(row, f"{why}; made up for, catch_up = last", is_there=candidate.is_held)
            case CatchUp.LAST:
                self._coalesce(row, chosen, is_there=candidate.is_held)
            case CatchUp.ALL:
                self._line_up(
                    row, f"{why}; made up for, catch_up = all", is_there=candidate.is_held
                )
            case _:
                assert_never(policy)

    def _coalesce(self, row: Occurrence, into: Occurrence | None, *, is_there: bool) -> None:
        newer = "a newer fire" if into is None else f"the fire planned for {into.planned_local}"
        self._put(row, Decision.COALESCED, f"{newer} runs in its place", is_there=is_there)

    def _line_up(self, row: Occurrence, rule: str, *, is_there: bool) -> None:
        """Caught-up fires run one after the other, whatever an overlap on time would mean."""
        if self.refusal is not None or self._is_idle or self._spec.overlap is Overlap.ALLOW_ALL:
            self._start(row, rule, is_there=is_there)
        else:
            self._buffer(row, f"{rule}; waits until {self._holder()}", is_there=is_there)

    def _begin(self, row: Occurrence, rule: str, *, is_there: bool) -> None:
        spec = self._spec
        if self.refusal is not None or self._is_idle or spec.overlap is Overlap.ALLOW_ALL:
            self._start(row, rule, is_there=is_there)
            return
        policy = f"overlap = {spec.overlap.value}"
        match spec.overlap:
            case Overlap.SKIP:
                skipped = f"{self._holder()} was not over; {policy}"
                self._put(row, Decision.SKIPPED_OVERLAP, skipped, is_there=is_there)
            case Overlap.BUFFER_ONE if self._waiters:
                skipped = f"{self._holder()} was not over and one fire waits; {policy}"
                self._put(row, Decision.SKIPPED_OVERLAP, skipped, is_there=is_there)
            case Overlap.BUFFER_ONE | Overlap.BUFFER_ALL:
                waits = f"{rule}; waited for {self._holder()}, {policy}"
                self._buffer(row, waits, is_there=is_there)
            case Overlap.CANCEL_OTHER | Overlap.TERMINATE_OTHER:
                ended = f"{rule}; ended {self._holder()}, {policy}"
                self._replace_others(row, ended, is_there=is_there)
            case _:
                assert_never(spec.overlap)

    def _replace_others(self, row: Occurrence, rule: str, *, is_there: bool) -> None:
        for waiting in self._waiting:
            self._coalesce(waiting, row, is_there=True)
        self._waiting.clear()
        if self._busy:
            self.cancels = list(self._live)
            self._buffer(row, rule, is_there=is_there)
        else:
            self._start(row, rule, is_there=is_there)

    def _start(self, row: Occurrence, rule: str, *, is_there: bool) -> None:
        if self.refusal is not None:
            self._put(row, Decision.REFUSED, self.refusal, is_there=is_there)
            return
        self._busy = True
        if row.origin is Origin.PLANNED:
            self.fires += 1
        self._put(row, Decision.FIRED, rule, is_there=is_there)

    def _buffer(self, row: Occurrence, rule: str, *, is_there: bool) -> None:
        self._put(row, Decision.BUFFERED, rule, is_there=is_there)
        place = self.redecided if is_there else self.rows
        self._waiting.append(place[row.planned_at])

    def _put(
        self, row: Occurrence, decision: Decision, rule: str, *, is_there: bool = False
    ) -> None:
        if row.planned_at in self.rows:  # decided anew in the same round
            is_there = False
        if is_there:
            row = changed(row, decision=decision, rule=rule, decided_at=self._now)
            self.redecided[row.planned_at] = row
            return
        # Made in this round and known to nobody else: a copy would cost more than the decision.
        object.__setattr__(row, "decision", decision)
        object.__setattr__(row, "rule", rule)
        self.rows[row.planned_at] = row

    @property
    def _is_idle(self) -> bool:
        return not self._busy and not self._waiters

    @property
    def _waiters(self) -> int:
        return len(self._waiting) + self._more_waiting

    # What the rules say

    def _holder(self) -> str:
        if self._live:
            return f"run {self._live[-1]}"
        return "an earlier fire"

    def _pause_rule(self) -> str:
        if not self.state.paused:
            return self._task_pause or "the task is paused"
        reason = self.state.pause_reason
        return f"the schedule is paused: {reason}" if reason else "the schedule is paused"

    def _too_old_rule(self, row: Occurrence) -> str:
        window = format_duration(self._spec.catch_up_window)
        return f"missed {self._late(row)} ago, before catch_up_window = {window}"

    def _missed_rule(self, candidate: _Candidate) -> str:
        if candidate.is_held:
            return candidate.row.rule
        return f"missed: decided {self._late(candidate.row)} after its time"

    def _late(self, row: Occurrence) -> str:
        late = self._now - row.due_at
        return format_duration(late - late % _SECOND if late > _MINUTE else late)


def local_text(local: datetime, at: datetime, zone: tzinfo) -> str:
    """Wall-clock time, offset and zone: `2026-03-29T03:00:00+02:00[Europe/Berlin]` (RFC 9557)."""
    return _text(local if local.tzinfo is None else local.replace(tzinfo=None), at, zone)


@lru_cache(maxsize=1024)  # many are planned for one time
def _text(wall: datetime, at: datetime, zone: tzinfo) -> str:
    offset = at.astimezone(zone).isoformat(timespec="seconds")[19:]
    return f"{wall.isoformat()}{offset}[{zone}]"


def _with_note(rule: str, row: Occurrence) -> str:
    return f"{rule}; {row.rule}" if row.rule else rule
