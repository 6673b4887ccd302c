"""Measures the store: `python benchmarks/store.py [--url URL] [--rows 1000000]`.

Prints one table. Ratios are against what the driver does with bare statements in the same run, so
that a slow machine does not look like a slow store.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import statistics
import tempfile
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from runyard.domain.ids import RunIds
from runyard.domain.runs import Outcome, Run
from runyard.domain.states import FINAL, AttemptStatus, RunStatus
from runyard.domain.tasks import TaskSpec
from runyard.store import RunFilter, Store, Tx, open_store, runs, settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

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


def _bare_commits(folder: Path, count: int = 1000) -> float:
    """Single-row commits a second of sqlite3 alone: WAL, synchronous FULL."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, value TEXT)")
    start = time.perf_counter()
    for number in range(count):
        connection.execute("INSERT INTO bare VALUES (?, ?)", (number, "value"))
    elapsed = time.perf_counter() - start
    connection.close()
    return count / elapsed


async def _measure(url: str, *, rows: int, bare: float) -> None:
    store = open_store(url)
    print(f"{'what':44}{'figure':>16}   ratio")
    _show("bare sqlite3 commits/s", bare, bare)
    _show("single commits/s", await _single(store), bare)
    _show("grouped writes/s, 200 callers", await _grouped(store), bare)
    _show("lives/s, batches of 50", await _lives(store, batch=50), bare)
    _show("lives/s, batches of 1", await _lives(store, batch=1, count=500), bare)
    _show("bulk insert runs/s, 10,000 a call", await _bulk(store, rows), bare)
    await _pages(store)
    store.close()


def _show(what: str, figure: float, bare: float) -> None:
    print(f"{what:44}{figure:>16,.0f}   {figure / bare:.2f}x", flush=True)


async def _single(store: Store, count: int = 1000) -> float:
    start = time.perf_counter()
    for number in range(count):
        await store.write(partial(settings.put, key="single", value=number))
    return count / (time.perf_counter() - start)


async def _grouped(store: Store, callers: int = 200, each: int = 50) -> float:
    async def caller(name: int) -> None:
        for number in range(each):
            await store.write(partial(settings.put, key=f"caller{name}", value=number))

    start = time.perf_counter()
    await asyncio.gather(*(caller(name) for name in range(callers)))
    return callers * each / (time.perf_counter() - start)


async def _lives(store: Store, *, batch: int, count: int = 10_000) -> float:
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

    batches = [[_run(number) for number in range(batch)] for _ in range(count // batch)]
    start = time.perf_counter()
    for new in batches:
        await live(new)
    return count / (time.perf_counter() - start)


async def _bulk(store: Store, rows: int, part: int = 10_000) -> float:
    """Time of the store only; half of the rows are final, as after a long life."""
    spent = 0.0
    for first in range(0, rows, part):
        new = [_run(number, over=number % 2 == 0) for number in range(first, first + part)]
        start = time.perf_counter()
        await store.write(partial(runs.insert, new=new))
        spent += time.perf_counter() - start
    return rows / spent


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
    print(f"{'page of 50':44}{'p50 ms':>16}{'p99 ms':>10}")
    for name, wanted in cases.items():
        for place, at in (("", None), (", far back", cursor)):

            async def look(wanted: RunFilter = wanted, at: str | None = at) -> object:
                return await store.read(lambda tx: runs.page(tx, wanted, cursor=at, limit=50))

            p50, p99 = await _latency(look)
            print(f"{'  ' + name + place:44}{p50:>16.2f}{p99:>10.2f}", flush=True)
    for name, query in (("count by status", runs.count_by_status), ("newest id", runs.newest_id)):
        p50, p99 = await _latency(partial(_count, store, query), count=20)
        print(f"{'  ' + name:44}{p50:>16.2f}{p99:>10.2f}", flush=True)


async def _count(store: Store, query: Callable[[Tx], object]) -> object:
    return await store.read(query)


async def _latency(look: Callable[[], Awaitable[object]], count: int = 200) -> tuple[float, float]:
    spent = []
    for _ in range(count):
        start = time.perf_counter()
        await look()
        spent.append((time.perf_counter() - start) * 1000)
    spent.sort()
    return statistics.median(spent), spent[int(len(spent) * 0.99) - 1]


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
