"""Stop means stopped: whole trees, with everything that tries to get away."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.process.client import Supervised, alive
from tests.support.waiting import eventually

DAEMON = """
import os, sys, time
def daemon(marker):
    if os.fork():
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    {exec}
    with open(marker + ".new", "w") as f:
        f.write(str(os.getpid()))
    os.rename(marker + ".new", marker)
    time.sleep(1000)
    os._exit(0)
daemon(sys.argv[1])
while not os.path.exists(sys.argv[1]):
    time.sleep(0.005)
{then}
"""
BY_EXEC = """os.execve("/bin/sh", ["sh", "-c",
        "echo $$ > %s.new; mv %s.new %s; sleep 1000; true" % ((marker,) * 3)], {env})"""
HIDDEN_ENV = '{"PATH": os.environ["PATH"]}'


def stop(supervised: Supervised, key: str, *, grace_s: float = 5.0) -> None:
    supervised.send({"op": "stop", "key": key, "reason": "cancelled", "grace_s": grace_s})


def pid_in(supervised: Supervised, name: str) -> int:
    path = supervised.data / name
    return int(eventually(lambda: path.exists() and path.read_text().strip(), what=name))


@pytest.mark.parametrize("way", ["pure fork", "exec", "exec with another environment"])
@pytest.mark.parametrize("ending", ["stop", "exit"])
def test_daemons_are_ended(supervised: Supervised, way: str, ending: str) -> None:
    execs = {
        "pure fork": "",
        "exec": BY_EXEC.replace("{env}", "os.environ"),
        "exec with another environment": BY_EXEC.replace("{env}", HIDDEN_ENV),
    }[way]
    source = DAEMON.replace("{exec}", execs)
    source = source.replace("{then}", "time.sleep(1000)" if ending == "stop" else "sys.exit(3)")
    marker = supervised.data / "daemon"
    key = supervised.script(source, argv=[str(marker)])
    daemon = pid_in(supervised, "daemon")
    if ending == "stop":
        stop(supervised, key)
    exited = supervised.finish(key)
    assert not alive(daemon)
    if ending == "stop":
        assert (exited["signal"], exited["reason"]) == (signal.SIGTERM, "cancelled")
    else:
        assert (exited["exit_code"], exited["reason"]) == (3, None)
        assert exited["left_behind"] >= 1
        assert b"runyard: the run left" in supervised.log(key)


def test_a_marked_stray_of_one_run_is_left_alone_by_another(supervised: Supervised) -> None:
    source = DAEMON.replace("{exec}", "").replace("{then}", "time.sleep(1000)")
    key = supervised.script(source, argv=[str(supervised.data / "daemon")])
    daemon = pid_in(supervised, "daemon")
    other = supervised.command("/bin/true")
    assert supervised.finish(other)["left_behind"] == 0
    assert alive(daemon)
    stop(supervised, key)
    supervised.finish(key)
    assert not alive(daemon)


def test_a_run_that_ignores_sigterm_is_killed(supervised: Supervised) -> None:
    key = supervised.script(
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('up')\n"
        "while True: time.sleep(1)\n"
    )
    supervised.wait(lambda event: event["event"] == "output")
    stop(supervised, key, grace_s=0.2)
    exited = supervised.finish(key)
    assert (exited["signal"], exited["reason"]) == (signal.SIGKILL, "cancelled")


def test_a_stopped_process_gets_its_sigterm(supervised: Supervised) -> None:
    key = supervised.script("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)\n")
    pid = supervised.wait_for(key, "started")["pid"]
    eventually(lambda: Path(f"/proc/{pid}/stat").read_text().split()[2] == "T")
    stop(supervised, key)
    assert supervised.finish(key)["signal"] == signal.SIGTERM


def test_a_handler_may_clean_up_within_the_grace(supervised: Supervised) -> None:
    key = supervised.script(
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('cleaned'), sys.exit(9)))\n"
        "print('up')\nopen('ready', 'w').close()\ntime.sleep(1000)\n"
    )
    # Not the output itself: a handler that prints within a print fails, under plain python too.
    eventually((supervised.data / "ready").exists)
    stop(supervised, key)
    exited = supervised.finish(key)
    assert (exited["exit_code"], exited["reason"]) == (9, "cancelled")
    assert supervised.log(key) == b"up\ncleaned\n"


def test_a_fork_bomb_is_ended(supervised: Supervised) -> None:
    key = supervised.script(
        "import os, signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "for n in range(200):\n    if os.fork() == 0:\n        if n % 2: os.setsid()\n"
        "        while True: time.sleep(0.5)\n"
        "print('forked')\nwhile True: time.sleep(1)\n"
    )
    pid = supervised.wait_for(key, "started")["pid"]
    supervised.wait(lambda event: event["event"] == "output")
    stop(supervised, key, grace_s=0.1)
    supervised.finish(key, timeout_s=240)
    assert not alive(pid)
    left = [
        p for p in os.listdir("/proc") if p.isdigit() and key in environment(p) and alive(int(p))
    ]
    assert left == []


def environment(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/environ").read_text(errors="replace")
    except OSError:
        return ""


def test_timeout(supervised: Supervised) -> None:
    key = supervised.script("import time\ntime.sleep(1000)\n", timeout_s=0.3)
    exited = supervised.finish(key)
    assert (exited["signal"], exited["reason"]) == (signal.SIGTERM, "timeout")


def test_ready_starts_the_timeout_again(supervised: Supervised) -> None:
    key = supervised.script(
        "import os, time\ntime.sleep(0.7)\n"
        "os.write(250, b'{\"type\": \"ready\"}\\n')\ntime.sleep(0.7)\nprint('done')\n",
        timeout_s=1.2,
    )
    assert supervised.finish(key)["exit_code"] == 0


def test_a_run_that_kills_its_own_group(supervised: Supervised) -> None:
    key = supervised.script("import os, signal\nos.killpg(0, signal.SIGKILL)\n")
    exited = supervised.finish(key)
    assert (exited["signal"], exited["reason"]) == (signal.SIGKILL, None)
    assert supervised.finish(supervised.command("/bin/true"))["exit_code"] == 0


def test_a_run_that_kills_its_zygote(supervised: Supervised) -> None:
    innocent = supervised.script("import time\ntime.sleep(1000)\n", name="innocent.py")
    innocent_pid = supervised.wait_for(innocent, "started")["pid"]
    key = supervised.script("import os, time\nos.kill(os.getppid(), 9)\ntime.sleep(1000)\n")
    pid = supervised.wait_for(key, "started")["pid"]
    for lost in (key, innocent):
        assert supervised.finish(lost)["reason"] == "zygote_lost"
    assert not alive(pid)
    assert not alive(innocent_pid)
    assert supervised.finish(supervised.command("/bin/true"))["exit_code"] == 0


def test_stop_of_an_unknown_key_is_ignored(supervised: Supervised) -> None:
    stop(supervised, "nobody.1")
    assert supervised.finish(supervised.command("/bin/true"))["exit_code"] == 0


def test_stop_before_the_zygote_is_up(supervised: Supervised) -> None:
    (supervised.data / "slow_module.py").write_text("import time\ntime.sleep(1)\n")
    key = supervised.script(
        "print('never')\n", preload=["slow_module"], sys_path=[str(supervised.data)]
    )
    stop(supervised, key)
    quick = supervised.command("/bin/true")
    assert supervised.finish(quick)["exit_code"] == 0
    assert not supervised.of(key), "a slow preload holds up only its own runs"
    exited = supervised.finish(key)
    assert (exited["exit_code"], exited["signal"], exited["reason"]) == (None, None, "cancelled")
    assert supervised.of(key, "started") == []
