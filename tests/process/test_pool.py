"""Warm workers: many jobs in one process, each with its own log, facts and end."""

from __future__ import annotations

import os

import pytest

from tests.process.client import Supervised, alive
from tests.support.waiting import eventually


def job(supervised: Supervised, name: str, **fields: object) -> str:
    return supervised.start(
        kind="function",
        isolation="pool",
        target=f"tests.process.targets:{name}",
        sys_path=[os.getcwd()],
        **fields,
    )


def stop(supervised: Supervised, key: str, *, grace_s: float = 5.0) -> None:
    supervised.send({"op": "stop", "key": key, "reason": "cancelled", "grace_s": grace_s})


def test_jobs_share_processes_and_nothing_else(supervised: Supervised) -> None:
    pids = set()
    for _ in range(6):
        key = job(supervised, "tell_process")
        assert supervised.finish(key)["exit_code"] == 0
        pid, cwd, run, left = supervised.log(key).decode().split()
        pids.add(pid)
        assert (cwd, run, left) == (str(supervised.data), key, "None")
        assert supervised.of(key, "started")[0]["pid"] == int(pid)
    assert len(pids) <= 2


def test_output_goes_to_the_log_of_its_job(supervised: Supervised) -> None:
    keys = [
        job(supervised, "write_much", params={"name": f"job {n}", "lines": n % 7 * 50})
        for n in range(60)
    ]
    for n, key in enumerate(keys):
        supervised.finish(key)
        path = supervised.data / "logs" / f"{key}.log"
        text = path.read_text() if path.exists() else ""
        assert text == f"job {n}\n" * (n % 7 * 50)
        assert path.exists() == bool(n % 7), "a log is made only when there is output"


def test_events_go_to_their_job(supervised: Supervised) -> None:
    keys = [job(supervised, "send_result") for _ in range(30)]
    for key in keys:
        supervised.finish(key)
        assert [event["result"] for event in supervised.of(key, "result")] == [key]


def test_exceptions_and_exit_codes(supervised: Supervised) -> None:
    failed = job(supervised, "fail")
    assert supervised.finish(failed)["exit_code"] == 1
    assert supervised.of(failed, "error")[0]["error"]["type"] == "LookupError"
    assert b"LookupError" in supervised.log(failed)
    assert supervised.finish(job(supervised, "nothing"))["exit_code"] == 0


@pytest.mark.parametrize("way", ["stop", "timeout"])
def test_a_job_is_ended_and_the_others_go_on(supervised: Supervised, way: str) -> None:
    long = job(supervised, "sleep", timeout_s=0.5 if way == "timeout" else 60)
    pid = supervised.wait_for(long, "started")["pid"]
    others = [job(supervised, "nothing") for _ in range(20)]
    supervised.wait(lambda event: event["event"] == "output")
    if way == "stop":
        stop(supervised, long)
    exited = supervised.finish(long)
    assert exited["reason"] == ("cancelled" if way == "stop" else "timeout")
    assert exited["signal"] == 15
    assert not alive(pid)
    assert [supervised.finish(key)["exit_code"] for key in others] == [0] * 20
    assert all(len(supervised.of(key)) == 2 for key in others)


def test_a_worker_that_dies_takes_only_its_job(supervised: Supervised) -> None:
    keys = [job(supervised, "die" if n % 5 == 0 else "nothing") for n in range(20)]
    for n, key in enumerate(keys):
        exited = supervised.finish(key)
        assert (exited["signal"], exited["exit_code"]) == ((9, None) if n % 5 == 0 else (None, 0))
        assert [event["event"] for event in supervised.of(key)] == ["started", "exited"]


def test_long_jobs_do_not_hold_up_short_ones(supervised: Supervised) -> None:
    long = [job(supervised, "sleep") for _ in range(5)]
    for key in long:
        supervised.wait_for(key, "started")
    assert supervised.finish(job(supervised, "nothing"), timeout_s=60)["exit_code"] == 0
    for key in long:
        stop(supervised, key)
    for key in long:
        assert supervised.finish(key)["reason"] == "cancelled"


def test_a_job_that_waits_can_be_stopped(supervised: Supervised) -> None:
    first = [job(supervised, "sleep", params={"s": 0.3}) for _ in range(2)]
    waiting = job(supervised, "nothing")
    stop(supervised, waiting)
    exited = supervised.finish(waiting)
    assert (exited["reason"], exited["exit_code"]) in (("cancelled", None), (None, 0))
    for key in first:
        assert supervised.finish(key)["exit_code"] == 0


def test_what_a_job_leaves_behind_is_ended(supervised: Supervised) -> None:
    key = job(supervised, "leave_child")
    exited = supervised.finish(key)
    assert exited["exit_code"] == 4
    daemon = int(supervised.log(key).split()[0])
    assert not alive(daemon)
    assert b"left processes behind" in supervised.log(key)
    assert supervised.finish(job(supervised, "nothing"))["exit_code"] == 0


def test_a_module_that_cannot_be_imported_refuses_its_jobs(supervised: Supervised) -> None:
    keys = [
        supervised.start(kind="function", isolation="pool", target="not_there:f") for _ in range(3)
    ]
    for key in keys:
        assert "not_there" in supervised.wait_for(key, "refused")["reason"]


def test_retired_workers_take_no_more_jobs(supervised: Supervised) -> None:
    key = job(supervised, "tell_process")
    supervised.finish(key)
    before = int(supervised.log(key).split()[0])
    supervised.send({"op": "retire"})
    after = job(supervised, "tell_process")
    supervised.finish(after)
    assert int(supervised.log(after).split()[0]) != before
    eventually(lambda: not alive(before))


def test_a_large_job(supervised: Supervised) -> None:
    key = job(supervised, "measure_params", params={"x": "y" * 2_000_000})
    supervised.finish(key)
    assert supervised.log(key) == b"2000000\n"
