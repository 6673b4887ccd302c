"""The loop of a zygote: takes orders, forks run processes, reaps them, says how they ended.

Loaded by `zygote.py` under any CPython >= 3.8, so it uses only what that has, and only modules that
are built in or small: everything imported here is copied into every run process.
"""

# No pathlib, late imports and an old Python are the point of this file.
# ruff: noqa: PLC0415, PTH123, UP031

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]
import _socket as socket
import ctypes
import gc
import marshal
import os
import select
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

SOCKET_FD = 3
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_MESSAGE_BYTES = 1 << 16
_MANY = 16


def serve() -> tuple[Any, ...] | None:
    """Serve until the supervisor closes its end (None), or in a run process: what it has to do."""
    parent, preload, sys_path = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl(_PR_SET_PDEATHSIG, 9, 0, 0, 0)
    prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
    sys.path[:1] = [entry for entry in sys_path.split(os.pathsep) if entry]
    problems = _preload([name for name in preload.split(",") if name])
    zygote = _Zygote(prctl)
    zygote.report(("hello", os.getpid(), problems))
    gc.collect()
    gc.freeze()
    gc.disable()
    return zygote.run()


def _preload(names: list[str]) -> dict[str, str]:
    """Import modules; `/folder` goes first in `sys.path`, `/folder/x.py` is `x` found there."""
    problems = {}
    for name in names:
        module = name
        if name.startswith("/"):
            folder, _, file = name.rpartition("/") if name.endswith(".py") else (name, "", "")
            if folder not in sys.path:
                sys.path.insert(0, folder)
            module = file[:-3]
        try:
            if module:
                __import__(module)
        except BaseException:  # noqa: BLE001 - whatever a user's module raises is reported
            import traceback

            problems[name] = traceback.format_exc()
    return problems


class _Zygote:
    def __init__(self, prctl: Callable[..., int]) -> None:
        self._prctl = prctl
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, SOCKET_FD)
        os.set_inheritable(SOCKET_FD, False)
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._keys: dict[int, str] = {}
        self._codes = _CodeCache()
        self._environ = _find_environ()
        self._open = True
        self._pid = os.getpid()
        self._children = "/proc/self/task/%d/children" % self._pid

    def run(self) -> tuple[Any, ...] | None:
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        poll = select.poll()
        poll.register(SOCKET_FD, select.POLLIN)
        poll.register(self._wake_read, select.POLLIN)
        while self._open:
            for fd, _ in poll.poll():
                if fd == SOCKET_FD:
                    job = self._take_orders()
                    if job is not None:
                        return job
                else:
                    os.read(self._wake_read, 4096)
            self._reap()
        return None

    def report(self, message: tuple[Any, ...]) -> None:
        try:
            self._socket.send(marshal.dumps(message, 2))
        except OSError:
            self._open = False  # the supervisor is gone; the kernel ends us all

    def _take_orders(self) -> tuple[Any, ...] | None:
        for _ in range(_MANY):
            try:
                data, ancillary, _, _ = self._socket.recvmsg(
                    _MESSAGE_BYTES, socket.CMSG_SPACE(20), socket.MSG_DONTWAIT
                )
            except BlockingIOError:
                return None
            if not data:
                self._open = False
                return None
            fds = _descriptors(ancillary)
            if data == b"\0":  # an order too long for one message
                data = _read_all(fds.pop())
            job = self._start(marshal.loads(data), fds)  # noqa: S302 - from our supervisor
            if job is not None:
                return job
        return None

    def _start(self, order: dict[str, Any], fds: list[int]) -> tuple[Any, ...] | None:
        key = order["key"]
        cached = self._codes.get(order)
        try:
            pid = os.fork()
        except OSError as error:
            self.report(("failed", key, str(error)))
            pid = -1
        if pid == 0:
            self._socket.detach()
            ours = (SOCKET_FD, self._wake_read, self._wake_write)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._prctl(_PR_SET_PDEATHSIG, 9, 0, 0, 0)
            if os.getppid() != self._pid:
                os._exit(1)
            if order["kind"] == "worker":  # so that what a job leaves behind is seen
                self._prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
            gc.enable()
            return order, cached, fds, ours, self._environ
        for fd in fds:
            os.close(fd)
        if pid > 0:
            self._keys[pid] = key
            self.report(("started", key, pid))
        return None

    def _reap(self) -> None:
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            key = self._keys.pop(pid, None)
            if key is not None:
                cpu_s = usage.ru_utime + usage.ru_stime
                clean = self._is_clean(pid)
                self.report(("ended", key, pid, status, cpu_s, usage.ru_maxrss * 1024, clean))

    def _is_clean(self, pid: int) -> bool:
        """Whether nothing can be left of a run: no group, and no orphan of anyone's fell to us."""
        try:
            os.killpg(pid, 0)
            return False
        except ProcessLookupError:
            pass
        except PermissionError:
            return False
        try:
            with open(self._children, "rb", buffering=0) as file:
                children = file.read(1 << 16)
        except OSError:
            return False
        return all(int(child) in self._keys for child in children.split())


class _CodeCache:
    """Code objects by frozen path. The first run of a path compiles in the run process, for the
    compiler might crash on it or warn; from the second on the zygote's own copy is used."""

    def __init__(self) -> None:
        self._codes: dict[str, tuple[Any, bytes] | None] = {}

    def get(self, order: dict[str, Any]) -> tuple[Any, bytes] | None:
        path = order.get("code_path")
        if path is None or order["kind"] != "script":
            return None
        shown = order["path"]
        name = path + "\0" + shown
        if name not in self._codes:
            if len(self._codes) >= 256:
                del self._codes[next(iter(self._codes))]
            self._codes[name] = None
            return None
        known = self._codes[name]
        if known is None and order["compiles"]:
            known = self._codes[name] = _compile(path, shown)
        return known


def _compile(path: str, shown: str) -> tuple[Any, bytes] | None:
    import warnings

    try:
        with open(path, "rb") as file:
            source = file.read()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return compile(source, shown, "exec", dont_inherit=True), source
    except Exception:  # noqa: BLE001 - the run process will meet it again and show it
        return None


def _descriptors(ancillary: list[tuple[int, int, bytes]]) -> list[int]:
    return [
        int.from_bytes(data[at : at + 4], sys.byteorder)
        for level, kind, data in ancillary
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS
        for at in range(0, len(data) - 3, 4)
    ]


def _read_all(fd: int) -> bytes:
    parts: list[bytes] = []
    offset = 0
    while True:
        part = os.pread(fd, 1 << 20, offset)
        if not part:
            os.close(fd)
            return b"".join(parts)
        parts.append(part)
        offset += len(part)


def _find_environ() -> tuple[int, int]:
    """Where the kernel shows our environment (address, length of the marker's value), or (0, 0).

    The supervisor starts a zygote with `RUNYARD_RUN=` and blanks as its very first variable; a run
    process writes its key there, and so do all its forks carry it in /proc/<pid>/environ.
    """
    try:
        with open("/proc/self/stat", "rb") as file:
            stat = file.read()
        with open("/proc/self/environ", "rb") as file:
            environ = file.read()
    except OSError:
        return 0, 0
    start = int(stat[stat.rindex(b")") + 2 :].split()[47])
    entry = environ.split(b"\0", 1)[0]
    if not start or not entry.startswith(b"RUNYARD_RUN="):
        return 0, 0
    return start + len(b"RUNYARD_RUN="), len(entry) - len(b"RUNYARD_RUN=")
