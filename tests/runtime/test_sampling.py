"""The sampler and its history: curves of runs that last, 24 hours of the machine, thinned out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runyard.domain.runs import Run
from runyard.domain.states import RunStatus
from runyard.domain.tasks import TaskSpec
from runyard.engines.contract import AttemptKey, LiveAttempt
from runyard.process import usage_file
from runyard.process.usage import TICKS_PER_S, TreeUsage
from runyard.runtime.gauges import MachineGauge, ProcessGauge
from runyard.runtime.load_history import LoadHistory, LoadSample
from runyard.runtime.sampling import Sampler

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
RUN_ID = "01hzx3v7k2m4n6p8"


def sample(cpu: float = 10.0, *, running: int = 0) -> LoadSample:
    return LoadSample(
        cpu_percent=cpu, memory_percent=20.0, disk_percent=30.0, running=running, waiting=7
    )


def test_history_is_given_oldest_first_with_the_time_of_the_wall() -> None:
    history = LoadHistory()
    for number in range(3):
        history.add(sample(number), at=1000.0 + 10 * number)
    points = history.points(span_s=60, now=1025.0, wall=NOW)
    assert [point.load.cpu_percent for point in points] == [0.0, 1.0, 2.0]
    assert points[-1].at == NOW - timedelta(seconds=5)
    assert points[-1].load == sample(2.0)
    jumped = history.points(span_s=60, now=1025.0, wall=NOW + timedelta(days=400))
    assert jumped[-1].at - jumped[0].at == timedelta(seconds=20)


def test_history_is_thinned_out_to_means_and_peaks() -> None:
    history = LoadHistory()
    for number in range(8640):
        history.add(sample(number % 2 * 100, running=number % 2), at=10.0 * number)
    points = history.points(span_s=86_400, now=86_400.0, wall=NOW)
    assert 300 <= len(points) <= 360
    assert {point.load.cpu_percent for point in points[1:-1]} <= {48.0, 50.0, 52.0, 52.2, 47.8}
    assert {point.load.running for point in points} == {1}
    assert len(history.points(span_s=3600, now=86_400.0, wall=NOW)) <= 360
    assert history.points(span_s=0, now=86_400.0, wall=NOW) == []


def test_history_keeps_one_day() -> None:
    history = LoadHistory()
    for number in range(9000):
        history.add(sample(), at=10.0 * number)
    points = history.points(span_s=86_400 * 9, now=90_000.0, wall=NOW)
    assert points[0].at >= NOW - timedelta(seconds=86_400 + 3000)
    assert [point.at for point in points] == sorted(point.at for point in points)


@dataclass
class World:
    """Live attempts, and what their trees use."""

    folder: Path
    live: list[LiveAttempt] = field(default_factory=list)
    trees: dict[str, TreeUsage] = field(default_factory=dict)
    looks: list[Mapping[str, int]] = field(default_factory=list)
    asked: int = 0

    def __post_init__(self) -> None:
        self.sampler = Sampler(
            history=LoadHistory(),
            load=sample,
            live=lambda: self.live,
            look=self.look,
            runs_by_id=self.runs_by_id,
            log_path=self.log_path,
        )

    def look(self, mains: Mapping[str, int]) -> Mapping[str, TreeUsage]:
        self.looks.append(mains)
        return {key: self.trees[key] for key in mains if key in self.trees}

    async def runs_by_id(self, run_ids: Sequence[str]) -> dict[str, Run]:
        self.asked += 1
        return {
            run_id: Run(
                id=run_id,
                task_id="t",
                task_version=None,
                concurrency_key=None,
                spec=TaskSpec(),
                executor="script",
                queue="script",
                status=RunStatus.RUNNING,
                submitted_at=NOW,
            )
            for run_id in run_ids
        }

    def log_path(self, run: Run) -> Path:
        return self.folder / f"{run.task_id}_{run.id}.log"

    def start(self, *, age_s: float, ticks: int = 0, process_age_s: float | None = None) -> None:
        started = datetime.now(UTC) - timedelta(seconds=age_s)
        key = AttemptKey(f"{RUN_ID}.1")
        self.live = [LiveAttempt(key=key, pid=99, started_at=started)]
        self.use(ticks, age_s=age_s if process_age_s is None else process_age_s)

    def use(self, ticks: int, *, age_s: float = 0.0) -> None:
        self.trees[f"{RUN_ID}.1"] = TreeUsage(
            ticks=ticks, rss_bytes=1000, threads=1, processes=2, age_s=age_s, pids=(99, 100)
        )

    def curve(self) -> list[float]:
        points, _ = usage_file.read(self.folder / f"t_{RUN_ID}.log.use")
        return [point.cpu_percent for point in points]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def test_a_short_run_is_never_looked_at(world: World) -> None:
    world.start(age_s=0.1)
    await world.sampler.sample_runs(now=100.0)
    world.live = []
    await world.sampler.sample_runs(now=101.0)
    assert (world.looks, world.asked) == ([], 0)
    assert os.listdir(world.folder) == []


async def test_shares_are_since_the_start_and_then_since_the_point_before(world: World) -> None:
    world.start(age_s=2.0, ticks=TICKS_PER_S)
    await world.sampler.sample_runs(now=100.0)
    world.use(2 * TICKS_PER_S)
    await world.sampler.sample_runs(now=101.0)
    world.use(TICKS_PER_S)  # a process left the tree with its time
    await world.sampler.sample_runs(now=102.0)
    assert world.curve() == [50.0, 100.0, 0.0]
    assert world.asked == 1


async def test_what_a_pooled_process_used_before_is_not_this_runs(world: World) -> None:
    world.start(age_s=2.0, ticks=500 * TICKS_PER_S, process_age_s=1000.0)
    await world.sampler.sample_runs(now=100.0)
    world.use(501 * TICKS_PER_S, age_s=1001.0)
    await world.sampler.sample_runs(now=101.0)
    assert world.curve() == [0.0, 100.0]


async def test_after_a_minute_a_point_each_ten_seconds(world: World) -> None:
    world.start(age_s=3600.0)
    for second in range(31):
        await world.sampler.sample_runs(now=100.0 + second)
    assert len(world.curve()) == 4


async def test_a_tree_that_is_gone_has_no_point(world: World) -> None:
    world.start(age_s=2.0)
    world.trees.clear()
    await world.sampler.sample_runs(now=100.0)
    assert world.curve() == []


def test_the_gauge_of_this_machine(tmp_path: Path) -> None:
    now = MachineGauge(tmp_path, supervisor=lambda: None).now()
    assert 0 <= now.cpu_percent <= 100
    assert now.cpu_count >= 1
    assert now.server.pid == os.getpid()
    assert now.server.rss_bytes > 1_000_000
    assert now.supervisor is None
    assert 0 < now.memory.used < now.memory.total
    assert 0 < now.disk.percent <= 100


def test_the_gauge_of_processes_names_the_run(tmp_path: Path) -> None:
    key = AttemptKey(f"{RUN_ID}.2")
    live = [LiveAttempt(key=key, pid=os.getpid(), started_at=NOW)]
    gauge = ProcessGauge(tmp_path, live=lambda: live, supervisor=lambda: None)
    now = gauge.now()
    (run,) = now.runs
    assert (run.run_id, run.attempt, run.pid) == (RUN_ID, 2, os.getpid())
    assert run.processes >= 1
    own = next(one for one in now.python if one.pid == os.getpid())
    assert own.run_id == RUN_ID
    assert own.command
    assert len(own.command) <= 300
    assert gauge.now() is now  # asked again within a second, by another page
