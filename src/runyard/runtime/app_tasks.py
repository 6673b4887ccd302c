"""App tasks: what the `--app` module and plug-ins register, kept in step with the store."""

from __future__ import annotations

import asyncio
import logging
import os
from datetime import datetime, timedelta
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol

from watchfiles import awatch

from runyard.domain.errors import Conflict, Invalid, RunyardError
from runyard.domain.tasks import Task, TaskSource
from runyard.engines.local.encoding import clean_base
from runyard.executors.app_loading import App
from runyard.executors.discovery import Discovery, FunctionTask, discover
from runyard.executors.inspection import GROUP
from runyard.executors.registry import Executors
from runyard.runtime.clock import Clock
from runyard.runtime.lanes import Lanes
from runyard.store import Store, Tx, tasks

log = logging.getLogger("runyard.app")

_IMPORT_WITHIN = timedelta(seconds=60)


class Retiring(Protocol):
    """What keeps processes with the code of yesterday."""

    async def retire(self) -> None:
        """What starts from now on uses freshly loaded code; what runs goes on as it is."""


class AppTasks:
    """The server never imports the app: a process of its own does and tells what it found.

    An app that can't be loaded takes nothing away: its tasks stay, with the reason as a problem,
    and their runs fail with the same reason until it is mended.
    """

    def __init__(
        self,
        *,
        store: Store,
        app: App | None,
        executors: Executors,
        lanes: Lanes,
        engine: Retiring,
        clock: Clock,
        watch: bool,
    ) -> None:
        self._store = store
        self._app = app
        self._executors = executors
        self._lanes = lanes
        self._engine = engine
        self._clock = clock
        self._watch = watch
        self._files: tuple[Path, ...] = ()
        self._one_at_a_time = asyncio.Lock()
        self.problems: tuple[str, ...] = ()

    async def open(self) -> None:
        if self._app is None and not entry_points(group=GROUP):
            await self._forget_functions_except(set())
            return
        await self._discover()

    async def run(self) -> None:
        """With `--reload`: read the app again whenever Python code beside it changes, for ever."""
        if not self._watch or self._app is None:
            return
        while True:
            folders = self._folders(self._app)
            async for changes in awatch(*folders):
                if any(Path(path).suffix == ".py" for _, path in changes):
                    log.info("the app has changed, reading it again")
                    await self.reload_quietly()
                if self._folders(self._app) != folders:
                    break

    def _folders(self, app: App) -> set[Path]:
        return {file.parent for file in self._files} or {app.folder}

    async def reload(self) -> dict[str, Any]:
        """Read the app again. Answers what is known now; raises `Invalid` if it can't be loaded."""
        if self._app is None:
            raise Conflict("there is no app to reload", hint="start the server with --app")
        found = await self._discover()
        await self._engine.retire()
        if found.failed:
            problems = [{"where": p.where, "message": p.message} for p in found.problems]
            raise Invalid("the app can't be loaded; its tasks stay as they were", problems=problems)
        return {
            "tasks": [task.id for task in found.tasks],
            "executors": [executor.name for executor in found.executors],
            "problems": list(self.problems),
        }

    async def reload_quietly(self) -> None:
        """`reload` for a signal: nobody waits for the answer, so it goes to the log."""
        try:
            await self.reload()
        except RunyardError as error:
            log.error("%s: %s", error.message, error.facts.get("problems"))  # noqa: TRY400

    async def _discover(self) -> Discovery:
        async with self._one_at_a_time:
            found = await discover(
                self._app, timeout=_IMPORT_WITHIN, environ=clean_base(os.environ)
            )
            self._files = found.files
            if found.failed:
                self.problems = _sentences(found)
                await self._store.write(lambda tx: _mark_broken(tx, found))
            else:
                await self._apply(found)
            for problem in self.problems:
                log.warning("%s", problem)
            return found

    async def _apply(self, found: Discovery) -> None:
        taken = self._executors.load(found.executors)
        self.problems = (*_sentences(found), *(f"{p.where}: {p.message}" for p in taken))
        self._lanes.apply_defaults()
        now = self._clock.now()

        def change(tx: Tx) -> list[str]:
            clashes = []
            for task in found.tasks:
                there = tasks.get(tx, task.id)
                if there is not None and there.source is not TaskSource.APP:
                    clashes.append(f"task {task.id}: a task of that name exists already")
                    continue
                tasks.save(tx, _as_change(task, at=now))
            return clashes

        self.problems += tuple(await self._store.write(change))
        await self._forget_functions_except({task.id for task in found.tasks})

    async def _forget_functions_except(self, known: set[str]) -> None:
        now = self._clock.now()

        def change(tx: Tx) -> None:
            for task in _functions(tx):
                if task.id not in known:
                    tasks.delete(tx, task.id, at=now)

        await self._store.write(change)


def _functions(tx: Tx) -> list[Task]:
    return [task for task in tasks.all(tx) if task.source is TaskSource.APP]


def _mark_broken(tx: Tx, found: Discovery) -> None:
    for task in _functions(tx):
        tasks.update_state(tx, task.id, problems=found.problems)


def _sentences(found: Discovery) -> tuple[str, ...]:
    return tuple(f"{p.where}: {p.message}" if p.where else p.message for p in found.problems)


def _as_change(task: FunctionTask, *, at: datetime) -> tasks.TaskChange:
    return tasks.TaskChange(
        id=task.id,
        source=TaskSource.APP,
        spec=task.spec,
        content=task.source,
        content_hash=task.source_hash,
        author="app",
        path=task.file,
        problems=task.problems,
        at=at,
    )
