"""What scripts say about themselves, seen from the other end of the pipe and without Runyard."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import runyard
from tests.sdk.scripts import SOURCE, environment, run_inside


def test_progress_result_and_log_arrive_as_lines() -> None:
    done = run_inside(
        """
        import runyard
        runyard.progress(50, "half", file="a.txt", n=3)
        runyard.log.warning("slow", seconds=2.5)
        runyard.result({"rows": [1, None, "ä"]})
        print("out")
        """
    )
    assert (done.code, done.stdout, done.stderr) == (0, "out\n", "")
    assert done.events == [
        {
            "type": "progress",
            "progress": 50.0,
            "message": "half",
            "detail": {"file": "a.txt", "n": 3},
        },
        {"type": "log", "level": "warning", "message": "slow", "fields": {"seconds": 2.5}},
        {"type": "result", "result": {"rows": [1, None, "ä"]}},
    ]


def test_progress_is_clamped_and_odd_detail_is_kept_as_repr() -> None:
    done = run_inside(
        """
        import runyard, datetime
        runyard.progress(250)
        runyard.progress(-1, when=datetime.date(2026, 1, 2), bad="\\ud800", n=float("inf"))
        runyard.progress(message="only words")
        """
    )
    assert [event["progress"] for event in done.events] == [100.0, 0.0, None]
    assert done.events[1]["detail"] == {
        "when": "datetime.date(2026, 1, 2)",
        "bad": "?",
        "n": "inf",
    }


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        ({"rows": [1, {2}]}, TypeError, r"result\['rows'\]\[1\] is a builtins.set"),
        (b"x", TypeError, "result is a builtins.bytes"),
        ({(1, 2): 3}, TypeError, "has the key"),
        ([float("nan")], ValueError, r"result\[0\] is nan"),
        ("x" * (1 << 20), ValueError, "the limit is 1,048,576"),
    ],
)
def test_a_result_that_can_not_be_kept_says_why(
    value: object, kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        runyard.result(value)


def test_a_result_that_holds_itself_is_refused() -> None:
    value: list[object] = []
    value.append(value)
    with pytest.raises(ValueError, match="nested too deep"):
        runyard.result(value)


def test_oversized_detail_is_left_out_and_says_so() -> None:
    done = run_inside("import runyard; runyard.progress(1, blob='x' * 2_000_000)")
    assert list(done.events[0]["detail"]) == ["left_out"]


def test_threads_and_processes_never_mix_long_lines() -> None:
    done = run_inside(
        """
        import multiprocessing, threading, runyard

        def chat(name):
            for n in range(30):
                runyard.log.info(name * (9000 + n))

        def process(name):
            threads = [threading.Thread(target=chat, args=(name + c,)) for c in "ab"]
            for thread in threads: thread.start()
            for thread in threads: thread.join()

        runyard.progress(0)
        fork = multiprocessing.get_context("fork")
        children = [fork.Process(target=process, args=(c,)) for c in "xyz"]
        for child in children: child.start()
        process("m")
        for child in children: child.join()
        """
    )
    assert done.code == 0, done.stderr
    logs = [event["message"] for event in done.events if event["type"] == "log"]
    assert len(logs) == 4 * 2 * 30
    assert all(len(set(message[::2])) == 1 for message in logs)


def test_a_signal_handler_may_report_while_a_line_is_written() -> None:
    done = run_inside(
        """
        import signal, runyard
        runyard.log.info("m")
        signal.signal(signal.SIGALRM, lambda *a: runyard.log.info("h" * 50_000))
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
        for n in range(40):
            runyard.log.info("m" * 200_000)
        signal.setitimer(signal.ITIMER_REAL, 0)
        """
    )
    assert done.code == 0, done.stderr
    messages = [event["message"] for event in done.events]
    assert sum(message[0] == "m" for message in messages) == 41
    assert any(message[0] == "h" for message in messages)


def test_a_broken_pipe_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-c", "import runyard\nfor n in range(3): runyard.progress(n)"],
        env=environment(RUNYARD_EVENTS=f"/dev/fd/{writer}"),
        pass_fds=(writer,),
        capture_output=True,
        timeout=240,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_script_that_closes_all_descriptors_never_gets_events_in_its_files(
    tmp_path: Path,
) -> None:
    target = tmp_path / "own.txt"
    done = run_inside(
        f"""
        import os, runyard
        runyard.progress(1)
        os.closerange(3, 200)
        own = [open({str(target)!r}, "a") for n in range(20)]
        runyard.progress(2)
        runyard.log.info("hello")
        """
    )
    assert done.code == 0
    assert target.read_text() == ""
    assert [event["progress"] for event in done.events] == [1.0]


def test_the_next_run_of_a_reused_process_gets_its_own_pipe(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.touch()
    second.touch()
    done = run_inside(
        f"""
        import os, runyard
        for n, path in enumerate([{str(first)!r}, {str(second)!r}]):
            os.environ.update(RUNYARD_EVENTS=path, RUNYARD_RUN=f"r.{{n}}")
            runyard.progress(n)
        """
    )
    assert done.code == 0
    progress = [json.loads(path.read_text())["progress"] for path in (first, second)]
    assert progress == [0.0, 1.0]


def test_outside_a_plain_script_stays_quiet_and_logs_to_stderr() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import runyard; runyard.progress(5, 'x'); runyard.result(1); "
            "runyard.log.info('hi', n=1)",
        ],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("", "INFO hi n=1\n")


def test_outside_on_a_terminal_progress_is_a_line() -> None:
    leader, follower = pty.openpty()
    subprocess.run(
        [sys.executable, "-c", "import runyard; runyard.progress(5, 'five')"],
        env=environment(),
        stderr=follower,
        timeout=240,
        check=True,
    )
    os.close(follower)
    assert os.read(leader, 100) == b"  5% five\r\n"
    os.close(leader)


def test_track_reports_first_and_last_and_not_each() -> None:
    done = run_inside("import runyard\nfor n in runyard.track(range(10_000), 'rows'): pass")
    assert 2 <= len(done.events) < 50
    assert done.events[0]["progress"] == 0.0
    assert done.events[-1] == {
        "type": "progress",
        "progress": 100.0,
        "message": "rows",
        "detail": {"done": 10_000, "total": 10_000},
    }


def test_track_without_a_length_counts() -> None:
    done = run_inside("import runyard\nprint(sum(runyard.track(iter([1, 2]))))")
    assert done.stdout == "3\n"
    assert done.events[-1]["progress"] == 100.0


@pytest.mark.parametrize("version", ["3.8", "3.9", "3.10", "3.12", "3.13"])
def test_scripts_in_other_pythons_can_use_it(version: str) -> None:
    python = find_python(version)
    if python is None:
        pytest.skip(f"no Python {version} here")
    done = run_inside(
        """
        import runyard
        runyard.progress(1, "x", a=1)
        runyard.log.info("l")
        runyard.result(runyard.context().submitted_at.isoformat())
        assert runyard.cancelled() is False
        """,
        python=python,
        RUNYARD_CONTEXT='{"run_id": "r", "submitted_at": "2026-01-02T03:04:05.678Z"}',
    )
    assert done.code == 0, done.stderr
    assert done.events[-1]["result"] == "2026-01-02T03:04:05.678000+00:00"


def find_python(version: str) -> str | None:
    shim = shutil.which(f"python{version}")
    installed = Path.home().glob(f".pyenv/versions/{version}.*/bin/python")
    for python in filter(None, [shim, *map(str, installed)]):
        if subprocess.run([python, "-V"], check=False, capture_output=True, timeout=60).stdout:
            return python
    return None


def test_importing_runyard_loads_nothing_but_itself() -> None:
    code = (
        "import sys; before = set(sys.modules); import runyard; print(sorted(set(sys.modules)"
        " - before))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    assert done.stdout == "['__future__', 'runyard']\n"


def test_the_import_is_quick() -> None:
    code = "import time; t = time.perf_counter(); import runyard; print(time.perf_counter() - t)"
    timings = [
        float(
            subprocess.run(
                [sys.executable, "-S", "-c", code],
                env=environment(),
                capture_output=True,
                timeout=240,
                check=True,
            ).stdout
        )
        for _ in range(5)
    ]
    assert min(timings) < 0.005


def test_every_public_name_is_there() -> None:
    for name in runyard.__all__:
        assert getattr(runyard, name) is not None
    assert set(runyard.__all__) <= set(dir(runyard))
    with pytest.raises(AttributeError, match="nothing_such"):
        _ = runyard.nothing_such


def test_the_version_is_that_of_the_package() -> None:
    project = (SOURCE.parent / "pyproject.toml").read_text()
    assert f'version = "{runyard.__version__}"' in project


def test_reporting_is_cheap() -> None:
    done = run_inside(
        """
        import runyard, time
        runyard.progress(0)
        start = time.process_time()
        for n in range(2000): runyard.progress(n / 20, "step")
        runyard.result((time.process_time() - start) / 2000)
        """
    )
    assert done.events[-1]["result"] < 0.001
