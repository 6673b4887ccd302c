"""Whatever happens to the server and to its clock: planned = decided, one row each, one run each.

The real scheduler, on a real store, is driven by a clock that a test moves, killed at its calls of
the store, and compared after every step with an account that computes planned times by looking at
every one of them and decides from scratch.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from runyard.domain.runs import Run
from runyard.domain.schedules.calendars import calendar_from
from runyard.domain.schedules.lookahead import Lookahead
from runyard.domain.schedules.model import Decision, Occurrence, Origin
from runyard.domain.schedules.spec import CatchUp, Overlap, ScheduleSpec
from runyard.domain.states import RunStatus
from runyard.domain.tasks import Problem
from runyard.runtime.schedules import preparing, timelines
from runyard.store import occurrences as ledger
from runyard.store import open_store
from tests.runtime.schedule_oracle import Oracle
from tests.runtime.schedule_world import START, Killed, World

KEY = "t:s"
MOST_ROWS = 40
CLOSED = "2026-03-07"

_TRIGGERS: list[dict[str, Any]] = [
    {"every": timedelta(seconds=7)},
    {"every": timedelta(minutes=1), "at_once": True},
    {"every": timedelta(minutes=10)},
    {"cron": "*/7 * * * *"},
    {"every": timedelta(seconds=7)},
    {"every": timedelta(minutes=1)},
    {"cron": "0 * * * *"},
    {"cron": "30 2,14 * * *"},
]
_POLICIES: dict[str, list[Any]] = {
    "overlap": list(Overlap),
    "catch_up": list(CatchUp),
    "grace": [timedelta(seconds=5), timedelta(minutes=1), timedelta(minutes=15)],
    "catch_up_window": [timedelta(minutes=30), timedelta(hours=3), timedelta(days=1)],
    "jitter": [timedelta(), timedelta(), timedelta(seconds=200)],
    "max_fires": [None, None, None, 2, 6],
    "pause_after_failures": [0, 0, 1, 2],
    "calendar": [None, None, "open"],
}


def _a_spec(random: Random) -> ScheduleSpec:
    policies = {name: random.choice(choices) for name, choices in _POLICIES.items()}
    return ScheduleSpec(**random.choice(_TRIGGERS), **policies)


def _a_step(random: Random) -> tuple[str, Any]:
    """Mostly time goes by and runs end; now and then something else happens."""
    name = random.choice(
        ["wait"] * 12
        + ["long wait"]
        + ["end"] * 6
        + ["claim", "claim", "die", "die", "back", "look", "pause", "resume", "resume"]
        + ["trigger", "restart", "skip", "pause task", "break task", "edit"]
    )
    argument: Any = None
    match name:
        case "wait":
            argument = random.choice([3, 8, 8, 30, 61, 61, 61, 125, 420, 700, 3700])
        case "long wait":
            name, argument = "wait", random.choice([12_345, 90_000])
        case "back":
            argument = random.choice([1, 100, 3600])
        case "end":
            how = random.choice(["succeeded", "succeeded", "failed", "cancelled"])
            argument = (how, random.randrange(4))
        case "die":
            argument = (random.randint(1, 4), random.random() < 0.5)
        case "skip":
            argument = random.randint(1, 3)
        case "pause task" | "break task":
            argument = random.random() < 0.4
        case "edit":
            argument = _a_spec(random)
    return name, argument


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scheduler") / "template.db"
    open_store(f"sqlite:///{path}").close()
    return path


def _memory() -> str | None:
    """Where a commit costs no disk: the server dies here, the machine does not."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@contextmanager
def _small_portions() -> Iterator[None]:
    """Long absences come soon, and are computed in several portions."""
    with (
        mock.patch.object(timelines, "Lookahead", partial(Lookahead, most=MOST_ROWS)),
        mock.patch.object(preparing, "_AT_ONCE", 500),
    ):
        yield


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32))
def test_planned_is_decided(template: Path, seed: int) -> None:
    random = Random(seed)
    spec = _a_spec(random)
    steps = [_a_step(random) for _ in range(random.randint(1, 40))]
    note(f"seed {seed}: {steps}")
    with tempfile.TemporaryDirectory(prefix="rys", dir=_memory()) as folder, _small_portions():
        path = Path(folder) / "a.db"
        shutil.copyfile(template, path)
        asyncio.run(_Simulation(path, spec).run(steps))


class _Simulation:
    def __init__(self, path: Path, spec: ScheduleSpec) -> None:
        self.world = World(f"sqlite:///{path}")
        self.oracle = Oracle(
            key=KEY,
            spec=spec,
            anchor=START.replace(microsecond=0),
            cursor=START.replace(microsecond=0) if spec.at_once else START,
            most_rows=MOST_ROWS,
            excluded=frozenset([CLOSED]),
        )
        self.oracle.cursor -= timedelta(microseconds=1)
        self.ends: list[str] = []  # runs that ended since the last round of decisions
        self.triggered: set[datetime] = set()
        self.claimed: set[datetime] = set()
        self.was_allowed = False  # runs beside each other

    async def run(self, steps: list[tuple[str, Any]]) -> None:
        world = self.world
        await world.start()
        await world.save_task()
        calendar = calendar_from({"exclude": [CLOSED]})
        schedules = world.scheduling.schedules
        await world.scheduling.calendars.save("open", calendar, author="ada")
        await schedules.create(task_id="t", name="s", spec=self.oracle.spec, author="ada")
        try:
            for name, argument in steps:
                await getattr(self, f"do_{name.replace(' ', '_')}")(argument)
                await self.compare()
            await self.come_to_rest()
        finally:
            world.close()

    async def come_to_rest(self) -> None:
        """Nothing that waits is forgotten: when all that runs ends, the next one starts."""
        self.world.store.dies_in = None
        await self.do_look(None)  # what has failed by now may pause the schedule
        await self.do_resume(None)
        await self.do_break_task(False)
        await self.do_look(None)
        for _ in range(40):
            if not self.oracle.live:
                break
            await self.do_end(("succeeded", 0))
            await self.do_look(None)
        await self.compare()
        assert self.oracle.live or Decision.BUFFERED not in self.oracle.rows.values()

    # What happens to the world; each also happens to the oracle

    async def do_wait(self, seconds: int) -> None:
        self.world.clock.at += timedelta(seconds=seconds)
        await self.do_look(None)

    async def do_back(self, seconds: int) -> None:
        self.world.clock.at -= timedelta(seconds=seconds)
        await self.do_look(None)

    async def do_look(self, _: None) -> None:
        for _round in range(500):
            before = self.world.settled
            try:
                more = await self.world.scheduling.scheduler.look()
            except Killed:
                self._note_settled(before)
                await self.do_restart(None)
                continue
            if not self._note_settled(before) and not more:
                return
        raise AssertionError("the scheduler does not come to rest")

    def _note_settled(self, before: int) -> bool:
        if self.world.settled == before:
            return False
        ends, self.ends = self.ends, []
        self._decide(ends)
        return True

    def _decide(self, ends: list[str]) -> None:
        self.oracle.decide(self.world.clock.at, ends)
        for at in self.oracle.cancelled:
            if at not in self.claimed and at in self.oracle.live:
                self.oracle.ended(at)  # it had not started: it is over at once
                self.ends.append("cancelled")
        self.oracle.cancelled.clear()

    async def do_die(self, when: tuple[int, bool]) -> None:
        """The server will die at the n-th call of the store from now on."""
        self.world.store.dies_in, self.world.store.after_commit = when

    async def do_restart(self, _: None) -> None:
        self.world.close()
        await self.world.start()

    async def do_end(self, what: tuple[str, int]) -> None:
        status, number = what
        live = await self.world.live_runs()
        if not live:
            return
        run = live[number % len(live)]
        assert run.scheduled_for is not None
        await self.world.end_run(run, RunStatus(status))
        self.oracle.ended(run.scheduled_for)
        self.ends.append(status)

    async def do_claim(self, _: None) -> None:
        for run in await self.world.live_runs():
            if run.status is RunStatus.QUEUED:
                await self.world.claim(run)
                assert run.scheduled_for is not None
                self.claimed = {*self.claimed, run.scheduled_for}

    async def do_pause(self, _: None) -> None:
        schedules = self.world.scheduling.schedules
        if await self._done(schedules.pause(KEY, reason="tired", by="ada")):
            self._decide([])
            if not self.oracle.is_paused:
                self.oracle.is_paused, self.oracle.paused_at = True, self.world.clock.at

    async def do_resume(self, _: None) -> None:
        if await self._done(self.world.scheduling.schedules.resume(KEY, by="ada")):
            self._decide([])
            if self.oracle.is_paused:
                self.oracle.resume(self.world.clock.at)
                self._decide([])

    async def do_trigger(self, _: None) -> None:
        if self.oracle.task_is_broken:
            return
        before = {run.id for run in await self.world.all_runs()}
        if await self._done(self.world.scheduling.schedules.trigger(KEY, by="ada")):
            self._decide([])
            fresh = [run for run in await self.world.all_runs() if run.id not in before]
            (run,) = [run for run in fresh if run.submitted_by == "ada"]
            assert run.scheduled_for is not None
            self.triggered.add(run.scheduled_for)
            self.oracle.live.append(run.scheduled_for)

    async def do_skip(self, count: int) -> None:
        schedules = self.world.scheduling.schedules
        if await self._done(schedules.skip_next(KEY, count=count, by="ada")):
            self._decide([])
            self.oracle.skips += count

    async def do_pause_task(self, paused: bool) -> None:
        await self.world.pause_task(paused=paused)
        self.oracle.task_is_paused = paused

    async def do_break_task(self, is_broken: bool) -> None:
        problems = (Problem(message="it is broken"),) if is_broken else ()
        await self.world.save_task(problems=problems)
        self.oracle.task_is_broken = is_broken

    async def do_edit(self, spec: ScheduleSpec) -> None:
        if spec == self.oracle.spec:
            return
        edit = self.world.scheduling.schedules.replace(
            KEY, spec, expected_version=None, author="ada"
        )
        if await self._done(edit):
            self._decide([])
            self.oracle.edit(spec, self.world.clock.at)

    async def _done(self, call: Any) -> bool:
        """Whether what was asked for has happened, also when the server died of it."""
        store = self.world.store
        death, store.dies_in = store.dies_in, None
        await self.world.scheduling.scheduler._sync.catch_up()  # so the next write is the call's
        store.dies_in = death
        try:
            await call
        except Killed as killed:
            await self.do_restart(None)
            return killed.committed
        return True

    # What must be true

    async def compare(self) -> None:
        rows = await self.world.store.real.read(
            lambda tx: ledger.page(tx, KEY, limit=1_000_000).items
        )
        all_runs = await self.world.all_runs()
        _check_runs(rows, all_runs)
        planned = {row.planned_at: row for row in rows if row.origin is Origin.PLANNED}
        assert _differences(planned, self.oracle.rows) == {}
        assert sum(row.count - 1 for row in rows) == self.oracle.folded
        assert {row.planned_at for row in rows if row.origin is Origin.TRIGGERED} == self.triggered
        live = [run.scheduled_for for run in all_runs if not run.status.is_final]
        assert Counter(live) == Counter(self.oracle.live)
        beside = [at for at in live if at in self.triggered]
        if self.oracle.spec.overlap is not Overlap.ALLOW_ALL and not self.was_allowed:
            assert len(live) - len(beside) <= 1
        else:
            self.was_allowed = bool(live)


def _differences(
    rows: dict[datetime, Occurrence], wanted: dict[datetime, Decision]
) -> dict[str, tuple[str, str]]:
    """Planned times that were not decided as they should have been: (decided, expected)."""
    decided = {at: row.decision for at, row in rows.items()}
    return {
        f"{at}": (str(decided.get(at)), str(wanted.get(at)))
        for at in sorted(decided.keys() | wanted.keys())
        if decided.get(at) != wanted.get(at)
    }


def _check_runs(rows: tuple[Occurrence, ...], all_runs: list[Run]) -> None:
    """Every fired row has exactly one run, and every run exactly one row."""
    fired = {row.run_id: row for row in rows if row.decision is Decision.FIRED}
    assert None not in fired
    assert len(fired) == sum(row.decision is Decision.FIRED for row in rows)
    assert fired.keys() == {run.id for run in all_runs}
    for run in all_runs:
        assert run.schedule_id == KEY
        assert run.scheduled_for == fired[run.id].planned_at
    assert all(row.run_id is None for row in rows if row.decision is not Decision.FIRED)
