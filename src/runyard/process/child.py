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
    cached: tuple[CodeType, bytes, bool] | None,
    changes: tuple[list[tuple[bytes, bytes]], list[str], bool],
    fds: list[int],
    ours: list[int],
    facts: dict[str, Any],
    place: tuple[int, int],
) -> None:
    """Be the run process that `order` describes; never returns."""
    state["pid"] = os.getpid()
    state.update(facts)
    kind = order["kind"]
    jobs = os.dup(fds[3]) if kind == "worker" else -1  # above all that is closed now
    _take_descriptors(fds, ours)
    _change_environment(*changes)
    if order["open_files"] is not None or order["cpu_s"] is not None:
        _take_limits(order)
    try:
        os.chdir(order["cwd"])
    except OSError as error:
        refuse("the working folder can't be entered: %s" % error, 126)
    if kind == "worker":
        work(jobs, place)
    elif kind == "command" or order["exec"]:
        execute(order)
    elif kind == "function":
        run_function(order)
    else:
        sys.argv[:] = [order["path"], *order["argv"]]
        run_script(order["code_path"], order["path"], cached)


def _take_descriptors(fds: list[int], ours: list[int]) -> None:
    """Standard input stays the zygote's: /dev/null."""
    os.setsid()
    os.dup2(fds[0], 1)
    os.dup2(fds[1], 2)
    events = EVENTS_FD
    try:
        os.dup2(fds[2], events)
    except OSError:  # the limit on open files is below that number
        import fcntl

        events = fcntl.fcntl(fds[2], fcntl.F_DUPFD, max(fds) + 1)
    state["events"] = events
    state["events_id"] = os.fstat(events)[1:3]
    first, last = ours[0], fds[-1]
    if last - first == len(ours) + len(fds) - 1:  # nobody else's in between
        os.closerange(first, last + 1)
    else:
        for fd in (*ours, *fds):
            os.close(fd)


def _change_environment(
    changed: list[tuple[bytes, bytes]], removed: list[str], other_zone: bool
) -> None:
    """Make the environment that of the order; without `os.environ[...]`, which costs more."""
    for name in removed:
        del os.environ[name]
    events = b"/proc/%d/fd/%d" % (state["pid"], state["events"])
    data: Any = os.environ._data  # type: ignore[attr-defined]  # noqa: SLF001
    for key, value in (*changed, (b"RUNYARD_EVENTS", events)):
        os.putenv(key, value)
        data[key] = value
    if other_zone:
        time.tzset()


def take_environment(order: dict[str, Any], place: tuple[int, int]) -> None:
    """The environment and the marker of the next job of a worker."""
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
    coerced = os.environ.get("LC_CTYPE")
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
    import resource

    files, cpu_s = order["open_files"], order["cpu_s"]
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
