"""Starts a supervisor: takes the data folder's lock, becomes a daemon, buries what came before."""

from __future__ import annotations

import fcntl
import os
import resource
import signal
import sys
import time

from runyard.process import tree
from runyard.process.identity import identity_of
from runyard.process.spool import read_remains
from runyard.process.supervisor import Supervisor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runyard.process.spool import Remains

VERSION = "1"
EXIT_TAKEN = 3
"""Exit status when another supervisor owns the data folder."""
_PR_SET_CHILD_SUBREAPER = 36
_BURIAL_S = 5.0


def start(arguments: list[str]) -> int:
    """`--data DIR [--idle-exit-s N]`; returns when the supervisor leaves."""
    options = dict(zip(arguments[::2], arguments[1::2], strict=True))
    data = os.path.abspath(options["--data"])  # noqa: PTH100
    lock = os.open(f"{data}/supervisor.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return EXIT_TAKEN
    _become_daemon(data)
    remains = read_remains(f"{data}/supervisor.spool")
    identity = identity_of(data)
    _bury(remains, identity)
    supervisor = Supervisor(
        data,
        identity=identity,
        version=VERSION,
        incarnation=os.urandom(8).hex(),
        remains=remains,
        idle_exit_s=float(options.get("--idle-exit-s", "60")),
    )
    for key, log_path in remains.live.items():
        supervisor.report_lost(key, log_path)
    supervisor.run()
    os.unlink(f"{data}/supervisor.sock")  # noqa: PTH108
    return 0


def _become_daemon(data: str) -> None:
    if os.getsid(0) != os.getpid():
        os.setsid()
    os.chdir("/")
    log = os.open(
        f"{data}/supervisor.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600
    )
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(null)
    os.close(log)
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)  # a terminal's keys are meant for the server
    _become_subreaper()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 1 << 20), hard))
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]


def _become_subreaper() -> None:
    import ctypes  # noqa: PLC0415

    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _bury(remains: Remains, identity: str) -> None:
    """Runs die with their supervisor; make sure of it, strays included, before it is reported."""
    if not remains.live:
        return
    deadline = time.monotonic() + _BURIAL_S
    pause_s = 0.002
    while time.monotonic() < deadline:
        left = tree.marked(remains.live, identity)
        if not left:
            return
        tree.send(left, signal.SIGKILL)
        time.sleep(pause_s)
        pause_s = min(pause_s * 2, 0.1)
    print(f"{len(left)} processes of lost runs can't be ended", flush=True)  # noqa: T201
