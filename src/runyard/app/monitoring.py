"""Has what an operator looks at built after the server is ready, or with the first question."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runyard.runtime.monitoring import Monitoring
    from runyard.runtime.sampling import Sampler

_AFTER_S = 1.0

Build = Callable[[], tuple["Monitoring", "Sampler"]]


class LateMonitoring:
    """Built once, whoever needs it first; loading it would be a tenth of the server's start."""

    def __init__(self, build: Build) -> None:
        self._build = build
        self._built: tuple[Monitoring, Sampler] | None = None
        self._lock = threading.Lock()

    def get(self) -> Monitoring:
        return self._get()[0]

    async def sample(self) -> None:
        """Sample until cancelled."""
        await asyncio.sleep(_AFTER_S)
        _, sampler = await asyncio.to_thread(self._get)
        await sampler.run()

    def _get(self) -> tuple[Monitoring, Sampler]:
        with self._lock:
            if self._built is None:
                self._built = self._build()
            return self._built
