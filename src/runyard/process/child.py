"""A run process from its fork to the first line of the user's code, or to the exec of its command.

Loaded by `zygote.py` under any CPython >= 3.8, outside `sys.modules`, and with as few imports as
possible: what is imported here is seen, and paid for, by every run.
"""

# No pathlib, late imports and an old Python are the point of this file.
# ruff: noqa: PLC0415, PTH123, S606, UP031

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

    from runyard.process.as_main import run_function, run_script, send_event, state
    from runyard.process.pool_worker import work

EVENTS_FD = 250


def become(
    order: dict[str, Any],
    cached: tuple[CodeType, bytes] | None,
    fds: list[int],
    ours: tuple[int, ...],
    environ: tuple[int, int],
) -> None:
    """Be the run process that `order` describes; never returns."""
    state["pid"] = os.getpid()
    jobs = fds.pop() if order["kind"] == "worker" else -1
    _take_descriptors(fds, ours)
    take_environment(order, environ)
    _take_limits(order)
    try:
        os.chdir(order["cwd"])
    except OSError as error:
        refuse("the working folder can't be entered: %s" % error, 126)
    kind = order["kind"]
    if kind == "worker":
        work(jobs, environ)
    elif kind == "command" or order["exec"]:
        execute(order)
    elif kind == "function":
        run_function(order)
    else:
        sys.argv[:] = [order["path"], *order["argv"]]
        run_script(order["code_path"], order["path"], cached)


def _take_descriptors(fds: list[int], ours: tuple[int, ...]) -> None:
    os.setsid()
    for fd in ours:
        os.close(fd)
    out, err, events = fds
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(out, 1)
    os.dup2(err, 2)
    import fcntl

    try:
        state["events"] = fcntl.fcntl(events, fcntl.F_DUPFD, EVENTS_FD)
    except OSError:  # the limit on open files is below that number
        state["events"] = fcntl.fcntl(events, fcntl.F_DUPFD, 3)
    state["events_id"] = os.fstat(events)[1:3]
    for fd in (null, out, err, events):
        os.close(fd)


def take_environment(order: dict[str, Any], place: tuple[int, int]) -> None:
    address, room = place
    key = order["key"].encode()
    if room >= len(key):
        try:
            memory = os.open("/proc/self/mem", os.O_WRONLY)
            os.pwrite(memory, key.ljust(room), address)
            os.close(memory)
        except OSError:
            state["unmarked"] = True  # only pure forks of this run are harder to find then
    env = order["env"]
    env["RUNYARD_EVENTS"] = "/proc/%d/fd/%d" % (state["pid"], state["events"])
    forked = order["kind"] != "command" and not order["exec"]
    coerced = os.environ.get("LC_CTYPE") if forked else None
    if coerced and not env.keys() & {"LC_ALL", "LC_CTYPE", "LANG"}:
        env["LC_CTYPE"] = coerced  # python itself set it, for the C locale
    zone = os.environ.get("TZ")
    for name in [name for name in os.environ if name not in env]:
        del os.environ[name]
    for name, value in env.items():
        if os.environ.get(name) != value:
            os.environ[name] = value
    if env.get("TZ") != zone:
        time.tzset()


def _take_limits(order: dict[str, Any]) -> None:
    files, cpu_s = order["open_files"], order["cpu_s"]
    if files is None and cpu_s is None:
        return
    import resource

    if files is not None:
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        if hard != resource.RLIM_INFINITY:
            files = min(files, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    if cpu_s is not None:
        seconds = max(1, int(-(-cpu_s // 1)))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))


def execute(order: dict[str, Any]) -> None:
    """Replace this process by the command, or by a fresh interpreter for the script."""
    if order["kind"] == "command":
        argv = list(order["argv"])
    else:
        argv = [sys.executable, "-u"]
        if not _same_content(order["code_path"], order["path"]):
            argv += [__file__[: -len("child.py")] + "cold.py", order["code_path"]]
        argv += [order["path"], *order["argv"]]
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvpe(argv[0], argv, os.environ)
    except FileNotFoundError:
        refuse("the command %r was not found" % argv[0], 127)
    except (OSError, ValueError) as error:
        refuse("the command %r can't be started: %s" % (argv[0], error), 126)


def refuse(text: str, status: int) -> None:
    """Say why nothing could be started, in the log and as an event, and end."""
    send_event({"type": "error", "error": {"type": "not_startable", "message": text}})
    os.write(2, ("runyard: %s\n" % text).encode(errors="replace"))
    os._exit(status)


def _same_content(one: str, other: str) -> bool:
    try:
        with open(one, "rb") as first, open(other, "rb") as second:
            return first.read() == second.read()
    except OSError:
        return False


def read_all(fd: int) -> bytes:
    """The whole content of a memory file, which is closed."""
    with open(fd, "rb") as file:
        file.seek(0)
        return file.read()
