"""Following: a run's log as it grows, until the run is final."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from runyard.domain.runs import Run
from runyard.engines.contract import split_key
from runyard.executors.launching import log_path
from runyard.process import logs
from runyard.process.logs import LogPage
from runyard.store import Change, Store, of_known_things, runs


class LogFollower:
    """Wakes the readers of a log when the engine says it grew and when its run is over."""

    def __init__(self, *, store: Store, logs_dir: Path) -> None:
        self._store = store
        self._logs_dir = logs_dir
        self._wakes: dict[str, set[_Reader]] = {}

    def path(self, run: Run) -> Path:
        return log_path(run, self._logs_dir)

    def on_output(self, key: str, size: int) -> None:
        """Called by the engine: a hint that the log of an attempt has grown."""
        del size
        run_id, _ = split_key(key)
        for reader in self._wakes.get(run_id, ()):
            reader.wake.set()

    def publish(self, batch: Sequence[Change]) -> None:
        """Called by the store after each commit, in the event loop."""
        if not self._wakes:
            return
        for change in of_known_things(batch):
            run = change.object
            if isinstance(run, Run) and run.status.is_final:
                for reader in self._wakes.get(run.id, ()):
                    reader.over = True
                    reader.wake.set()

    async def follow(self, run_id: str, *, offset: int) -> AsyncIterator[LogPage]:
        """Pages from `offset` on as the log grows; ends when the run is final and all was read."""
        reader = _Reader()
        self._wakes.setdefault(run_id, set()).add(reader)
        try:
            run = await self._store.read(lambda tx: runs.find(tx, run_id))
            reader.over = reader.over or run.status.is_final
            pages = logs.follow(self.path(run), offset, wake=reader.wake, ended=reader.is_over)
            async for page in pages:
                yield page
        finally:
            readers = self._wakes[run_id]
            readers.discard(reader)
            if not readers:
                del self._wakes[run_id]


class _Reader:
    """One who follows a log."""

    def __init__(self) -> None:
        self.wake = asyncio.Event()
        self.over = False

    def is_over(self) -> bool:
        return self.over
