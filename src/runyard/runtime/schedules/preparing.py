"""Prepares schedules for their decision: the next fires, and the run that each would start.

Everything that costs time is done here, ahead of the time at which a schedule is due, so that then
only the transaction is left. What was prepared is used as long as neither the schedule nor its
task has changed since.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

from runyard.domain.errors import RunyardError
from runyard.domain.runs import Run
from runyard.domain.schedules.lookahead import Lookahead
from runyard.domain.schedules.model import Schedule
from runyard.domain.schedules.spec import Overlap
from runyard.domain.tasks import Task, TaskSource
from runyard.runtime.requests import SubmitRequest
from runyard.runtime.schedules.timelines import Timelines, lookahead_of
from runyard.store import Tx, schedules

BY = "schedule"
"""Who submits the runs of schedules."""

_WHOLE = ("", "script", "python")  # the block or the code as a whole, not one setting
_KEPT = 10_000
_AT_ONCE = 20_000  # fires computed before others have their turn


@dataclass(slots=True)
class Prepared:
    """A schedule as it is, with what its decision needs. `template` or `refusal` is set."""

    schedule: Schedule
    task_seq: int
    calendars_seq: int
    zone: tzinfo = UTC
    lookahead: Lookahead | None = None
    problem: str | None = None  # why its fires can't be computed
    template: Run | None = None
    refusal: str | None = None  # why no run can be made
    task_pause: str | None = None

    def advance(self, now: datetime, *, whole: bool = False) -> bool:
        """Compute the fires that are due; whether that is done.

        Without `whole` it may take several calls, after a very long absence.
        """
        if self.lookahead is None:
            return True
        return self.lookahead.advance(now, at_most=None if whole else _AT_ONCE)


class Preparing:
    """Keeps what it has prepared for a few thousand schedules; may be used from any thread."""

    def __init__(
        self,
        *,
        timelines: Timelines,
        find_task: Callable[[str], Task | None],
        template: Callable[[SubmitRequest], Run],
    ) -> None:
        self._timelines = timelines
        self._find_task = find_task
        self._template = template
        self._kept: dict[str, Prepared] = {}

    def of(self, schedule: Schedule) -> Prepared:
        """What the decision about it needs, as things are now."""
        task = self._find_task(schedule.task_id)
        prepared = self._kept.get(schedule.id)
        if prepared is None or not self._fits(prepared, schedule, task):
            prepared = self._prepare(schedule, task)
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[schedule.id] = prepared
        return prepared

    def due(self, tx: Tx, *, until: datetime, most: int) -> list[Schedule]:
        """Those to be decided at `until` or before, by their time; at most `most`.

        Also follows what other servers have made of the calendars. What is prepared is not read
        again: the time has come, and there may be a thousand.
        """
        self.follow(tx)
        marks = schedules.due(tx, until=until, limit=most)
        found: dict[str, Schedule] = {}
        for schedule_id, seq in marks:
            known = self._kept.get(schedule_id)
            if known is not None and known.schedule.seq == seq:
                found[schedule_id] = known.schedule
        others = [schedule_id for schedule_id, _ in marks if schedule_id not in found]
        found.update((one.id, one) for one in schedules.get_many(tx, others))
        return [found[schedule_id] for schedule_id, _ in marks]

    def follow(self, tx: Tx) -> None:
        """Know the calendars as they are in this transaction."""
        self._timelines.follow(tx)

    def forget(self, schedule_id: str) -> None:
        """Its next fires are others now: it was decided."""
        self._kept.pop(schedule_id, None)

    def forget_all(self) -> None:
        """The clock was set back, or calendars have changed."""
        self._kept.clear()

    def refusal(self, schedule: Schedule) -> str | None:
        """Why it can't fire as things are: a sentence, or None."""
        prepared = self._prepare(schedule, self._find_task(schedule.task_id))
        return prepared.problem or prepared.refusal

    def _fits(self, prepared: Prepared, schedule: Schedule, task: Task | None) -> bool:
        if schedule.spec.calendar is not None and prepared.calendars_seq != self._timelines.seq:
            return False
        seq = -1 if task is None else task.seq
        return prepared.schedule.seq == schedule.seq and prepared.task_seq == seq

    def _prepare(self, schedule: Schedule, task: Task | None) -> Prepared:
        prepared = Prepared(schedule, -1 if task is None else task.seq, self._timelines.seq)
        try:
            timeline = self._timelines.of(schedule)
            prepared.zone = timeline.zone
            prepared.lookahead = lookahead_of(schedule, timeline)
        except RunyardError as error:
            prepared.problem = error.message
        if task is None:
            prepared.refusal = f"there is no task {schedule.task_id}"
            return prepared
        if task.paused:
            reason = f": {task.pause_reason}" if task.pause_reason else ""
            prepared.task_pause = f"task {task.id} is paused{reason}"
        prepared.refusal = broken(task)
        if prepared.refusal is None and not _is_defined(schedule, task):
            prepared.refusal = misread(task)
        if prepared.refusal is None:
            try:
                prepared.template = run_of(schedule, self._template)
            except RunyardError as error:
                prepared.refusal = error.message
        return prepared


def run_of(
    schedule: Schedule,
    template: Callable[[SubmitRequest], Run],
    *,
    params: dict[str, object] | None = None,
) -> Run:
    """A run as the schedule starts them, without id and planned time. Raises NotFound, Invalid."""
    spec = schedule.spec
    request = SubmitRequest(
        task_id=schedule.task_id,
        params=dict(spec.params) if params is None else params,
        argv=spec.argv if params is None else None,
        schedule_id=schedule.id,
    )
    run = template(request)
    if spec.overlap is Overlap.ALLOW_ALL and run.spec.concurrency == 1:
        # The default key would make them wait for each other.
        run = replace(run, concurrency_key=None)
    return run


def broken(task: Task) -> str | None:
    """Why no run can rely on the task: its code or its block can't be read at all.

    A single wrong setting stops a schedule as little as a run by hand; the task shows it.
    """
    for problem in task.problems:
        if problem.where in _WHOLE:
            where = f"{problem.where}: " if problem.where else ""
            return f"task {task.id} is broken: {where}{problem.message}"
    return None


def misread(task: Task) -> str | None:
    """Why a schedule that is missing in the task's definition may stand there all the same."""
    for problem in task.problems:
        # "schedule", "schedules.nightly" in an app; below [tool.runyard] in a file
        is_schedule = problem.where.removeprefix("tool.runyard.").startswith("schedule")
        if is_schedule or problem.where in _WHOLE:
            return f"its definition can't be read: {problem.message}"
    return None


def _is_defined(schedule: Schedule, task: Task) -> bool:
    if schedule.source is TaskSource.API:
        return True
    return any(named.name == schedule.name for named in task.spec.schedules)
