"""The Service facade: everything that a face may ask of Runyard, in one place and in its words."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runyard.domain.admission import Reason
from runyard.domain.errors import RunyardError
from runyard.domain.rates import Rate, format_rate
from runyard.domain.runs import Attempt, Run, RunError
from runyard.domain.states import RunStatus
from runyard.domain.tasks import Task
from runyard.executors.registry import Executors
from runyard.process.logs import LogPage
from runyard.runtime.app_tasks import AppTasks
from runyard.runtime.catalog import Catalog
from runyard.runtime.control import Cancellation, rerun_request
from runyard.runtime.dispatcher import Dispatcher
from runyard.runtime.drafts import Drafts
from runyard.runtime.external import ExternalWork
from runyard.runtime.feed import Feed
from runyard.runtime.following import LogFollower
from runyard.runtime.lanes import Lanes
from runyard.runtime.last_changes import LastChanges
from runyard.runtime.log_folder import LogFolder
from runyard.runtime.machine import Machine
from runyard.runtime.mappings import Mappings
from runyard.runtime.outcomes import Outcomes
from runyard.runtime.overview import Installation, Overview
from runyard.runtime.projects import Projects
from runyard.runtime.recent import RecentRuns
from runyard.runtime.requests import (
    UNSET,
    AlikeRequests,
    QueueView,
    SubmitRequest,
    Submitted,
    SystemView,
    Unset,
)
from runyard.runtime.schedules.calendars import Calendars
from runyard.runtime.schedules.schedules import Schedules
from runyard.runtime.schedules.upcoming import Upcoming
from runyard.runtime.starting import Starting
from runyard.runtime.statistics import Statistics
from runyard.runtime.submission import Beside, Submission
from runyard.store import Store, attempts, runs
from runyard.store.filters import Page, RunFilter

if TYPE_CHECKING:
    from runyard.runtime.interpretation import Interpretation, Sentence
    from runyard.runtime.monitoring import Monitoring

log = logging.getLogger("runyard.service")

CANCEL_AT_MOST = 100_000
_NOT_FINAL = tuple(status for status in RunStatus if not status.is_final)


class Service:
    """Thin by intent: each call is one sentence; the sentences live in the parts."""

    def __init__(  # noqa: PLR0913 - the parts that it speaks for
        self,
        *,
        store: Store,
        catalog: Catalog,
        executors: Executors,
        feed: Feed,
        dispatcher: Dispatcher,
        submission: Submission,
        cancellation: Cancellation,
        external: ExternalWork,
        outcomes: Outcomes,
        lanes: Lanes,
        logs: LogFollower,
        overview: Overview,
        app_tasks: AppTasks,
        recent: RecentRuns,
        mappings: Mappings,
        starting: Starting,
        log_folder: LogFolder,
        machine: Machine,
        monitoring: Callable[[], Monitoring],
        last_changes: LastChanges,
        schedules: Schedules,
        calendars: Calendars,
        upcoming: Upcoming,
        statistics: Statistics,
        projects: Projects,
        drafts: Drafts,
    ) -> None:
        self.drafts = drafts
        self.schedules = schedules
        self.calendars = calendars
        self.upcoming = upcoming
        self.statistics = statistics
        self.projects = projects
        self.mappings = mappings
        self.log_folder = log_folder
        self.machine = machine
        self._monitoring = monitoring
        self._starting = starting
        self._last_changes = last_changes
        self.catalog = catalog
        self.executors = executors
        self.feed = feed
        self._store = store
        self._dispatcher = dispatcher
        self._submission = submission
        self._cancellation = cancellation
        self._external = external
        self._outcomes = outcomes
        self._lanes = lanes
        self._logs = logs
        self._overview = overview
        self._app_tasks = app_tasks
        self._recent = recent

    @property
    def monitoring(self) -> Monitoring:
        """Machine, processes, log files, the server's own log and settings."""
        return self._monitoring()

    # Submitting

    async def submit(
        self, request: SubmitRequest, *, by: str, beside: Beside | None = None
    ) -> Submitted:
        """A durable run. Raises `NotFound`, `Invalid`, `Busy` (if_busy = reject), `Conflict`.

        `beside` stores what belongs to the new run (a mapping, say) in the same transaction; it
        is not called for a replay.
        """
        return await self._submission.submit(request, by=by, beside=beside)

    def check_room(self) -> None:
        """Raises `Full` when `start` would."""
        self._starting.check_room()

    async def start(self, request: SubmitRequest, *, by: str) -> Submitted:
        """A run that has its place when this returns, or is refused: `Full`, `Conflict` and all
        that `submit` raises.
        """
        return await self._starting.start(request, by=by)

    async def submit_many(
        self, requests: Sequence[SubmitRequest], *, by: str
    ) -> list[Submitted | RunyardError]:
        """One answer for each request, in order; those that are fine are stored together."""
        return await self._submission.submit_many(requests, by=by)

    async def submit_alike(
        self, groups: Sequence[AlikeRequests], *, by: str
    ) -> Mapping[int, str | RunyardError]:
        """Ids or errors by place in the call; those that are fine are stored together."""
        return await self._submission.submit_alike(groups, by=by)

    async def rerun(
        self,
        ref: str,
        *,
        params: dict[str, Any] | None,
        argv: tuple[str, ...] | None,
        exact: bool,
        by: str,
    ) -> Run:
        """A new run like an old one: newest definition, or `exact`ly the version it had.

        That of a draft is one of the same draft.
        """
        old = await self.run(ref)
        if old.draft is not None:
            return await self.drafts.rerun(old, params=params, argv=argv, by=by)
        request = rerun_request(old, params=params, argv=argv, exact=exact)
        return (await self._submission.submit(request, by=by)).run

    # Looking

    async def run(self, ref: str) -> Run:
        """By id or a unique part of one (4 characters or more)."""
        recent = self._recent.get(ref)
        if recent is not None:
            return recent
        return await self._store.read(lambda tx: runs.find(tx, ref))

    async def run_of_key(self, idempotency_key: str) -> Run | None:
        """The run that was submitted under this key."""
        return await self._store.read(lambda tx: runs.by_idempotency_key(tx, idempotency_key))

    async def runs_by_id(self, run_ids: Sequence[str]) -> dict[str, Run]:
        """Those that exist."""
        found = await self._store.read(lambda tx: runs.get_many(tx, run_ids))
        return {run.id: run for run in found}

    def changed_at(self, run: Run) -> datetime:
        """When a run last changed; of one that is live and has labels, as this server saw it."""
        return self._last_changes.of(run)

    async def attempts(self, run_id: str) -> list[Attempt]:
        return await self._store.read(lambda tx: attempts.of_run(tx, run_id))

    async def runs(self, wanted: RunFilter, *, cursor: str | None, limit: int) -> Page:
        return await self._store.read(lambda tx: runs.page(tx, wanted, cursor=cursor, limit=limit))

    def why(self, run: Run) -> Reason | None:
        """What holds a waiting run; None for all others."""
        return self._dispatcher.why(run.id) if run.status.is_waiting else None

    async def wait(self, run_id: str, *, timeout: timedelta) -> Run:  # noqa: ASYNC109
        """The run once it is final, or as it is when the time is up."""
        return await self._outcomes.wait(run_id, timeout=timeout)

    @property
    def installation(self) -> Installation:
        """What does not change while the server lives: folders, version, since when."""
        return self._overview.installation

    async def system(self) -> SystemView:
        return await self._overview.system()

    # Logs

    def log_path(self, run: Run) -> Path:
        return self._logs.path(run)

    def follow_log(self, run_id: str, *, offset: int) -> AsyncIterator[LogPage]:
        """Pages from `offset` on as they come; ends when the run is final and all was given."""
        return self._logs.follow(run_id, offset=offset)

    # Steering

    async def cancel(self, ref: str, *, reason: str, by: str) -> Run:
        run = await self.run(ref)
        return await self._cancellation.cancel(run.id, reason=reason, by=by)

    async def cancel_matching(self, wanted: RunFilter, *, reason: str, by: str) -> list[str]:
        """The ids of the runs that could still be cancelled, among those that match."""
        statuses = tuple(s for s in wanted.statuses or _NOT_FINAL if not s.is_final)
        if not statuses:
            return []
        live = replace(wanted, statuses=statuses)
        ids = await self._store.read(lambda tx: runs.ids_matching(tx, live, limit=CANCEL_AT_MOST))
        changed = await self._cancellation.cancel_many(ids, reason=reason, by=by)
        return [run.id for run in changed]

    async def pause_task(self, task_id: str, *, reason: str = "", by: str) -> Task:
        """No new runs of it start; those that run go on."""
        task = await self._lanes.pause_task(task_id, paused=True, reason=reason)
        log.info("task %s paused by %s: %s", task_id, by, reason or "no reason given")
        return task

    async def resume_task(self, task_id: str, *, by: str) -> Task:
        task = await self._lanes.pause_task(task_id, paused=False, reason="")
        log.info("task %s resumed by %s", task_id, by)
        return task

    async def queues(self) -> list[QueueView]:
        return await self._lanes.all()

    async def set_queue(
        self,
        name: str,
        *,
        limit: int | Unset | None = UNSET,
        rate: Rate | Unset | None = UNSET,
        paused: bool | Unset = UNSET,
        by: str,
    ) -> QueueView:
        queue = await self._lanes.set(name, limit=limit, rate=rate, paused=paused)
        pace = "none" if queue.rate is None else format_rate(queue.rate)
        facts = (name, by, queue.limit, pace, queue.paused)
        log.info("queue %s set by %s: limit %s, rate %s, paused %s", *facts)
        return queue

    async def reload(self) -> dict[str, Any]:
        """Read the app module again; runs that start from now on use the new code."""
        return await self._app_tasks.reload()

    async def interpret(self, sentence: Sentence, *, by: str) -> Interpretation:
        """What a sentence in plain words asks for; done when it is confirmed and clear.

        Raises `Invalid`, `NotFound`, `Conflict`, and what the doing raises.
        """
        # Most servers are never asked in words, and start faster without what reads them.
        from runyard.runtime.interpreting import Interpreter  # noqa: PLC0415

        return await Interpreter(self).interpret(sentence, by=by)

    # External work

    async def heartbeat(self, ref: str) -> Run:
        return await self._external.heartbeat((await self.run(ref)).id)

    async def report_progress(
        self,
        ref: str,
        *,
        progress: float | None,
        message: str | None,
        detail: dict[str, Any] | None,
    ) -> Run:
        run = await self.run(ref)
        return await self._external.progress(
            run.id, progress=progress, message=message, detail=detail
        )

    async def report_finish(
        self, ref: str, *, status: RunStatus, result: Any, error: RunError | None, by: str
    ) -> Run:
        run = await self.run(ref)
        log.info("run %s reported %s by %s", run.id, status, by)
        return await self._external.finish(run.id, status=status, result=result, error=error)
