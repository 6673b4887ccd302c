"""What runs use: trees of processes out of one look, and the curve beside the log."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from runyard.process import usage, usage_file
from runyard.process.usage import ProcessUsage
from runyard.process.usage_file import MOST_POINTS, UsagePoint
from tests.support.waiting import eventually

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def process(pid: int, parent: int, *, session: int | None = None, ticks: int = 1) -> ProcessUsage:
    return ProcessUsage(
        pid=pid,
        name="python3",
        state="S",
        parent=parent,
        group=session or pid,
        session=session or pid,
        started=1,
        own_ticks=ticks,
        all_ticks=ticks,
        threads=1,
        rss_bytes=10,
    )


def test_a_look_at_ourselves() -> None:
    own = usage.look(os.getpid())
    assert own is not None
    assert own.parent == os.getppid()
    assert own.session == os.getsid(0)
    assert own.threads >= 1
    assert own.rss_bytes > 1_000_000
    used_s = sum(os.times()[:2])
    assert abs(own.own_ticks / usage.TICKS_PER_S - used_s) < 1
    assert usage.look(2**31 - 1) is None
    assert os.getpid() in usage.look_at_all()
    assert "python" in usage.command_of(os.getpid())
    assert usage.command_of(2**31 - 1) == ""


def test_the_time_of_children_that_ended_stays_in_the_sum() -> None:
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    before = usage.look(os.getpid())
    subprocess.run([sys.executable, "-c", burn], check=True)
    after = usage.look(os.getpid())
    assert before is not None
    assert after is not None
    assert (after.all_ticks - before.all_ticks) / usage.TICKS_PER_S >= 0.25


def test_a_tree_has_its_session_its_descendants_and_its_orphans() -> None:
    supervisor, zygote = process(10, 1), process(11, 10)
    mine = [
        process(20, 11),  # main
        process(21, 20, session=20),
        process(22, 21),  # a session of its own, but a child
        process(23, 11, session=20),  # an orphan of the session
        process(24, 11),  # an orphan that left: known by its marker
        process(25, 24),
    ]
    others = [process(30, 11), process(31, 11), process(40, 1)]
    table = {one.pid: one for one in [supervisor, zygote, *mine, *others]}
    found = usage.trees(
        table,
        {"a.1": 20, "gone.1": 99},
        supervisor=10,
        marker_of=lambda one: "a.1" if one.pid in {20, 24} else None,
    )
    assert list(found) == ["a.1"]
    assert found["a.1"].pids == (20, 21, 22, 23, 24, 25)
    assert (found["a.1"].ticks, found["a.1"].rss_bytes) == (6, 60)


def test_a_real_tree(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    child = f"open({str(ready)!r}, 'w').close(); import time; time.sleep(60)"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with subprocess.Popen([sys.executable, "-c", code], start_new_session=True) as main:
        try:
            eventually(ready.exists)
            table = usage.look_at_all()
            (tree,) = usage.trees(
                table, {"a.1": main.pid}, supervisor=None, marker_of=lambda _: None
            ).values()
            assert tree.processes == 2
            assert tree.rss_bytes > 5_000_000
        finally:
            os.killpg(main.pid, 9)


def point(number: int, *, cpu: float = 1.0) -> UsagePoint:
    return UsagePoint(
        at=START + timedelta(seconds=number), cpu_percent=cpu, rss_bytes=number, processes=1
    )


def test_a_curve_comes_back(tmp_path: Path) -> None:
    path = usage_file.path_of(tmp_path / "x.log")
    assert path.name == "x.log.use"
    assert usage_file.read(path) == ([], 0)
    points = [point(number, cpu=number / 2) for number in range(5)]
    assert {usage_file.append(path, one, every_s=10) for one in points} == {10}
    assert usage_file.read(path) == (points, 10)


def test_a_full_curve_halves_its_resolution_and_keeps_its_peaks(tmp_path: Path) -> None:
    path = tmp_path / "x.log.use"
    pauses = [
        usage_file.append(path, point(number, cpu=number % 2), every_s=10)
        for number in range(2 * MOST_POINTS)
    ]
    assert pauses[MOST_POINTS - 2 : MOST_POINTS] == [10, 20]
    points, every_s = usage_file.read(path)
    assert every_s == pauses[-1] == 80
    assert len(points) < MOST_POINTS
    assert points[-1] == point(2 * MOST_POINTS - 1, cpu=0.5)
    assert {one.cpu_percent for one in points} == {0.5}
    assert [one.at for one in points] == sorted(one.at for one in points)
    assert os.listdir(tmp_path) == [path.name]


def test_a_torn_record_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "x.log.use"
    usage_file.append(path, point(0), every_s=10)
    with path.open("ab") as file:
        file.write(b"\x01\x02\x03")
    assert usage_file.read(path) == ([point(0)], 10)
    usage_file.append(path, point(1), every_s=10)
    assert usage_file.read(path) == ([point(0), point(1)], 10)


def test_what_is_no_curve_is_none_and_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "x.log.use"
    path.write_bytes(b"something else that lies here")
    assert usage_file.read(path) == ([], 0)
    usage_file.append(path, point(0), every_s=10)
    assert usage_file.read(path) == ([point(0)], 10)
