"""Whatever a run writes: kept byte by byte, in order, and harmless to everyone else."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from runyard.process.pump import INDEX_RECORD, STDERR, STDOUT, LogFile
from tests.process.client import Supervised


def index(supervised: Supervised, key: str) -> list[tuple[int, int, int]]:
    data = (supervised.data / "logs" / f"{key}.log.idx").read_bytes()
    return [(offset, mark >> 2, mark & 3) for offset, mark in INDEX_RECORD.iter_unpack(data)]


def test_index_knows_stream_and_time_of_each_chunk(supervised: Supervised) -> None:
    key = supervised.script(
        "import sys, time\nprint('one')\ntime.sleep(.05)\nprint('two', file=sys.stderr)\n"
        "time.sleep(.05)\nprint('three')\n"
    )
    supervised.finish(key)
    records = index(supervised, key)
    assert [(offset, stream) for offset, _, stream in records] == [(0, 1), (4, 2), (8, 1)]
    times = [at for _, at, _ in records]
    assert times == sorted(times)
    assert times[2] - times[0] >= 90_000
    assert abs(times[0] - supervised.of(key, "started")[0]["at_us"]) < 20_000_000


def test_the_index_is_never_behind_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.log"
    log = LogFile(str(path), limit_bytes=None)
    write, told = os.write, []

    def looking(fd: int, data: bytes) -> int:
        written = write(fd, data)
        records = INDEX_RECORD.iter_unpack((tmp_path / "x.log.idx").read_bytes())
        told.append((path.stat().st_size, [(offset, mark & 3) for offset, mark in records]))
        return written

    monkeypatch.setattr(os, "write", looking)
    log.write(b"one\n", STDOUT)
    log.write(b"two\n", STDERR)
    log.close()
    first, both = [(0, STDOUT)], [(0, STDOUT), (4, STDERR)]
    assert told == [(0, first), (4, first), (4, both), (8, both)]


def test_attempts_append_to_one_log(supervised: Supervised) -> None:
    log = str(supervised.data / "logs" / "both.log")
    first = supervised.command("/bin/echo", "first", log_path=log)
    assert supervised.finish(first)["log_end"] == 6
    second = supervised.command("/bin/echo", "second", log_path=log)
    exited = supervised.finish(second)
    assert (exited["log_start"], exited["log_end"]) == (6, 13)
    assert Path(log).read_bytes() == b"first\nsecond\n"


def test_binary_output_is_kept_as_it_is(supervised: Supervised) -> None:
    key = supervised.script(
        "import random, sys\nrandom.seed(1)\nsys.stdout.buffer.write(random.randbytes(3_000_000))\n"
    )
    supervised.finish(key)
    import random

    random.seed(1)
    assert supervised.log(key) == random.randbytes(3_000_000)


def test_one_enormous_line(supervised: Supervised) -> None:
    key = supervised.script("import os\nfor _ in range(64):\n    os.write(1, b'x' * (1 << 20))\n")
    assert supervised.finish(key)["log_end"] == 64 << 20
    assert hashlib.sha1(supervised.log(key)).digest() == hashlib.sha1(b"x" * (64 << 20)).digest()
    assert len(index(supervised, key)) >= 32


def test_a_chatty_run_does_not_hold_up_a_quiet_one(supervised: Supervised) -> None:
    chatty = supervised.script(
        "import os\nblock = b'y' * 65536\nwhile True:\n    os.write(1, block)\n",
        name="chatty.py",
        output_bytes=None,
        limits={"output_bytes": 50_000_000},
    )
    supervised.wait_for(chatty, "started")
    for _ in range(5):
        quiet = supervised.script("print('quiet')\n", name="quiet.py")
        supervised.finish(quiet, timeout_s=60)
        assert supervised.log(quiet) == b"quiet\n"
    supervised.send({"op": "stop", "key": chatty, "reason": "cancelled", "grace_s": 1})
    supervised.finish(chatty)


def test_output_over_the_limit_is_dropped_and_counted(supervised: Supervised) -> None:
    key = supervised.script(
        "import os\nfor _ in range(100):\n    os.write(1, b'z' * 999 + b'\\n')\n",
        limits={"output_bytes": 10_000},
    )
    exited = supervised.finish(key)
    log = supervised.log(key)
    assert exited["exit_code"] == 0
    assert exited["dropped_bytes"] == 90_000
    assert log.startswith(b"z" * 999)
    assert log.count(b"z") == 9990
    assert b"the output limit is reached" in log
    assert b"90000 bytes over the output limit were dropped" in log


def test_a_run_that_closes_its_output(supervised: Supervised) -> None:
    key = supervised.script(
        "import os, time\nprint('a')\nos.close(1)\nos.close(2)\ntime.sleep(.1)\n"
    )
    exited = supervised.finish(key)
    assert (exited["exit_code"], supervised.log(key)) == (0, b"a\n")


def test_output_of_a_command_without_newline_and_a_platform_line(supervised: Supervised) -> None:
    key = supervised.command(
        "/bin/sh", "-c", "printf partial; (trap '' TERM; sleep 1000) & exit 0", grace_s=0.2
    )
    supervised.finish(key)
    assert supervised.log(key).startswith(b"partial\nrunyard: the run left ")


def test_hints_tell_of_growth_at_once_and_at_the_end(supervised: Supervised) -> None:
    key = supervised.script(
        "import time\nfor n in range(300):\n    print('x' * 99)\n    time.sleep(0.001)\n"
    )
    exited = supervised.finish(key)
    hints = [e["size"] for e in supervised.events if e["event"] == "output" and e["key"] == key]
    assert hints[-1] == exited["log_end"] == 30_000
    assert hints == sorted(hints)
    took_s = (exited["at_us"] - supervised.of(key, "started")[0]["at_us"]) / 1e6
    assert 2 <= len(hints) <= took_s / 0.05 + 4


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_never_stops_a_run(supervised: Supervised) -> None:
    key = supervised.script(
        "for n in range(5000):\n    print('lost line', n)\n", log_path="/dev/full"
    )
    exited = supervised.finish(key)
    assert exited["exit_code"] == 0
    assert exited["dropped_bytes"] > 50_000
    message = supervised.of(key, "message")[0]
    assert message["level"] == "error"
    assert "No space left" in message["message"]
