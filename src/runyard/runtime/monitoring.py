"""Monitoring: what an operator looks at besides tasks and runs, in one place."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runyard.domain.runs import Run
from runyard.process import usage_file
from runyard.process.usage_file import UsagePoint
from runyard.runtime.gauges import MachineGauge, MachineNow, ProcessesNow, ProcessGauge
from runyard.runtime.load_history import LoadHistory, LoadPoint
from runyard.runtime.log_folder import LogFolder
from runyard.runtime.log_listing import ListedLogs, LogListing
from runyard.runtime.log_search import Found, LogSearch, Wanted
from runyard.runtime.sampling import steady
from runyard.runtime.server_log import LogSource, ServerLog, ServerLogPage, WantedRecords


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveSetting:
    """A setting of the server as it is in force. `source`: default, file, environment, option."""

    name: str
    value: Any  # JSON
    source: str
    description: str
    env: str
    option: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringParts:
    machine: MachineGauge
    processes: ProcessGauge
    history: LoadHistory
    files: LogFolder
    listing: LogListing
    server_log: ServerLog
    settings: Sequence[EffectiveSetting]
    runs_by_id: Callable[[Sequence[str]], Awaitable[Mapping[str, Run]]]
    log_path: Callable[[Run], Path]


class Monitoring:
    """Every answer is made off the event loop."""

    def __init__(self, parts: MonitoringParts) -> None:
        self._parts = parts
        self._search = LogSearch()

    @property
    def settings(self) -> Sequence[EffectiveSetting]:
        return self._parts.settings

    async def machine(self) -> MachineNow:
        return await asyncio.to_thread(self._parts.machine.now)

    async def history(self, *, span_s: float) -> list[LoadPoint]:
        """At most 360 points of the last `span_s` seconds (24 hours are kept), oldest first."""
        return await asyncio.to_thread(
            self._parts.history.points, span_s=span_s, now=steady(), wall=datetime.now(UTC)
        )

    async def processes(self) -> tuple[ProcessesNow, Mapping[str, Run]]:
        """What the processes use, and the runs that they are of, by id."""
        now = await asyncio.to_thread(self._parts.processes.now)
        return now, await self._parts.runs_by_id([one.run_id for one in now.runs])

    async def curve(self, run: Run) -> tuple[list[UsagePoint], int]:
        """What a run used over time, and the seconds between points (0: there is none)."""
        path = usage_file.path_of(self._parts.log_path(run))
        return await asyncio.to_thread(usage_file.read, path)

    async def search(self, run: Run, wanted: Wanted) -> Found:
        """Raises `Invalid` for a pattern that can't be read or is too large."""
        return await self._search.search(self._parts.log_path(run), wanted)

    async def log_files(
        self, *, q: str | None, after: str | None, limit: int
    ) -> tuple[ListedLogs, Mapping[str, Run]]:
        """A page of the log folder, and the runs that are known of its files, by id."""
        page = await self._parts.listing.page(q=q, after=after, limit=limit)
        ids = [one.run_id for one in page.items if one.run_id is not None]
        return page, await self._parts.runs_by_id(ids)

    async def log_file(self, name: str) -> Path | None:
        """The regular file of exactly this name in the log folder."""
        return await self._parts.files.find(name)

    async def server_log(self, source: LogSource, wanted: WantedRecords) -> ServerLogPage:
        return await self._parts.server_log.records(source, wanted)

    async def server_log_files(self, source: LogSource) -> list[Path]:
        """Oldest first; empty where nothing was written yet."""
        return await asyncio.to_thread(self._parts.server_log.files, source)
