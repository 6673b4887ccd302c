"""Overview: the state of the whole installation in one answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from runyard.domain.admission import Admission
from runyard.runtime.requests import SystemView
from runyard.store import Store, runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What does not change while the server lives."""

    version: str
    started_at: datetime
    store: str
    tasks_dir: Path
    data_dir: Path
    max_workers: int


class Overview:
    def __init__(
        self,
        *,
        store: Store,
        installation: Installation,
        admission: Admission,
        engine_facts: Callable[[], dict[str, Any]],
        task_count: Callable[[], int],
        problems: Callable[[], list[str]],
    ) -> None:
        self._store = store
        self._installation = installation
        self._admission = admission
        self._engine_facts = engine_facts
        self._task_count = task_count
        self._problems = problems

    @property
    def installation(self) -> Installation:
        return self._installation

    async def system(self) -> SystemView:
        by_status = await self._store.read(runs.count_by_status)
        fixed = self._installation
        return SystemView(
            version=fixed.version,
            started_at=fixed.started_at,
            store=fixed.store,
            tasks_dir=str(fixed.tasks_dir),
            data_dir=str(fixed.data_dir),
            max_workers=fixed.max_workers,
            engine={**self._engine_facts(), "live": self._admission.counts().live},
            runs={status.value: count for status, count in by_status.items()},
            tasks=self._task_count(),
            problems=tuple(self._problems()),
        )
