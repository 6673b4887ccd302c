"""Starting runs and hearing how they ended."""

from __future__ import annotations

import os

from tests.process.client import Supervised


def test_a_script_runs_and_its_end_is_told(supervised: Supervised) -> None:
    key = supervised.script("import sys\nprint('hello')\nprint('oops', file=sys.stderr)\n")
    exited = supervised.finish(key)
    assert [event["event"] for event in supervised.of(key)] == ["started", "exited"]
    assert (exited["exit_code"], exited["signal"], exited["reason"]) == (0, None, None)
    assert supervised.log(key) == b"hello\noops\n"
    assert exited["log_end"] == 11
    assert exited["cpu_s"] < 5
    assert exited["peak_memory_bytes"] > 1 << 20


def test_a_command_is_executed(supervised: Supervised) -> None:
    key = supervised.command("/bin/sh", "-c", "echo $RUNYARD_RUN; exit 7")
    assert supervised.finish(key)["exit_code"] == 7
    assert supervised.log(key).decode().strip() == key


def test_stop_ends_a_run(supervised: Supervised) -> None:
    key = supervised.script("import time\nprint('up')\ntime.sleep(100)\n")
    started = supervised.wait_for(key, "started")
    supervised.wait(lambda event: event["event"] == "output")
    supervised.send({"op": "stop", "key": key, "reason": "cancelled", "grace_s": 5})
    exited = supervised.finish(key)
    assert (exited["signal"], exited["reason"]) == (15, "cancelled")
    assert not os.path.exists(f"/proc/{started['pid']}")


def test_start_is_idempotent_by_key(supervised: Supervised) -> None:
    launch = supervised.launch(kind="command", argv=["/bin/echo", "once"])
    supervised.send(*[{"op": "start", "launch": launch}] * 3)
    supervised.finish(launch["key"])
    supervised.send({"op": "start", "launch": launch})
    other = supervised.command("/bin/true")
    supervised.finish(other)
    assert len(supervised.of(launch["key"])) == 2
    assert supervised.log(launch["key"]) == b"once\n"


def test_events_come_again_until_they_are_acknowledged(supervised: Supervised) -> None:
    key = supervised.command("/bin/true")
    seq = supervised.finish(key)["seq"]
    first = supervised.of(key)
    incarnation = supervised.hello["incarnation"]
    supervised.connect(incarnation=incarnation, acked=first[0]["seq"])
    supervised.finish(key)
    assert supervised.of(key) == first[1:]
    supervised.send({"op": "ack", "seq": seq})
    supervised.connect(incarnation=incarnation)
    supervised.finish(supervised.command("/bin/true"))
    assert supervised.of(key) == []
