"""What a fortnight leaves behind in a store: runs, their attempts, and the ledger of schedules."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert

from runyard.domain.ids import RunIds
from runyard.domain.runs import Run, RunError
from runyard.domain.schedules.model import Decision, Occurrence
from runyard.domain.states import AttemptStatus, RunStatus
from runyard.domain.tasks import TaskSpec
from runyard.store import occurrences, open_store, runs
from runyard.store.encoding import to_json, to_us
from runyard.store.schema import attempts
from runyard.store.tx import Tx

_ERRORS = {
    RunStatus.FAILED: RunError(
        type="TimeoutError",
        message="warehouse-2.internal:5433 does not answer within 30 s",
        traceback='Traceback (most recent call last):\n  File "sync_inventory.py", line 41, in '
        "<module>\n    stock = fetch(warehouse)\nTimeoutError: warehouse-2.internal:5433 does not "
        "answer within 30 s\n",
    ),
    RunStatus.TIMED_OUT: RunError(type="timeout", message="the attempt took longer than 20 m"),
    RunStatus.CRASHED: RunError(type="memory_limit", message="it used more than 8 GB of memory"),
    RunStatus.CANCELLED: RunError(type="cancelled", message="no longer needed"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """How a task has been run: every so often, for about so long, and with what mishaps."""

    task_id: str
    title: str
    project: str
    queue: str
    labels: tuple[str, ...]
    every: timedelta
    takes: timedelta
    schedule: str | None = None
    mishaps: tuple[tuple[int, RunStatus], ...] = ()  # each so-manieth run ends so
    params: tuple[tuple[str, object], ...] = ()


_H, _M, _S = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
_FAILED, _LATE, _CRASHED = RunStatus.FAILED, RunStatus.TIMED_OUT, RunStatus.CRASHED

PASTS = (
    Past(task_id="crawl_news", title="Crawl the news sites", project="news", queue="crawl",
         labels=("hourly", "network"), every=_M * 30, takes=_M * 4, schedule="half-hourly",
         mishaps=((23, _FAILED), (61, _LATE)), params=(("depth", 2), ("section", "world"))),
    Past(task_id="nightly_backup", title="Nightly backup", project="ops", queue="io",
         labels=("nightly", "critical"), every=_H * 24, takes=_M * 47, schedule="night"),
    Past(task_id="train_ranker", title="Train the search ranker", project="search", queue="gpu",
         labels=("gpu", "weekly"), every=_H * 40, takes=_M * 190, schedule="weekly",
         mishaps=((4, _CRASHED),), params=(("epochs", 40), ("rate", 0.003))),
    Past(task_id="import_orders", title="Import orders", project="shop", queue="orders",
         labels=("shop",), every=_H * 3, takes=_M * 11, mishaps=((9, RunStatus.CANCELLED),),
         params=(("shop", "berlin"),)),
    Past(task_id="sync_inventory", title="Synchronise the stock", project="shop", queue="io",
         labels=("shop", "network"), every=_M * 45, takes=_S * 50, schedule="quarterly",
         mishaps=((9, _FAILED), (13, _FAILED))),
    Past(task_id="resize_images", title="Resize pictures", project="shop", queue="images",
         labels=("shop", "cpu"), every=_M * 20, takes=_S * 95, schedule="default",
         mishaps=((90, _CRASHED),)),
    Past(task_id="send_digest", title="Send the weekly digest", project="news", queue="mail",
         labels=("mail", "weekly"), every=_H * 84, takes=_M * 6, schedule="friday"),
    Past(task_id="refresh_search_index", title="Refresh the search index", project="search",
         queue="io", labels=("hourly",), every=_H, takes=_S * 140, schedule="hourly",
         mishaps=((37, _LATE),)),
    Past(task_id="close_the_books", title="Close the books", project="finance", queue="finance",
         labels=("monthly", "critical"), every=_H * 160, takes=_M * 25, schedule="last-workday"),
    Past(task_id="probe_services", title="Probe the services", project="ops", queue="probes",
         labels=("critical",), every=_M * 25, takes=_S * 2, schedule="default",
         mishaps=((53, _FAILED),)),
)  # fmt: skip


def write_history(store_url: str, *, days: float, now: datetime | None = None) -> int:
    """Fills a store that no server has open; the number of runs."""
    until = now or datetime.now(UTC)
    made = sorted(
        (one for past in PASTS for one in _runs_of(past, until - timedelta(days=days), until)),
        key=lambda run: run.submitted_at,
    )

    def write(tx: Tx) -> int:
        for start in range(0, len(made), 500):
            part = made[start : start + 500]
            runs.insert(tx, part)
            tx.execute(insert(attempts), [_attempt(run) for run in part])
            occurrences.insert(tx, [_occurrence(run) for run in part if run.schedule_id])
        return len(made)

    async def fill() -> int:
        store = open_store(store_url)
        try:
            return await store.write(write)
        finally:
            store.close()

    return asyncio.run(fill())


def _runs_of(past: Past, since: datetime, until: datetime) -> Iterator[Run]:
    spec = TaskSpec(title=past.title, queue=past.queue, project=past.project, labels=past.labels)
    clock_ms = 0
    ids = RunIds(lambda: clock_ms)
    number = 0
    planned = since + past.every / 3
    while planned < until - past.takes * 1.5:
        number += 1
        status = next(
            (bad for each, bad in past.mishaps if number % each == 0), RunStatus.SUCCEEDED
        )
        # Waves instead of chance: the same picture each time.
        wave = 1 + 0.25 * math.sin(number / 3.0) + 0.12 * math.sin(number * 1.7)
        started = planned + _S * (1 + 40 * max(0.0, math.sin(number * 0.9)))
        finished = started + past.takes * wave * (0.4 if status is _FAILED else 1)
        clock_ms = int(planned.timestamp() * 1000)
        yield Run(
            id=ids.new(),
            task_id=past.task_id,
            task_version=1,
            spec=spec,
            executor="script",
            queue=past.queue,
            project=past.project,
            concurrency_key=past.task_id,
            params=dict(past.params),
            labels=past.labels,
            status=status,
            attempt=1,
            failures=int(status is _FAILED),
            progress=100.0 if status is RunStatus.SUCCEEDED else 40.0,
            error=_ERRORS.get(status),
            result={"items": 40 + number} if status is RunStatus.SUCCEEDED else None,
            submitted_at=planned,
            submitted_by="schedule" if past.schedule else "ann",
            started_at=started,
            finished_at=finished,
            schedule_id=f"{past.task_id}:{past.schedule}" if past.schedule else None,
            scheduled_for=planned if past.schedule else None,
        )
        planned += past.every


def _attempt(run: Run) -> dict[str, object]:
    started = run.started_at or run.submitted_at
    finished = run.finished_at or started
    took_s = (finished - started).total_seconds()
    return {
        "run_id": run.id,
        "number": 1,
        "status": AttemptStatus(run.status.value).value,
        "engine": "local",
        "pid": 4000 + int(took_s) % 900,
        "started_at": to_us(started),
        "finished_at": to_us(finished),
        "exit_code": 0 if run.status is RunStatus.SUCCEEDED else 1,
        "signal": None,
        "error": None
        if run.error is None
        else to_json(
            {"type": run.error.type, "message": run.error.message, "traceback": run.error.traceback}
        ),
        "cpu_s": took_s * 0.6,
        "peak_memory_bytes": 48_000_000 + int(took_s * 90_000),
        "log_start": 0,
        "log_end": 0,
    }


def _occurrence(run: Run) -> Occurrence:
    return Occurrence(
        schedule_id=run.schedule_id or "",
        planned_at=run.submitted_at,
        planned_local=run.submitted_at.strftime("%Y-%m-%d %H:%M:%S+00:00 UTC"),
        due_at=run.submitted_at,
        decision=Decision.FIRED,
        rule="its time had come",
        decided_at=run.submitted_at,
        run_id=run.id,
    )
