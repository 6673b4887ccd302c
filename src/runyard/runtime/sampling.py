"""Sampling: every second the runs that last, every ten seconds the machine."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from runyard.domain.runs import Run
from runyard.engines.contract import AttemptKey, LiveAttempt, split_key
from runyard.process import usage_file
from runyard.process.usage import TICKS_PER_S, TreeUsage
from runyard.process.usage_file import UsagePoint
from runyard.runtime.load_history import EVERY_S, LoadHistory, LoadSample

log = logging.getLogger("runyard.sampling")

_TICK_S = 1.0
_DENSE_S = 60.0  # a point each second for so long
_YOUNGEST_S = 0.95  # runs that are shorter have no curve
_SAME_AGE_S = 3.0


def steady() -> float:
    """Seconds of a clock that never jumps and goes on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(slots=True)
class _Curve:
    """What is known of a live attempt from one look to the next."""

    seen_at: float
    path: Path | None = None
    every_s: int = EVERY_S
    due_at: float = 0.0
    looked_at: float = 0.0
    ticks: int | None = None


@dataclass(frozen=True, slots=True)
class _Due:
    curve: _Curve
    path: Path
    age_s: float


class Sampler:
    """Costs nothing for runs that are over within a second: they are never looked at.

    The server samples, not the supervisor: a curve has a gap while no server runs, and the process
    that keeps the runs stays small.
    """

    def __init__(
        self,
        *,
        history: LoadHistory,
        load: Callable[[], LoadSample],
        live: Callable[[], Sequence[LiveAttempt]],
        look: Callable[[Mapping[str, int]], Mapping[str, TreeUsage]],
        runs_by_id: Callable[[Sequence[str]], Awaitable[Mapping[str, Run]]],
        log_path: Callable[[Run], Path],
    ) -> None:
        self._history = history
        self._load = load
        self._live = live
        self._look = look
        self._runs_by_id = runs_by_id
        self._log_path = log_path
        self._curves: dict[AttemptKey, _Curve] = {}
        self._troubled = False

    async def run(self) -> None:
        """Sample until cancelled; what goes wrong with one look is logged once, and it goes on."""
        sample_at = steady() + EVERY_S
        while True:
            await asyncio.sleep(_TICK_S)
            now = steady()
            try:
                await self.sample_runs(now=now)
                if now >= sample_at:
                    sample_at = max(sample_at + EVERY_S, now + EVERY_S / 2)
                    sample = await asyncio.to_thread(self._load)
                    self._history.add(sample, at=now)
                self._troubled = False
            except Exception as error:  # noqa: BLE001
                # Figures to look at must not end the server: a full disk, a database that is away.
                if not self._troubled:
                    log.warning("the use of the machine can't be recorded now: %s", error)
                self._troubled = True

    async def sample_runs(self, *, now: float) -> None:
        """Add a point to the curve of each live attempt that is due."""
        live = self._live()
        if not live:
            self._curves.clear()
            return
        due = await self._due(live, now=now)
        if due:
            await asyncio.to_thread(self._record, due, now)

    async def _due(
        self, live: Sequence[LiveAttempt], *, now: float
    ) -> dict[AttemptKey, tuple[int, _Due]]:
        wall = datetime.now(UTC)
        known, self._curves = self._curves, {}
        due = []
        for attempt in live:
            if attempt.pid is None:
                continue
            curve = known.get(attempt.key) or _Curve(seen_at=now)
            self._curves[attempt.key] = curve
            age_s = max(now - curve.seen_at, (wall - attempt.started_at).total_seconds())
            if age_s >= _YOUNGEST_S and now >= curve.due_at:
                due.append((attempt.key, attempt.pid, curve, age_s))
        await self._find_paths([(key, curve) for key, _, curve, _ in due])
        return {
            key: (pid, _Due(curve, curve.path, age_s))
            for key, pid, curve, age_s in due
            if curve.path is not None
        }

    async def _find_paths(self, curves: Sequence[tuple[AttemptKey, _Curve]]) -> None:
        lacking = {split_key(key)[0]: curve for key, curve in curves if curve.path is None}
        if lacking:
            found = await self._runs_by_id(list(lacking))
            for run_id, run in found.items():
                lacking[run_id].path = usage_file.path_of(self._log_path(run))

    def _record(self, due: Mapping[AttemptKey, tuple[int, _Due]], now: float) -> None:
        used = self._look({key: pid for key, (pid, _) in due.items()})
        at = datetime.now(UTC)
        for key, tree in used.items():
            one = due[AttemptKey(key)][1]
            curve = one.curve
            point = UsagePoint(
                at=at,
                cpu_percent=_cpu_percent(curve, tree, now=now, age_s=one.age_s),
                rss_bytes=tree.rss_bytes,
                processes=tree.processes,
            )
            curve.ticks, curve.looked_at = tree.ticks, now
            curve.every_s = usage_file.append(one.path, point, every_s=EVERY_S)
            pause_s = _TICK_S if one.age_s < _DENSE_S else curve.every_s
            curve.due_at = now + pause_s - _TICK_S / 2  # turns come a little late, never early


def _cpu_percent(curve: _Curve, tree: TreeUsage, *, now: float, age_s: float) -> float:
    """Since the last look; at the first one since the start, if the process is the attempt's own.

    A process of a pool is older than its attempt: what it used before is not this run's.
    """
    if curve.ticks is not None and now > curve.looked_at:
        used, passed = tree.ticks - curve.ticks, now - curve.looked_at
    elif abs(tree.age_s - age_s) < _SAME_AGE_S and tree.age_s > 0:
        used, passed = tree.ticks, tree.age_s
    else:
        return 0.0
    return max(0.0, 100.0 * used / TICKS_PER_S / passed)
