"""A warm worker of a pool: calls one function after another in one process, one at a time.

Loaded by `zygote.py` under any CPython >= 3.8, beside `child.py`, whose names it sees.
"""

# No pathlib, catching everything and an old Python are the point of this file.
# ruff: noqa: BLE001, PTH123, UP031

from __future__ import annotations

import _socket as socket
import marshal
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from runyard.process.as_main import finish, fresh_main, report_exception
    from runyard.process.child import read_all, take_environment

_MESSAGE_BYTES = 1 << 16


def work(fd: int, place: tuple[int, int]) -> None:
    """Take jobs until the supervisor closes the socket; never returns."""
    os.set_inheritable(fd, False)
    fresh_main(None)
    sys.argv[:] = [""]
    jobs = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, fd)
    children = "/proc/self/task/%d/children" % os.getpid()
    while True:
        data, ancillary, _, _ = jobs.recvmsg(_MESSAGE_BYTES, socket.CMSG_SPACE(4))
        if not data:
            finish(0)
        if ancillary:  # too long for one message
            data = read_all(int.from_bytes(ancillary[0][2][:4], sys.byteorder))
        order = marshal.loads(data)  # noqa: S302 - from our supervisor
        before = os.times()
        status = _perform(order, place)
        after = os.times()
        cpu_s = after.user + after.system - before.user - before.system
        jobs.send(marshal.dumps((order["key"], status, cpu_s, _is_clean(children)), 2))


def _perform(order: dict[str, Any], place: tuple[int, int]) -> int:
    """The exit code of one job, whatever it does short of ending the process."""
    failure: BaseException | None = None
    status = 0
    try:
        take_environment(order, place)
        os.chdir(order["cwd"])
        module, _, qualname = order["target"].partition(":")
        __import__(module)
        target: Any = sys.modules[module]
        for name in qualname.split("."):
            target = getattr(target, name)
        status = int(target(order["launch"]) or 0) & 0xFF
    except BaseException as error:
        failure = error
    if failure is not None:
        status = abs(report_exception(failure)) if not _interrupted(failure) else 130
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            status = 120
    return status


def _interrupted(failure: BaseException) -> bool:
    if isinstance(failure, KeyboardInterrupt):
        report_exception(failure)
        return True
    return False


def _is_clean(children: str) -> bool:
    """Whether the job left no process behind: orphans of ours fall to us."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue
    except ChildProcessError:
        return True
    try:
        with open(children, "rb", buffering=0) as file:
            return not file.read(1)
    except OSError:
        return True
