"""Measures the store: `python benchmarks/store.py [--url URL] [--rows 1000000]`.

Prints one table. Ratios are against what the driver does with bare statements in the same run, so
that a slow machine does not look like a slow store.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.measuring import Spent, measured, tell
from runyard.domain.ids import RunIds
from runyard.domain.runs import Outcome, Run
from runyard.domain.states import FINAL, AttemptStatus, RunStatus
from runyard.domain.tasks import TaskSpec
from runyard.store import RunFilter, Store, Tx, open_store, runs, settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_KINDS = 100
SPEC = TaskSpec(title="A task", env={"A": "b"})
_ids = RunIds(lambda: time.time_ns() // 1_000_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--url", help="database to fill (it should be empty); default: SQLite")
    parser.add_argument("--rows", type=int, default=1_000_000, help="runs stored for the pages")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ry-bench") as folder:
        url = arguments.url or f"sqlite:///{folder}/bench.db"
        bare = _bare_commits(Path(folder))
        asyncio.run(_measure(url, rows=arguments.rows, bare=bare))


def _bare_commits(folder: Path, count: int = 1000) -> Spent:
    """Single-row commits a second of sqlite3 alone: WAL, synchronous FULL."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, value TEXT)")

    def work() -> int:
        for number in range(count):
            connection.execute("INSERT INTO bare VALUES (?, ?)", (number, "value"))
        return count

    spent = measured(work, cpu=time.process_time)
    connection.close()
    return spent


async def _measure(url: str, *, rows: int, bare: Spent) -> None:
    store = open_store(url)
    _show("bare sqlite3 commits", bare, bare)
    _show("single commits", await _spent(_single(store), 1000), bare)
    _show("grouped writes, 200 callers", await _spent(_grouped(store), 10_000), bare)
    _show("lives, batches of 50", await _spent(_lives(store, 50, 10_000), 10_000), bare)
    _show("lives, batches of 1", await _spent(_lives(store, 1, 500), 500), bare)
    _show("insert runs, 1,000 a call", await _spent(_insert(store, 20_000), 20_000), bare)
    _show("insert alike runs, 10,000 a call", await _spent(_fill(store, rows), rows), bare)
    await _pages(store)
    store.close()


def _show(what: str, spent: Spent, bare: Spent) -> None:
    tell(what, f"{spent.rate:,.0f}/s", cpu_us=spent.cpu_us, beside=f"{spent.rate / bare.rate:.2f}x")


async def _spent(work: Awaitable[None], units: int) -> Spent:
    cpu, start = time.process_time(), time.perf_counter()
    await work
    wall_s = time.perf_counter() - start
    return Spent(units=units, wall_s=wall_s, cpu_s=time.process_time() - cpu)


async def _single(store: Store, count: int = 1000) -> None:
    for number in range(count):
        await store.write(partial(settings.put, key="single", value=number))


async def _grouped(store: Store, callers: int = 200, each: int = 50) -> None:
    async def caller(name: int) -> None:
        for number in range(each):
            await store.write(partial(settings.put, key=f"caller{name}", value=number))

    await asyncio.gather(*(caller(name) for name in range(callers)))


async def _lives(store: Store, batch: int, count: int) -> None:
    async def live(new: list[Run]) -> None:
        await store.write(lambda tx: runs.insert(tx, new))
        claimed = await store.write(lambda tx: runs.claim(tx, [run.id for run in new], at=_now()))
        outcome = Outcome(status=AttemptStatus.SUCCEEDED, at=_now(), exit_code=0, cpu_s=0.01)
        ends = [
            runs.Finish(
                run_id=run.id, attempt=run.attempt, status=RunStatus.SUCCEEDED, outcome=outcome
            )
            for run in claimed
        ]
        assert len(await store.write(lambda tx: runs.finish(tx, ends))) == batch

    for first in range(0, count, batch):
        await live([_run(number) for number in range(first, first + batch)])


async def _insert(store: Store, rows: int, part: int = 1000) -> None:
    for first in range(0, rows, part):
        new = [_run(number) for number in range(first, first + part)]
        await store.write(partial(runs.insert, new=new))


async def _fill(store: Store, rows: int, part: int = 10_000) -> None:
    """What `_run` makes of the numbers up to `rows`; half are over, as after a long life."""
    models = [_run(number, over=number % 2 == 0) for number in range(_KINDS)]

    def store_part(tx: Tx, first: int, ids: list[str]) -> None:
        for kind, model in enumerate(models):
            params = [{"number": number} for number in range(first + kind, first + part, _KINDS)]
            runs.insert_alike(tx, model, ids[kind::_KINDS], params)

    for first in range(0, rows, part):
        await store.write(partial(store_part, first=first, ids=_ids.block(part)))


async def _pages(store: Store) -> None:
    cursor = (await store.read(lambda tx: runs.ids_matching(tx, RunFilter(), 20_000)))[-1]
    cases = {
        "all": RunFilter(),
        "status failed": RunFilter(statuses=(RunStatus.FAILED,)),
        "every final status": RunFilter(statuses=tuple(FINAL)),
        "task": RunFilter(task_ids=("task7",)),
        "task and status": RunFilter(task_ids=("task7",), statuses=(RunStatus.FAILED,)),
        "no such task": RunFilter(task_ids=("nothing",)),
        "queue": RunFilter(queues=("queue3",)),
        "label": RunFilter(labels=("label5",)),
        "text that is rare": RunFilter(text="no such text"),
    }
    for name, wanted in cases.items():
        for place, at in (("", None), (", far back", cursor)):

            async def look(wanted: RunFilter = wanted, at: str | None = at) -> object:
                return await store.read(lambda tx: runs.page(tx, wanted, cursor=at, limit=50))

            await _tell_latency(f"page of 50: {name}{place}", look)
    for name, query in (("count by status", runs.count_by_status), ("newest id", runs.newest_id)):
        await _tell_latency(name, partial(_count, store, query), count=20)


async def _count(store: Store, query: Callable[[Tx], object]) -> object:
    return await store.read(query)


async def _tell_latency(what: str, look: Callable[[], Awaitable[object]], count: int = 200) -> None:
    spent, cpu = [], time.process_time()
    for _ in range(count):
        start = time.perf_counter()
        await look()
        spent.append((time.perf_counter() - start) * 1000)
    cpu_us = (time.process_time() - cpu) / count * 1e6
    spent.sort()
    p99 = spent[int(len(spent) * 0.99) - 1]
    figure = f"{statistics.median(spent):.2f} / {p99:.2f} ms"
    tell(what, figure, cpu_us=cpu_us, beside="p50 / p99")


def _run(number: int, *, over: bool = False) -> Run:
    ending = RunStatus.FAILED if number % 20 == 0 else RunStatus.SUCCEEDED
    return Run(
        id=_ids.new(),
        task_id=f"task{number % 100}",
        task_version=1,
        spec=SPEC,
        executor="script",
        queue=f"queue{number % 10}",
        concurrency_key=f"task{number % 100}",
        params={"number": number},
        labels=(f"label{number % 50}",) if number % 10 == 5 else (),
        status=ending if over else RunStatus.QUEUED,
        submitted_at=_now(),
        finished_at=_now() if over else None,
    )


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    main()
