"""Admission as a naive oracle: one flat list, every rule checked from scratch each time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from runyard.domain.admission import Rate, WaitCode, Waiting


@dataclass
class Oracle:
    total: int
    labels: frozenset[str] | None = None
    waiting: dict[str, Waiting] = field(default_factory=dict)
    live: dict[str, Waiting] = field(default_factory=dict)
    limits: dict[str, int | None] = field(default_factory=dict)
    paused_queues: set[str] = field(default_factory=set)
    paused_tasks: set[str] = field(default_factory=set)
    rates: dict[str, Rate] = field(default_factory=dict)
    starts: dict[str, list[datetime]] = field(default_factory=dict)  # since the rate was set

    def admit(self, now: datetime) -> list[Waiting]:
        admitted: list[Waiting] = []
        while True:
            free = [w for w in self.waiting.values() if not self.obstacles(w, now)]
            if not free:
                return admitted
            best = min(free, key=lambda w: (-w.priority, w.run_id))
            self.live[best.run_id] = self.waiting.pop(best.run_id)
            self.starts.setdefault(best.queue, []).append(now)
            admitted.append(best)

    def obstacles(self, w: Waiting, now: datetime) -> dict[WaitCode, tuple[str, ...]]:
        """Everything that keeps a run from starting, each with the live runs that hold it."""
        same_key = tuple(r for r, o in self.live.items() if w.key is not None and o.key == w.key)
        same_queue = tuple(r for r, o in self.live.items() if o.queue == w.queue)
        limit = self.limits.get(w.queue)
        nothing: tuple[str, ...] = ()
        found: list[tuple[WaitCode, bool, tuple[str, ...]]] = [
            (WaitCode.NOT_BEFORE, w.not_before is not None and w.not_before > now, nothing),
            (WaitCode.TASK_PAUSED, w.task_id in self.paused_tasks, nothing),
            (WaitCode.QUEUE_PAUSED, w.queue in self.paused_queues, nothing),
            (WaitCode.NO_PLACE, self.labels is None or not set(w.needs) <= self.labels, nothing),
            (WaitCode.KEY_BUSY, 0 < w.key_limit <= len(same_key), same_key),
            (WaitCode.QUEUE_FULL, limit is not None and len(same_queue) >= limit, same_queue),
            (WaitCode.TOTAL_FULL, len(self.live) >= self.total, tuple(self.live)),
            (WaitCode.RATE_LIMITED, not self.within_rate(w.queue, now), nothing),
        ]
        return {code: holders for code, holds, holders in found if holds}

    def within_rate(self, queue: str, now: datetime) -> bool:
        """Any k starts in a row, the next one included, last at least (k - burst) intervals."""
        rate = self.rates.get(queue)
        if rate is None:
            return True
        starts = [*self.starts.get(queue, []), now]
        return all(
            now - start >= (len(starts) - i - rate.burst) * rate.interval
            for i, start in enumerate(starts)
        )

    def earliest(self, now: datetime) -> datetime | None:
        """The first moment after `now` at which time alone lets some run start."""
        moments = {w.not_before for w in self.waiting.values() if w.not_before is not None}
        for queue, rate in self.rates.items():
            for start in self.starts.get(queue, []):
                moments |= {start + k * rate.interval for k in range(1, 20)}
        for moment in sorted(m for m in moments if m > now):
            if any(not self.obstacles(w, moment) for w in self.waiting.values()):
                return moment
        return None

    def set_rate(self, queue: str, rate: Rate | None) -> None:
        if rate == self.rates.get(queue):
            return
        self.starts.pop(queue, None)
        if rate is None:
            del self.rates[queue]
        else:
            self.rates[queue] = rate

    def busy(self, key: str) -> tuple[Any, ...]:
        return tuple(
            run_id
            for runs in (self.live, self.waiting)
            for run_id in runs
            if runs[run_id].key == key
        )
