"""A small world for the real scheduler: a real store, a clock that jumps, a server that dies."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast

from runyard.domain.admission import Admission
from runyard.domain.ids import RunIds
from runyard.domain.runs import Outcome, Run
from runyard.domain.schedules.spec import NamedSchedule
from runyard.domain.states import AttemptStatus, RunStatus
from runyard.domain.tasks import Problem, TaskSource, TaskSpec
from runyard.executors.registry import Executors
from runyard.runtime.catalog import Catalog
from runyard.runtime.control import Cancellation
from runyard.runtime.dispatcher import Dispatcher
from runyard.runtime.external import ExternalWork
from runyard.runtime.schedules.building import Scheduling, build_scheduling
from runyard.runtime.schedules.settling import Settled
from runyard.runtime.submission import Submission
from runyard.runtime.task_index import TaskIndex
from runyard.store import Store, Tx, open_store, runs, tasks
from runyard.store.runs import Finish
from runyard.store.tasks import TaskChange

T = TypeVar("T")
START = datetime(2026, 3, 6, 1, 20, 30, 250_000, tzinfo=UTC)
_IDS = RunIds(lambda: 1_700_000_000_000)


class Killed(Exception):
    """The server died here; `committed` says whether the change it had asked for is kept."""

    def __init__(self, *, committed: bool) -> None:
        super().__init__()
        self.committed = committed


@dataclass
class ByHand:
    """A clock that only moves when it is told to."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at


class MortalStore:
    """The real store, until the server is to die at one of its calls."""

    def __init__(self, store: Store) -> None:
        self.real = store
        self.dies_in: int | None = None  # calls
        self.after_commit = False

    def listen(self, listener: Any) -> None:
        self.real.listen(listener)

    def read(self, query: Callable[[Tx], T]) -> Awaitable[T]:
        return self._call(lambda: self.real.read(query), is_write=False)

    def write(self, change: Callable[[Tx], T]) -> Awaitable[T]:
        return self._call(lambda: self.real.write(change), is_write=True)

    async def _call(self, call: Callable[[], Awaitable[T]], *, is_write: bool) -> T:
        if self.dies_in is None:
            return await call()
        self.dies_in -= 1
        if self.dies_in > 0:
            return await call()
        self.dies_in = None
        if self.after_commit:
            await call()
        raise Killed(committed=self.after_commit and is_write)


class _Engine:
    """Starts nothing, and hears of stops."""

    name = "none"
    incarnation = "one"

    def __init__(self) -> None:
        self.stopped: dict[str, timedelta] = {}

    async def stop(self, key: str, *, reason: object, grace: timedelta) -> None:
        self.stopped[key.partition(".")[0]] = grace


class World:
    """One server after the other on one database. Runs start and end when a test says so."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.clock = ByHand()
        self.engine = _Engine()
        self.settled = 0  # rounds of decisions that were committed, and perhaps more

    async def start(self) -> None:
        """A new server, as after a kill: nothing is known but what is stored."""
        self.store = MortalStore(open_store(self.url))
        index = TaskIndex(cast(Store, self.store))
        await index.open()
        self.scheduling = self._build(index)
        await self.scheduling.open()

    def close(self) -> None:
        self.store.real.close()

    def _build(self, index: TaskIndex) -> Scheduling:
        store = cast(Store, self.store)
        catalog = cast(Catalog, _Tasks(index))

        def never(*_: object) -> Any:
            raise AssertionError("nothing is dispatched here")

        dispatcher = Dispatcher(
            store=store,
            engine=cast(Any, self.engine),
            admission=Admission(total=5),
            clock=self.clock,
            launcher=never,
            on_claimed=never,
            on_external=never,
            on_unlaunchable=never,
        )
        external = ExternalWork(store=store, tracker=cast(Any, None), clock=self.clock)
        cancellation = Cancellation(
            store=store, dispatcher=dispatcher, external=external, clock=self.clock
        )
        submission = Submission(
            store=store,
            dispatcher=dispatcher,
            executors=Executors(),
            ids=_IDS,
            clock=self.clock,
            catalog=catalog,
            cancellation=cancellation,
        )
        built = build_scheduling(
            store=store,
            clock=self.clock,
            ids=_IDS,
            catalog=catalog,
            submission=submission,
            cancellation=cancellation,
            default_zone="UTC",
            monotonic=lambda: 0.0,
        )
        settling = built.scheduler._settling
        settle_due = settling.settle_due

        def counted(tx: Tx, now: datetime, *, most: int) -> Settled:
            self.settled += 1
            return settle_due(tx, now, most=most)

        settling.settle_due = counted  # type: ignore[method-assign]
        return built

    async def look(self) -> None:
        """The scheduler decides until nothing is left to do."""
        while await self.scheduling.scheduler.look():
            pass

    # Tasks and runs

    async def save_task(
        self,
        task_id: str = "t",
        *,
        schedules: Sequence[NamedSchedule] = (),
        problems: tuple[Problem, ...] = (),
        spec: TaskSpec | None = None,
    ) -> None:
        spec = replace(spec or TaskSpec(), schedules=tuple(schedules))
        change = TaskChange(
            id=task_id,
            source=TaskSource.FILE,
            spec=spec,
            content="print()",
            content_hash=f"{hash((str(spec), problems))}",
            author="ada",
            problems=problems,
            at=self.clock.now(),
        )
        await self.store.real.write(lambda tx: tasks.save(tx, change))

    async def pause_task(self, task_id: str = "t", *, paused: bool) -> None:
        await self.store.real.write(lambda tx: tasks.update_state(tx, task_id, paused=paused))

    async def live_runs(self) -> list[Run]:
        return await self.store.real.read(runs.live)

    async def all_runs(self) -> list[Run]:
        page = await self.store.real.read(
            lambda tx: runs.page(tx, runs.RunFilter(), limit=1_000_000)
        )
        return list(page.items)

    async def end_run(self, run: Run, status: RunStatus) -> None:
        now = self.clock.now()

        def change(tx: Tx) -> None:
            runs.claim(tx, [run.id], at=now)
            outcome = Outcome(status=AttemptStatus(status.value), at=now)
            end = Finish(run_id=run.id, attempt=1, status=status, outcome=outcome)
            assert runs.finish(tx, [end])

        await self.store.real.write(change)

    async def claim(self, run: Run) -> None:
        now = self.clock.now()
        await self.store.real.write(lambda tx: runs.claim(tx, [run.id], at=now))


class _Tasks:
    """What scheduling asks of the catalog."""

    def __init__(self, index: TaskIndex) -> None:
        self.known = index.get
        self.find = index.find
        self.all_known = index.all


async def settle_loop() -> None:
    """Let the listeners of the last commit run."""
    await asyncio.sleep(0)
