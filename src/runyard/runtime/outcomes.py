"""Outcomes: waiting for a run to become final, without polling."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from runyard.domain.runs import Run
from runyard.store import Change, Store, of_known_things, runs


class Outcomes:
    """Wakes those who wait for a run as soon as its final state is durable."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: dict[str, list[asyncio.Future[Run]]] = {}

    def publish(self, batch: Sequence[Change]) -> None:
        """Called by the store after each commit, in the event loop."""
        if not self._waiting:
            return
        for change in of_known_things(batch):
            run = change.object
            if isinstance(run, Run) and run.status.is_final and run.id in self._waiting:
                for future in self._waiting.pop(run.id):
                    if not future.done():
                        future.set_result(run)

    async def wait(self, run_id: str, *, timeout: timedelta) -> Run:  # noqa: ASYNC109
        """The run once it is final, or as it is after `timeout`. Raises `NotFound`."""
        future: asyncio.Future[Run] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(run_id, []).append(future)
        try:
            run = await self._read(run_id)
            if run.status.is_final:
                return run
            try:
                async with asyncio.timeout(timeout.total_seconds()):
                    return await future
            except TimeoutError:
                return await self._read(run_id)
        finally:
            self._forget(run_id, future)

    async def _read(self, run_id: str) -> Run:
        return await self._store.read(lambda tx: runs.find(tx, run_id))

    def _forget(self, run_id: str, future: asyncio.Future[Run]) -> None:
        futures = self._waiting.get(run_id)
        if futures is not None and future in futures:
            futures.remove(future)
            if not futures:
                del self._waiting[run_id]
