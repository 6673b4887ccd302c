"""A mistake in the supervisor ends the run or the zygote that it is about, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.process.client import Event, Supervised, alive
from tests.support.waiting import eventually

Faulty = Callable[[str], Supervised]

POISON = """
from runyard.process.pump import LogFile
write = LogFile.write
def broken(self, data, stream):
    if b"poison" in bytes(data):
        raise RuntimeError("injected")
    write(self, data, stream)
LogFile.write = broken
"""
DEAF = """
from runyard.process.zygotes import Zygote
read, count = Zygote._read, [0]
def broken(self):
    count[0] += 1
    if count[0] == 4:
        raise RuntimeError("injected")
    read(self)
Zygote._read = broken
"""
UNSTARTABLE = """
from runyard.process.run import Run
def broken(self):
    raise RuntimeError("injected")
whole = Run.open
Run.open = lambda self: broken(self) if "poison" in self.order.argv else whole(self)
"""
RUN = "from runyard.process.supervisor import main\nimport sys\nsys.exit(main())\n"


class FaultySupervised(Supervised):
    fault = ""

    def spawn(self) -> subprocess.Popen[bytes]:
        argv = [sys.executable, "-c", self.fault + RUN, "--data", str(self.data)]
        self.process = subprocess.Popen(argv, start_new_session=True)
        return self.process


@pytest.fixture
def faulty(short_folder: Path) -> Iterator[Faulty]:
    made: list[Supervised] = []

    def make(fault: str) -> Supervised:
        class Faulty(FaultySupervised):
            pass

        Faulty.fault = fault
        supervised = Faulty(short_folder)
        made.append(supervised)
        supervised.connect()
        return supervised

    yield make
    for supervised in made:
        supervised.close()


@pytest.mark.parametrize("then", ["time.sleep(1000)", "pass"])
def test_a_run_that_we_fail_at(faulty: Faulty, then: str) -> None:
    supervised = faulty(POISON)
    other = supervised.script("import time\nprint('up')\ntime.sleep(1000)\n", name="other.py")
    other_pid = supervised.wait_for(other, "started")["pid"]
    key = supervised.script(f"import time\nprint('poison')\n{then}\n")
    exited = supervised.finish(key)
    assert (exited["reason"], exited["exit_code"]) == ("supervisor_lost", None)
    assert "injected" in exited["explanation"]
    assert not alive(supervised.wait_for(key, "started")["pid"])
    assert alive(other_pid)
    assert b"RuntimeError: injected" in (supervised.data / "supervisor.log").read_bytes()
    assert supervised.finish(supervised.command("/bin/true"))["exit_code"] == 0
    supervised.send({"op": "stop", "key": other, "grace_s": 5})
    assert supervised.finish(other)["reason"] == "cancelled"


def test_a_start_that_we_fail_at(faulty: Faulty) -> None:
    supervised = faulty(UNSTARTABLE)
    key = supervised.command("/bin/echo", "poison")
    assert supervised.finish(key)["reason"] == "supervisor_lost"
    assert supervised.finish(supervised.command("/bin/true"))["exit_code"] == 0


def test_a_zygote_that_we_fail_at(faulty: Faulty) -> None:
    supervised = faulty(DEAF)
    script = "import time\ntime.sleep(1000)\n"
    keys = [supervised.script(script) for _ in range(4)]
    pids = []
    for key in keys:
        begun = began_or_ended(supervised, key)
        if begun["event"] != "started":
            break
        pids.append(begun["pid"])
        supervised.send({"op": "stop", "key": key, "grace_s": 0})
    for key in keys:
        ended(supervised, key)
    eventually(lambda: not any(alive(pid) for pid in pids))
    assert supervised.finish(supervised.command("/bin/true"))["exit_code"] == 0
    assert b"injected" in (supervised.data / "supervisor.log").read_bytes()


def began_or_ended(supervised: Supervised, key: str) -> Event:
    kinds = ("started", "exited", "refused")
    return supervised.wait(lambda event: event.get("key") == key and event["event"] in kinds)


def ended(supervised: Supervised, key: str) -> Event:
    kinds = ("exited", "refused")
    return supervised.wait(lambda event: event.get("key") == key and event["event"] in kinds)
