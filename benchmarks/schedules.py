"""Schedules: what 100,000 of them cost, and how late 1,000 are that are due in one second.

Run `python -m benchmarks.schedules [--schedules N] [--due N]`. APScheduler 3 does the same in the
same run, in memory and on SQLite. Wall time on a busy machine means little; read the ratios, and
the CPU time beside them.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.runtime.schedule_world import World

from runyard.domain.runs import Run
from runyard.domain.schedules.spec import Overlap, ScheduleSpec
from runyard.runtime.clock import SystemClock
from runyard.store import Change

Row = tuple[str, str, str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schedules", type=int, default=100_000)
    parser.add_argument("--due", type=int, default=1_000)
    parser.add_argument("--without-peer", action="store_true")
    options = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="ry", dir="/tmp") as name:
        folder = Path(name)
        rows += asyncio.run(_ours(folder, options.schedules, options.due))
        if not options.without_peer:
            rows += _apscheduler_in_memory(options.schedules, options.due)
            rows += _apscheduler_on_sqlite(folder, options.schedules, options.due)
    width = max(len(what) for what, _, _ in rows)
    for what, figure, beside in rows:
        print(f"{what:<{width}}  {figure:>18}  {beside}")


class _Measured:
    """Wall and CPU time of a block."""

    def __enter__(self) -> _Measured:
        gc.collect()
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall_s = time.perf_counter() - self._wall
        self.cpu_s = time.process_time() - self._cpu

    def per(self, count: int) -> str:
        return f"{count / self.wall_s:,.0f}/s"

    def cpu_per(self, count: int) -> str:
        return f"{self.cpu_s / count * 1e6:,.0f} us CPU each"


def _memory_mb() -> float:
    gc.collect()
    return psutil.Process().memory_info().rss / 1e6


async def _ours(folder: Path, schedules: int, due: int) -> list[Row]:
    world = World(f"sqlite:///{folder / 'ours.db'}")
    world.clock = SystemClock()  # type: ignore[assignment]
    await world.start()
    await world.save_task()
    rows = await _adding(world, schedules)
    world.close()
    before = _memory_mb()
    with _Measured() as loading:
        await world.start()
        await world.look()
    rows.append(("start with them", f"{loading.wall_s * 1000:,.0f} ms", ""))
    rows.append(("memory for them", f"{_memory_mb() - before:,.1f} MB", "held by the server"))
    rows += await _due_at_once(world, due)
    world.close()
    return rows


async def _adding(world: World, schedules: int) -> list[Row]:
    facade = world.scheduling.schedules
    far = [
        ("t", f"s{number}", ScheduleSpec(cron=f"{number % 60} {number // 60 % 24} * * *"))
        for number in range(schedules)
    ]
    with _Measured() as bulk:
        for start in range(0, schedules, 10_000):
            await facade.create_many(far[start : start + 10_000], author="bench")
    with _Measured() as one:
        for number in range(50):
            await facade.create(task_id="t", name=f"one{number}", spec=far[0][2], author="bench")
    return [
        ("add in bulk", bulk.per(schedules), bulk.cpu_per(schedules)),
        ("add one, durable", f"{one.wall_s / 50 * 1000:.1f} ms", one.cpu_per(50)),
    ]


async def _due_at_once(world: World, due: int) -> list[Row]:
    facade = world.scheduling.schedules
    moment = (datetime.now(UTC) + timedelta(seconds=6)).replace(microsecond=0)
    spec = ScheduleSpec(at=moment, overlap=Overlap.ALLOW_ALL)
    await facade.create_many([("t", f"due{n}", spec) for n in range(due)], author="bench")
    queued: list[datetime] = []
    all_queued = asyncio.Event()

    def note(batch: Sequence[Change]) -> None:
        new = sum(isinstance(change.object, Run) for change in batch)
        queued.extend([datetime.now(UTC)] * new)
        if len(queued) >= due:
            all_queued.set()

    world.store.listen(note)
    scheduler = asyncio.create_task(world.scheduling.scheduler.run())
    await asyncio.sleep((moment - datetime.now(UTC)).total_seconds() - 0.5)
    cpu = time.process_time()
    await all_queued.wait()
    cpu = time.process_time() - cpu
    scheduler.cancel()
    late = [(at - moment).total_seconds() for at in queued]
    beside = f"{cpu * 1000:,.0f} ms CPU, durable and queued"
    return [(f"{due} due at once, p50 / p99", _two(late), beside)]


def _two(late: list[float]) -> str:
    cuts = statistics.quantiles(late, n=100)
    return f"{cuts[49] * 1000:,.0f} / {cuts[98] * 1000:,.0f} ms"


_started: list[float] = []
_all_there = threading.Event()
_expected = 0


def _job() -> None:
    _started.append(time.time())
    if len(_started) >= _expected:
        _all_there.set()


def _apscheduler(name: str, make: Callable[[], Any], schedules: int, due: int) -> list[Row]:
    global _expected  # noqa: PLW0603 - APScheduler's SQLite store needs a module's function
    from apscheduler.triggers.cron import CronTrigger
    from apscheduler.triggers.date import DateTrigger

    _started.clear()
    _all_there.clear()
    _expected = due
    scheduler = make()
    scheduler.start(paused=True)
    with _Measured() as bulk:
        for number in range(schedules):
            trigger = CronTrigger(minute=number % 60, hour=number // 60 % 24, timezone="UTC")
            scheduler.add_job(_job, trigger, id=f"s{number}")
    moment = time.time() + max(6.0, due / 100)
    for number in range(due):
        run_date = datetime.fromtimestamp(int(moment), UTC)
        scheduler.add_job(_job, DateTrigger(run_date), id=f"due{number}", misfire_grace_time=None)
    scheduler.resume()
    _all_there.wait(timeout=120)
    scheduler.shutdown(wait=False)
    late = [at - int(moment) for at in _started]
    return [
        (f"{name}: add", bulk.per(schedules), bulk.cpu_per(schedules)),
        (f"{name}: {due} due at once, p50 / p99", _two(late), "started in a thread pool"),
    ]


def _apscheduler_in_memory(schedules: int, due: int) -> list[Row]:
    from apscheduler.schedulers.background import BackgroundScheduler

    # It walks a list for each job that it adds, so it gets a tenth.
    return _apscheduler("APScheduler 3, memory", BackgroundScheduler, schedules // 10, due)


def _apscheduler_on_sqlite(folder: Path, schedules: int, due: int) -> list[Row]:
    from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
    from apscheduler.schedulers.background import BackgroundScheduler

    def make() -> Any:
        store = SQLAlchemyJobStore(url=f"sqlite:///{folder / 'peer.db'}")
        return BackgroundScheduler(jobstores={"default": store})

    return _apscheduler("APScheduler 3, SQLite", make, schedules // 100, due // 10)


if __name__ == "__main__":
    main()
