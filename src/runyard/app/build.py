"""The composition root: builds every part, wires them, and opens and closes them in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Coroutine
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runyard.app.monitoring import LateMonitoring
from runyard.app.settings import Settings
from runyard.domain.admission import Admission
from runyard.domain.classify import ExitFacts, ExitReason, classify
from runyard.domain.errors import RunyardError
from runyard.domain.ids import RunIds
from runyard.domain.runs import Run
from runyard.engines.contract import Launch
from runyard.engines.local import LocalEngine
from runyard.engines.local.spawning import Spawner
from runyard.executors.app_loading import parse_app
from runyard.executors.contract import Places
from runyard.executors.registry import Executors
from runyard.runtime.app_tasks import AppTasks
from runyard.runtime.catalog import Catalog
from runyard.runtime.clock import SystemClock
from runyard.runtime.control import Cancellation
from runyard.runtime.dispatcher import Dispatcher
from runyard.runtime.draft_checks import DraftChecks
from runyard.runtime.drafts import Drafts
from runyard.runtime.external import ExternalWork
from runyard.runtime.feed import Feed
from runyard.runtime.following import LogFollower
from runyard.runtime.frozen import FrozenContents
from runyard.runtime.lanes import Lanes
from runyard.runtime.last_changes import LastChanges
from runyard.runtime.log_folder import LogFolder
from runyard.runtime.machine import Machine
from runyard.runtime.mappings import Mappings
from runyard.runtime.outcomes import Outcomes
from runyard.runtime.overview import Installation, Overview
from runyard.runtime.projects import Projects
from runyard.runtime.recent import RecentRuns
from runyard.runtime.recovery import Recovery
from runyard.runtime.schedules.building import build_scheduling
from runyard.runtime.service import Service
from runyard.runtime.starting import Starting
from runyard.runtime.statistics import Statistics
from runyard.runtime.submission import Submission
from runyard.runtime.tracker import Tracker
from runyard.store import Store, changes, open_store, runs

if TYPE_CHECKING:
    from runyard.runtime.monitoring import Monitoring
    from runyard.runtime.sampling import Sampler

log = logging.getLogger("runyard.server")

_LAST_STARTS_WITHIN_S = 5


class Yard:
    """All parts of one server, wired. `opened` is the only way to have one."""

    def __init__(
        self, settings: Settings, store: Store, spawner: Spawner, *, newest_change: int
    ) -> None:
        self._settings = settings
        self._store = store
        self._tasks: list[asyncio.Task[None]] = []
        self._failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        clock = SystemClock()
        self._ids = RunIds(lambda: time.time_ns() // 1_000_000)
        self._executors = Executors()
        self._admission = Admission(total=settings.max_workers)
        self._engine = LocalEngine(settings.data, labels=settings.labels, spawner=spawner)
        app = parse_app(settings.app, folder=Path.cwd()) if settings.app else None
        self._catalog = Catalog(
            store=store,
            tasks_dir=settings.tasks,
            versions_dir=settings.data / "versions",
            clock=clock,
            check_config=lambda name, config: self._executors.get(name).check_config(config),
        )
        frozen = FrozenContents(settings.data / "versions")
        self._places = Places(
            tasks_dir=settings.tasks,
            logs_dir=settings.logs_folder,
            frozen=self._catalog.frozen_path,
            default_timeout=settings.timeout,
            app=app,
            draft=frozen.found,
        )
        feed = Feed(store, newest=newest_change)
        outcomes = Outcomes(store)
        recent = RecentRuns()
        last_changes = LastChanges(clock)
        self._dispatcher = Dispatcher(
            store=store,
            engine=self._engine,
            admission=self._admission,
            clock=clock,
            launcher=self._launch,
            on_claimed=self._watch,
            on_external=self._begin_external,
            on_unlaunchable=self._not_launchable,
        )
        self._tracker = Tracker(
            store=store,
            engine=self._engine,
            dispatcher=self._dispatcher,
            expected_exit_codes=self._executors.expected_exit_codes,
        )
        self._external = ExternalWork(store=store, tracker=self._tracker, clock=clock)
        self._lanes = Lanes(
            store=store,
            admission=self._admission,
            dispatcher=self._dispatcher,
            executors=self._executors,
        )
        self._recovery = Recovery(
            store=store,
            engine=self._engine,
            dispatcher=self._dispatcher,
            tracker=self._tracker,
            external=self._external,
            clock=clock,
            launcher=self._launch,
        )
        cancellation = Cancellation(
            store=store, dispatcher=self._dispatcher, external=self._external, clock=clock
        )
        self._app_tasks = AppTasks(
            store=store,
            app=app,
            executors=self._executors,
            lanes=self._lanes,
            engine=self._engine,
            clock=clock,
            watch=settings.reload,
        )
        overview = Overview(
            store=store,
            installation=Installation(
                version=version("runyard"),
                started_at=datetime.now(UTC),
                store=store.dialect.value,
                tasks_dir=settings.tasks,
                data_dir=settings.data,
                max_workers=settings.max_workers,
            ),
            admission=self._admission,
            engine_facts=lambda: {
                "name": self._engine.name,
                "connected": self._engine.connected,
                "pid": self._engine.supervisor_pid,
            },
            task_count=self._catalog.count,
            problems=self._problems,
        )
        logs = LogFollower(store=store, logs_dir=settings.logs_folder)
        submission = Submission(
            store=store,
            dispatcher=self._dispatcher,
            executors=self._executors,
            ids=self._ids,
            clock=clock,
            catalog=self._catalog,
            cancellation=cancellation,
        )
        self._scheduling = build_scheduling(
            store=store,
            clock=clock,
            ids=self._ids,
            catalog=self._catalog,
            submission=submission,
            cancellation=cancellation,
            default_zone=settings.zone,
        )
        self._drafts = Drafts(
            store=store,
            clock=clock,
            frozen=frozen,
            catalog=self._catalog,
            submission=submission,
            checks=DraftChecks(
                catalog=self._catalog,
                executors=self._executors,
                plans=self._scheduling.schedules,
                clock=clock,
            ),
        )
        self._monitoring = LateMonitoring(lambda: self._build_monitoring(logs))
        self.service = Service(
            store=store,
            drafts=self._drafts,
            catalog=self._catalog,
            executors=self._executors,
            feed=feed,
            dispatcher=self._dispatcher,
            submission=submission,
            starting=Starting(
                submission=submission,
                dispatcher=self._dispatcher,
                cancellation=cancellation,
                admission=self._admission,
                recent=recent,
                max_workers=settings.max_workers,
            ),
            log_folder=LogFolder(settings.logs_folder),
            machine=Machine(settings.data),
            monitoring=self._monitoring.get,
            cancellation=cancellation,
            external=self._external,
            outcomes=outcomes,
            lanes=self._lanes,
            logs=logs,
            overview=overview,
            app_tasks=self._app_tasks,
            recent=recent,
            mappings=Mappings(store=store, clock=clock),
            last_changes=last_changes,
            schedules=self._scheduling.schedules,
            calendars=self._scheduling.calendars,
            upcoming=self._scheduling.upcoming,
            statistics=Statistics(store=store, clock=clock, default_zone=settings.zone),
            projects=Projects(
                store=store,
                clock=clock,
                tasks=self._catalog.list,
                steer=self._lanes.pause_task,
            ),
        )
        store.listen(last_changes.publish)
        store.listen(recent.publish)
        store.listen(feed.publish)
        store.listen(outcomes.publish)
        store.listen(logs.publish)
        self._engine.on_output(logs.on_output)

    @classmethod
    @contextlib.asynccontextmanager
    async def opened(cls, settings: Settings, spawner: Spawner) -> AsyncIterator[Yard]:
        """A yard that runs; on leaving, running processes are left to the supervisor."""
        try:
            store = await asyncio.to_thread(open_store, settings.database_url)
        except RunyardError:
            spawner.dismiss()  # the one that was started early has nobody to serve
            raise
        try:
            yard = cls(settings, store, spawner, newest_change=await store.read(changes.newest))
            try:
                await yard._open()
                yield yard
            finally:
                await yard._close()
        finally:
            await asyncio.to_thread(store.close)

    async def _open(self) -> None:
        newest = await self._store.read(runs.newest_id)
        if newest is not None:
            self._ids.start_after(newest)
        await asyncio.gather(self._engine.open(), self._catalog.open(), self._app_tasks.open())
        await self._drafts.open()
        await self._lanes.open()
        await self._scheduling.open()
        self._admission.set_labels(self._engine.capacity().labels)
        adopted = await self._recovery.take_over()
        if adopted:
            log.info("took over %d running runs", adopted)
        for name, service in {
            "dispatcher": self._dispatcher.run(),
            "tracker": self._tracker.run(),
            "external": self._external.run(),
            "catalog": self._catalog.run(),
            "app": self._app_tasks.run(),
            "scheduler": self._scheduling.scheduler.run(),
            "sampler": self._monitoring.sample(),
        }.items():
            self._start(name, service)

    async def _close(self) -> None:
        # What is claimed must be started: nobody else knows yet that it is not.
        self._dispatcher.stop_claiming()
        dispatching = [task for task in self._tasks if task.get_name() == "dispatcher"]
        if dispatching:
            await asyncio.wait(dispatching, timeout=_LAST_STARTS_WITHIN_S)
        await self._engine.close(end_runs=False)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, name: str, service: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(service, name=name)
        task.add_done_callback(self._note_end)
        self._tasks.append(task)

    def _note_end(self, task: asyncio.Task[None]) -> None:
        """A service that ends by an error ends the server: half a server would be silent."""
        if task.cancelled() or self._failure.done():
            return
        error = task.exception()
        if error is not None:
            log.critical("the %s failed", task.get_name(), exc_info=error)
            self._failure.set_exception(error)

    def _build_monitoring(self, logs: LogFollower) -> tuple[Monitoring, Sampler]:
        # Nothing of it is needed to be ready, and loading it takes its time.
        from runyard.app.monitoring_parts import build_monitoring  # noqa: PLC0415

        return build_monitoring(
            self._settings,
            store=self._store,
            engine=self._engine,
            admission=self._admission,
            log_path=logs.path,
        )

    def _problems(self) -> list[str]:
        folder = (f"{p.where}: {p.message}" for p in self._catalog.problems)
        return [*folder, *self._app_tasks.problems]

    async def failed(self) -> None:
        """Returns never, or raises what made a part of the server fail."""
        await asyncio.shield(self._failure)

    async def drain(self) -> None:
        """Start nothing more and wait until nothing runs."""
        self._dispatcher.stop_claiming()
        await self._dispatcher.idle()

    def running(self) -> int:
        return self._admission.counts().live

    def reload_soon(self) -> None:
        self._start("reload", self._app_tasks.reload_quietly())

    # Steps of the dispatcher that belong to parts which are built after it.

    def _watch(self, run: Run) -> None:
        self._tracker.watch(run)

    async def _begin_external(self, run: Run, launch: Launch) -> None:
        self._external.begin(run, launch)
        if self._dispatcher.is_stopping(run.id):  # cancelled while it was being claimed
            await self._external.cancelled(run, reason="")

    def _launch(self, run: Run) -> Launch:
        return self._executors.get(run.executor).launch(run, places=self._places)

    def _not_launchable(self, run: Run, error: RunyardError) -> None:
        facts = ExitFacts(
            reason=ExitReason.NOT_STARTABLE, explanation=error.message, at=datetime.now(UTC)
        )
        self._start(f"end of {run.id}", self._tracker.end(run, classify(facts)))
