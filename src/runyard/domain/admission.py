"""Admission: which waiting runs may start now, in which order, and why the others may not.

Waiting runs stand in nested lines (`domain/lines.py`), so that everything that is blocked by one
thing hangs from one hook and is passed over at once:

    all ready queues ── one queue ── one key (and its limit) in it ── one cohort ── runs
    total, engine       limit,       live runs of                     task pause,   priority,
                        pause, rate  the key                          labels        run id

A line that is closed or empty does not stand in the line around it. A change touches only the
lines that it can open or close: never a run that stays blocked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from runyard.domain.durations import format_duration
from runyard.domain.lines import Line
from runyard.domain.lineup import Cohort, Key, KeyLine, Kind, Queue, Run
from runyard.domain.rates import Meter, Rate
from runyard.domain.waiting import Counts, Reason, WaitCode, Waiting, full, until

__all__ = ["Admission", "Counts", "Rate", "Reason", "WaitCode", "Waiting"]

_NO_LABELS: frozenset[str] = frozenset()

K = TypeVar("K")


class Admission:
    """All waiting and live runs, and the rules between them. Not thread-safe; no clock of its own.

    At the start no engine is connected (`set_labels`), so nothing is admitted. `admit` costs
    O(log n) for each run that it starts, and nothing for those that stay blocked. The order is
    deterministic: priority (higher first), then run id; a priority rules across queues.
    """

    def __init__(self, *, total: int) -> None:
        self._total = total
        self._connected = False
        self._labels = _NO_LABELS
        self._waiting: dict[str, Run] = {}
        self._live: dict[str, Waiting] = {}
        self._queues: dict[str, Queue] = {}
        self._keys: dict[str, Key] = {}
        self._key_lines: dict[tuple[str, str | None, int], KeyLine] = {}
        self._cohorts: dict[Kind, Cohort] = {}
        self._by_task: dict[str | None, dict[Cohort, None]] = {}
        self._by_needs: dict[frozenset[str], dict[Cohort, None]] = {}
        self._paused_tasks: set[str] = set()
        self._ready: Line[Queue] = Line()
        self._later: Line[Run] = Line()
        self._slowed: dict[Queue, datetime] = {}  # by their rate, until then

    # What waits and what lives

    def add(self, waiting: Waiting) -> bool:
        """Let a run wait; it replaces what was known of it. False (no change) if it is live."""
        run_id = waiting.run_id
        if run_id in self._live:
            return False
        if run_id in self._waiting:
            self.discard(run_id)
        self.add_alike(waiting, [run_id])
        return True

    def add_alike(self, terms: Waiting, run_ids: Sequence[str]) -> None:
        """Let runs wait that nothing is known of yet: each like `terms`, whose own id is unused."""
        cohort = self._cohort(terms)
        new = [Run(run_id, terms, cohort) for run_id in run_ids]
        self._waiting.update(zip(run_ids, new, strict=True))
        cohort.members += len(new)
        cohort.line.queue.waiting += len(new)
        if cohort.line.key is not None:
            cohort.line.key.waiting.update(dict.fromkeys(run_ids))
        if terms.not_before is None:
            self._line_up(cohort, new, priority=terms.priority)
        else:
            for run in new:
                self._later.put(run, terms.not_before, run.run_id)

    def discard(self, run_id: str) -> None:
        """The run no longer waits. Unknown and live runs are left as they are."""
        run = self._waiting.pop(run_id, None)
        if run is None:
            return
        cohort = run.cohort
        cohort.members -= 1
        cohort.line.queue.waiting -= 1
        if cohort.line.key is not None:
            cohort.line.key.waiting.pop(run_id)
        if run.in_cohort:
            cohort.drop(run)
            self._show_cohort(cohort)
        else:
            self._later.drop(run)
        if not cohort.members:
            self._forget_cohort(cohort)

    def occupy(self, waiting: Waiting) -> None:
        """The run is live, whatever the limits say: found running after a restart."""
        if waiting.run_id in self._live:
            return
        key = self._key(waiting.key)
        if key is not None:
            key.live[waiting.run_id] = None  # before `discard`, which forgets keys without runs
        self.discard(waiting.run_id)
        self._live[waiting.run_id] = waiting
        queue = self._queue(waiting.queue)
        queue.live[waiting.run_id] = None
        self._show_places(queue, key)

    def release(self, run_id: str) -> None:
        """The run is no longer live; its places are free at once. Unknown ids are ignored."""
        waiting = self._live.pop(run_id, None)
        if waiting is None:
            return
        queue = self._queue(waiting.queue)
        del queue.live[run_id]
        key = self._key(waiting.key)
        if key is not None:
            del key.live[run_id]
        self._show_places(queue, key)
        self._forget_key(key)

    def admit(self, now: datetime) -> list[Waiting]:
        """Move to live, and return in order, every run that may start now."""
        self._let_time_pass(now)
        admitted: list[Waiting] = []
        while self._connected and len(self._live) < self._total:
            queue = self._ready.first()
            if queue is None:
                break
            if queue.meter is not None:
                ready_at = queue.meter.ready_at(now)
                if ready_at > now:
                    self._slow(queue, ready_at)
                    continue
                queue.meter.take(now)
            waiting = queue.next_run().waiting
            self.occupy(waiting)
            admitted.append(waiting)
        return admitted

    def next_time(self) -> datetime | None:
        """When to call `admit` again although nothing changes: never late, sometimes for nothing.

        After `admit(now)` it is later than `now`, or None if time alone changes nothing.
        """
        head = self._later.head()
        moments = list(self._slowed.values())
        if head is not None:
            moments.append(head[0])
        return min(moments, default=None)

    # What is asked

    def why(self, run_id: str, now: datetime) -> Reason | None:
        """The first thing that holds a waiting run; None for a run that does not wait."""
        run = self._waiting.get(run_id)
        if run is None:
            return None
        due = run.terms.not_before
        if due is not None and due > now:
            return until(WaitCode.NOT_BEFORE, "it may not start before", due)
        return (
            self._why_closed(run.cohort)
            or self._why_full(run.cohort.line)
            or _why_slow(run.cohort.line.queue, now)
            or Reason(code=WaitCode.STARTING, message="nothing holds it: it starts now")
        )

    def busy(self, key: str) -> tuple[str, ...]:
        """The runs of a key: live ones first, then those that wait, each as they came."""
        known = self._keys.get(key)
        return () if known is None else (*known.live, *known.waiting)

    def counts(self) -> Counts:
        return Counts(waiting=len(self._waiting), live=len(self._live))

    def queue_names(self) -> list[str]:
        """Every queue that was set, or that a run has named."""
        return sorted(self._queues)

    def queue_counts(self, name: str) -> Counts:
        queue = self._queues.get(name)
        if queue is None:
            return Counts(waiting=0, live=0)
        return Counts(waiting=queue.waiting, live=len(queue.live))

    # What is set

    def set_total(self, total: int) -> None:
        """At most `total` runs live at once; more may be live already, they stay."""
        self._total = total

    def set_queue(self, name: str, *, limit: int | None, paused: bool) -> None:
        queue = self._queue(name)
        queue.limit = limit
        queue.paused = paused
        self._show_queue(queue)

    def set_task_paused(self, task_id: str, paused: bool) -> None:
        if paused:
            self._paused_tasks.add(task_id)
        else:
            self._paused_tasks.discard(task_id)
        self._show_cohorts(self._by_task.get(task_id, {}))

    def set_labels(self, labels: frozenset[str] | None) -> None:
        """What the engine's places offer; None: it is not available and nothing starts."""
        self._connected = labels is not None
        if labels is None or labels == self._labels:
            return
        before, self._labels = self._labels, labels
        for needs, cohorts in self._by_needs.items():
            if (needs <= before) != (needs <= labels):
                self._show_cohorts(cohorts)

    def set_rate(self, queue: str, rate: Rate | None) -> None:
        """How often runs of the queue may start. The same rate again changes nothing."""
        slowed = self._queue(queue)
        if rate == (None if slowed.meter is None else slowed.meter.rate):
            return
        slowed.meter = None if rate is None else Meter(rate)
        self._hurry(slowed)

    # Lines that open and close

    def _line_up(self, cohort: Cohort, runs: Sequence[Run], *, priority: int) -> None:
        head = cohort.head()
        for run in runs:
            run.in_cohort = True
        cohort.put_all([(run, run.run_id) for run in runs], -priority)
        if cohort.head() is not head:  # else nothing changes outside of the cohort
            self._show_cohort(cohort)

    def _let_time_pass(self, now: datetime) -> None:
        while (head := self._later.head()) is not None and head[0] <= now:
            run: Run = head[2]
            self._later.drop(run)
            self._line_up(run.cohort, [run], priority=run.terms.priority)
        for queue in list(self._slowed):
            ready_at = queue.ready_at(now)
            if ready_at > now:
                self._slowed[queue] = ready_at  # earlier than thought if the clock was set back
            else:
                self._hurry(queue)

    def _slow(self, queue: Queue, ready_at: datetime) -> None:
        self._slowed[queue] = ready_at
        queue.slowed = True
        self._show_queue(queue)

    def _hurry(self, queue: Queue) -> None:
        self._slowed.pop(queue, None)
        queue.slowed = False
        self._show_queue(queue)

    def _show_cohorts(self, cohorts: Iterable[Cohort]) -> None:
        for cohort in cohorts:
            self._show_cohort(cohort)

    def _show_cohort(self, cohort: Cohort) -> None:
        is_open = cohort.task_id not in self._paused_tasks and cohort.needs <= self._labels
        if cohort.stand_in(cohort.line, is_open=is_open):
            self._show_key_line(cohort.line)

    def _show_key_line(self, line: KeyLine) -> None:
        if line.stand_in(line.queue, is_open=line.is_open):
            self._show_queue(line.queue)

    def _show_queue(self, queue: Queue) -> None:
        queue.stand_in(self._ready, is_open=queue.is_open)

    def _show_places(self, queue: Queue, key: Key | None) -> None:
        """A place of the queue, and perhaps of the key, was taken or became free."""
        if key is not None:
            for line in key.lines:
                self._show_key_line(line)
        self._show_queue(queue)

    # Finding and forgetting

    def _queue(self, name: str) -> Queue:
        queue = self._queues.get(name)
        if queue is None:
            queue = self._queues[name] = Queue(name)
        return queue

    def _key(self, name: str | None) -> Key | None:
        if name is None:
            return None
        key = self._keys.get(name)
        if key is None:
            key = self._keys[name] = Key(name)
        return key

    def _cohort(self, waiting: Waiting) -> Cohort:
        limit = 0 if waiting.key is None else max(0, waiting.key_limit)
        needs = frozenset(waiting.needs)
        kind = (waiting.queue, waiting.key, limit, waiting.task_id, needs)
        cohort = self._cohorts.get(kind)
        if cohort is None:
            line = self._key_line(waiting.queue, waiting.key, limit)
            cohort = self._cohorts[kind] = Cohort(kind, line)
            line.cohorts += 1
            self._by_task.setdefault(cohort.task_id, {})[cohort] = None
            self._by_needs.setdefault(needs, {})[cohort] = None
        return cohort

    def _key_line(self, queue: str, key: str | None, limit: int) -> KeyLine:
        line = self._key_lines.get((queue, key, limit))
        if line is None:
            line = KeyLine(self._queue(queue), self._key(key), limit)
            self._key_lines[queue, key, limit] = line
            if line.key is not None:
                line.key.lines[line] = None
        return line

    def _forget_cohort(self, cohort: Cohort) -> None:
        """Keys and tasks come and go; what has no run left must not pile up."""
        del self._cohorts[cohort.kind]
        _forget_member(self._by_task, cohort.task_id, cohort)
        _forget_member(self._by_needs, cohort.needs, cohort)
        line = cohort.line
        line.cohorts -= 1
        if not line.cohorts:
            del self._key_lines[cohort.kind[:3]]
            if line.key is not None:
                del line.key.lines[line]
                self._forget_key(line.key)

    def _forget_key(self, key: Key | None) -> None:
        if key is not None and not key.live and not key.lines:
            del self._keys[key.name]

    # Reasons

    def _why_closed(self, cohort: Cohort) -> Reason | None:
        if cohort.task_id in self._paused_tasks:
            return Reason(code=WaitCode.TASK_PAUSED, message=f"task {cohort.task_id} is paused")
        queue = cohort.line.queue
        if queue.paused:
            return Reason(code=WaitCode.QUEUE_PAUSED, message=f"queue {queue.name} is paused")
        if not self._connected:
            return Reason(code=WaitCode.NO_PLACE, message="no engine is connected")
        if missing := sorted(cohort.needs - self._labels):
            return Reason(
                code=WaitCode.NO_PLACE, message=f"no node has the labels {', '.join(missing)}"
            )
        return None

    def _why_full(self, line: KeyLine) -> Reason | None:
        key, queue = line.key, line.queue
        if key is not None and not line.is_open:
            what = f"concurrency key {key.name}"
            return full(WaitCode.KEY_BUSY, what, limit=line.limit, holders=key.live)
        if queue.limit is not None and len(queue.live) >= queue.limit:
            what = f"queue {queue.name}"
            return full(WaitCode.QUEUE_FULL, what, limit=queue.limit, holders=queue.live)
        if len(self._live) >= self._total:
            what = "the server"
            return full(WaitCode.TOTAL_FULL, what, limit=self._total, holders=self._live)
        return None


def _why_slow(queue: Queue, now: datetime) -> Reason | None:
    ready_at = queue.ready_at(now)
    if queue.meter is None or ready_at <= now:
        return None
    rate = queue.meter.rate
    pace = f"queue {queue.name} starts {rate.count} runs per {format_duration(rate.per)}, the next"
    return until(WaitCode.RATE_LIMITED, pace, ready_at)


def _forget_member(index: dict[K, dict[Cohort, None]], value: K, cohort: Cohort) -> None:
    members = index[value]
    del members[cohort]
    if not members:
        del index[value]
