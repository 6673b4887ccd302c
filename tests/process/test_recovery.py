"""The server may go for long, the supervisor may die: nothing is lost without a word."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys

from runyard.process.spool import read_remains
from tests.process.client import Supervised, alive
from tests.process.test_ending import DAEMON, pid_in
from tests.support.waiting import eventually


def test_runs_go_on_without_a_server_and_are_adopted(supervised: Supervised) -> None:
    key = supervised.script(
        "import os, time\nprint('one')\n"
        "while not os.path.exists('go'): time.sleep(0.01)\nprint('two')\ntime.sleep(1000)\n"
    )
    pid = supervised.wait_for(key, "started")["pid"]
    hello = supervised.hello
    supervised.disconnect()
    (supervised.data / "go").touch()
    eventually(lambda: supervised.log(key) == b"one\ntwo\n")
    again = supervised.connect(incarnation=hello["incarnation"], acked=0)
    assert (again["pid"], again["incarnation"]) == (hello["pid"], hello["incarnation"])
    assert [(live["key"], live["pid"]) for live in again["live"]] == [(key, pid)]
    supervised.send({"op": "stop", "key": key, "reason": "cancelled", "grace_s": 5})
    supervised.finish(key)


def test_timeouts_hold_without_a_server(supervised: Supervised) -> None:
    key = supervised.script("import time\ntime.sleep(1000)\n", timeout_s=0.5)
    pid = supervised.wait_for(key, "started")["pid"]
    supervised.disconnect()
    eventually(lambda: not alive(pid))
    supervised.connect()
    assert supervised.finish(key)["reason"] == "timeout"


def test_thousands_of_events_wait_for_the_server(supervised: Supervised) -> None:
    line = '{"type": "log", "message": "%d"}\\n'
    key = supervised.script(
        "import os, time\nprint('up')\ntime.sleep(0.2)\n"
        f"for n in range(5000):\n    os.write(250, b'{line}' % n)\nopen('done', 'w')\n"
    )
    supervised.wait(lambda event: event["event"] == "output")
    supervised.disconnect()
    eventually((supervised.data / "done").exists)
    supervised.connect()
    supervised.finish(key)
    told = [event["message"] for event in supervised.of(key, "message")]
    assert told == [str(n) for n in range(5000)]
    seqs = [event["seq"] for event in supervised.of(key)]
    assert seqs == list(range(1, 5003))


def test_the_newest_server_wins(supervised: Supervised) -> None:
    other = Supervised.__new__(Supervised)
    other.__dict__ |= supervised.__dict__ | {"_socket": None, "events": []}
    other.connect()
    try:
        supervised.receive(10)
        raise AssertionError("the older connection is still open")
    except ConnectionError:
        pass
    assert other.finish(other.command("/bin/true"))["exit_code"] == 0
    other.disconnect()


def test_death_of_the_supervisor_ends_the_runs_and_is_told(supervised: Supervised) -> None:
    source = DAEMON.replace("{exec}", "").replace("{then}", "print('up'); time.sleep(1000)")
    key = supervised.script(source, argv=[str(supervised.data / "daemon")])
    pid = supervised.wait_for(key, "started")["pid"]
    stray = pid_in(supervised, "daemon")
    over = supervised.command("/bin/true")
    exited = supervised.finish(over)
    supervised.wait(lambda event: event["event"] == "output")
    os.kill(supervised.process.pid, signal.SIGKILL)
    supervised.process.wait()
    eventually(lambda: not alive(pid), what="the run dies with its supervisor")
    former = supervised.hello
    supervised.spawn()
    hello = supervised.connect(incarnation=former["incarnation"], acked=0)
    assert not alive(stray)
    assert hello["incarnation"] != former["incarnation"]
    assert hello["live"] == []
    lost = supervised.finish(key)
    assert (lost["reason"], lost["exit_code"], lost["log_end"]) == ("supervisor_lost", None, 3)
    assert lost["seq"] > exited["seq"]
    assert supervised.finish(over) == exited, "what was not acknowledged is told again"


def test_the_runs_of_another_data_folder_are_left_alone(supervised: Supervised) -> None:
    """A copied folder: two supervisors that know the same key, and one of them dies."""
    source = DAEMON.replace("{exec}", "").replace("{then}", "print('up'); time.sleep(1000)")
    key = supervised.script(source, argv=[str(supervised.data / "daemon")])
    pid = supervised.wait_for(key, "started")["pid"]
    stray = pid_in(supervised, "daemon")
    folder = supervised.data / "copy"
    folder.mkdir()
    shutil.copy(supervised.data / "supervisor.id", folder)
    copy = Supervised(folder)
    try:
        copy.connect()
        copy.script(source, key=key, argv=[str(folder / "daemon")])
        copied_pid = copy.wait_for(key, "started")["pid"]
        copied_stray = pid_in(copy, "daemon")
        os.kill(copy.process.pid, signal.SIGKILL)
        copy.process.wait()
        copy.spawn()
        copy.connect()
        assert copy.finish(key)["reason"] == "supervisor_lost"
        assert not alive(copied_pid)
        assert not alive(copied_stray)
        assert alive(pid)
        assert alive(stray)
    finally:
        copy.close()
    supervised.send({"op": "stop", "key": key, "reason": "cancelled", "grace_s": 5})
    supervised.finish(key)
    assert not alive(stray)


def test_what_was_acknowledged_is_not_told_by_the_next_supervisor(supervised: Supervised) -> None:
    key = supervised.command("/bin/true")
    seq = supervised.finish(key)["seq"]
    supervised.send({"op": "ack", "seq": seq})
    spool = str(supervised.data / "supervisor.spool")
    eventually(lambda: read_remains(spool).acked == seq)
    os.kill(supervised.process.pid, signal.SIGKILL)
    supervised.process.wait()
    supervised.spawn()
    assert supervised.connect()["seq"] == seq
    assert supervised.of(key) == []


def test_an_acknowledgement_that_the_dead_one_missed_counts(supervised: Supervised) -> None:
    key = supervised.command("/bin/true")
    seq = supervised.finish(key)["seq"]
    incarnation = supervised.hello["incarnation"]
    os.kill(supervised.process.pid, signal.SIGKILL)
    supervised.process.wait()
    supervised.spawn()
    supervised.connect(incarnation=incarnation, acked=seq)
    supervised.finish(supervised.command("/bin/true"))
    assert supervised.of(key) == []


def test_a_data_folder_has_one_supervisor(supervised: Supervised) -> None:
    argv = [sys.executable, "-m", "runyard.process.supervisor", "--data", str(supervised.data)]
    second = subprocess.run(argv, capture_output=True, timeout=20, check=False)
    assert second.returncode == 3
    assert supervised.finish(supervised.command("/bin/true"))["exit_code"] == 0


def test_it_leaves_when_it_is_asked_to_and_idle(supervised: Supervised) -> None:
    key = supervised.script("import time\nprint('up')\ntime.sleep(1000)\n")
    supervised.wait(lambda event: event["event"] == "output")
    supervised.send({"op": "shutdown", "end_runs": True})
    exited = supervised.finish(key)
    assert exited["reason"] == "shutdown"
    supervised.send({"op": "ack", "seq": exited["seq"]})
    assert supervised.process.wait(timeout=20) == 0
    assert not (supervised.data / "supervisor.sock").exists()


def test_sigterm_ends_the_runs_and_then_the_supervisor(supervised: Supervised) -> None:
    key = supervised.script("import time\nprint('up')\ntime.sleep(1000)\n")
    pid = supervised.wait_for(key, "started")["pid"]
    supervised.wait(lambda event: event["event"] == "output")
    supervised.disconnect()
    os.kill(supervised.process.pid, signal.SIGTERM)
    assert supervised.process.wait(timeout=20) == 0
    assert not alive(pid)
    supervised.spawn()
    supervised.connect()
    assert supervised.finish(key)["reason"] == "shutdown"


def test_it_leaves_when_it_was_alone_for_long_enough(supervised: Supervised) -> None:
    supervised.close()
    supervised.idle_exit_s = 0.3
    supervised.spawn()
    supervised.connect()
    key = supervised.command("/bin/sleep", "1")
    supervised.wait_for(key, "started")
    supervised.disconnect()
    eventually(lambda: b'"exited"' in (supervised.data / "supervisor.spool").read_bytes())
    assert supervised.process.poll() is None, "an event waits for its acknowledgement"
    supervised.connect()
    supervised.send({"op": "ack", "seq": supervised.finish(key)["seq"]})
    supervised.disconnect()
    assert supervised.process.wait(timeout=20) == 0


def test_who_left_in_order_is_vouched_for_by_the_next(supervised: Supervised) -> None:
    """What neither has heard of was never started; after a kill nobody can say that."""

    def replaced_by(number: signal.Signals) -> list[str]:
        os.kill(supervised.process.pid, number)
        supervised.process.wait(timeout=60)
        supervised.spawn()
        return list(supervised.connect()["before"])

    assert supervised.hello["before"] == []
    first = supervised.hello["incarnation"]
    assert replaced_by(signal.SIGTERM) == [first]
    second = supervised.hello["incarnation"]
    assert replaced_by(signal.SIGTERM) == [first, second]
    assert replaced_by(signal.SIGKILL) == []


def test_only_its_owner_may_open_the_socket(supervised: Supervised) -> None:
    assert (supervised.data / "supervisor.sock").stat().st_mode & 0o777 == 0o600


def test_retired_zygotes_finish_what_they_have(supervised: Supervised) -> None:
    key = supervised.script("import time\ntime.sleep(1000)\n")
    supervised.wait_for(key, "started")
    before = zygotes(supervised)
    supervised.send({"op": "retire"})
    supervised.finish(supervised.script("pass", name="next.py"))
    after = zygotes(supervised)
    assert set(before) < set(after)
    supervised.send({"op": "stop", "key": key, "grace_s": 5})
    supervised.finish(key)
    assert set(zygotes(supervised)) == set(after) - set(before)
    eventually(lambda: not any(alive(pid) for pid in before))


def zygotes(supervised: Supervised) -> list[int]:
    supervised.events = [event for event in supervised.events if event["event"] != "stats"]
    supervised.send({"op": "stats"})
    stats = supervised.wait(lambda event: event["event"] == "stats")
    return [zygote["pid"] for zygote in stats["zygotes"]]
