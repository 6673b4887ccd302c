"""The loop of a zygote: takes orders, forks run processes, reaps them, says how they ended.

Loaded by `zygote.py` under any CPython >= 3.8, so it uses only what that has, and only modules that
are built in or small: everything imported here is copied into every run process. For the same
reason the usual way through the loop raises no exception: each one writes to many pages of memory.
"""

# No pathlib, late imports and an old Python are the point of this file.
# ruff: noqa: PLC0415, UP031

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]
import _socket as socket
import gc
import marshal
import os
import select
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from runyard.process.preparing import CodeCache, Surroundings

SOCKET_FD = 3
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_MESSAGE_BYTES = 1 << 17
_MOST_FDS = 64


def serve() -> tuple[Any, ...] | None:
    """Serve until the supervisor closes its end (None), or in a run process: what it has to do."""
    parent, preload, sys_path = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    prctl = _foreign("prctl")
    prctl(_PR_SET_PDEATHSIG, 9, 0, 0, 0)
    prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
    sys.path[:1] = [entry for entry in sys_path.split(os.pathsep) if entry]
    zygote = _Zygote(prctl)
    problems = _preload([name for name in preload.split(",") if name])
    return zygote.run(problems)


def _foreign(name: str) -> Callable[..., int]:
    """A function of the C library. Without the module `ctypes`, which every run would carry."""
    try:
        import _ctypes

        address = _ctypes.dlsym(_ctypes.dlopen(None, os.RTLD_NOW), name)  # type: ignore[arg-type]
        call = _ctypes.call_cdeclfunction
    except (ImportError, AttributeError):
        import ctypes

        return getattr(ctypes.CDLL(None), name)  # type: ignore[no-any-return]
    return lambda *arguments: call(address, arguments)


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
        # Our descriptors have neighbouring numbers, so that one call closes them in a run process.
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, SOCKET_FD)
        os.set_inheritable(SOCKET_FD, False)
        self._prctl = prctl
        self._pid = os.getpid()
        self._deaths = _watch_children()
        try:
            path = "/proc/self/task/%d/children" % self._pid
            self._children = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            self._children = -1
        self._surroundings = Surroundings()
        fds = (SOCKET_FD, self._deaths, self._children, self._surroundings.memory)
        self._ours = [fd for fd in fds if fd >= 0]
        self._keys: dict[int, str] = {}
        self._codes = CodeCache()
        self._news: list[tuple[Any, ...]] = []
        self._open = True
        self._buffer = memoryview(bytearray(_MESSAGE_BYTES))

    def run(self, problems: dict[str, str]) -> tuple[Any, ...] | None:
        self._news.append(("hello", self._pid, problems))
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGCHLD,))
        poll = select.poll()
        poll.register(SOCKET_FD, select.POLLIN)
        poll.register(self._deaths, select.POLLIN)
        self._tell()
        gc.disable()
        self._settle()
        while self._open:
            for fd, _ in poll.poll():
                if fd == SOCKET_FD:
                    job = self._take_orders()
                    if job is not None:
                        return job
                else:
                    os.read(self._deaths, 4096)
                    self._reap()
            if self._news:
                self._tell()
        return None

    def _settle(self) -> None:
        """Leave no garbage that run processes would find, and nothing for theirs to look at."""
        gc.collect()
        gc.freeze()
        self._facts = {
            "known": frozenset(sys.modules),
            "full_collections": gc.get_stats()[2]["collections"],
        }

    def _tell(self) -> None:
        news, self._news = self._news, []
        try:
            self._socket.send(marshal.dumps(news, 2))
        except OSError:
            self._open = False  # the supervisor is gone; the kernel ends us all

    def _take_orders(self) -> tuple[Any, ...] | None:
        count, ancillary, _, _ = self._socket.recvmsg_into(
            [self._buffer], socket.CMSG_SPACE(4 * _MOST_FDS)
        )
        if not count:
            self._open = False
            return None
        fds = _descriptors(ancillary)
        data = self._buffer[:count]
        whole = count > 1  # else the order was too long for a message
        orders = marshal.loads(data) if whole else [_read_all(fds.pop())]  # noqa: S302 - ours
        for order in orders:
            job = self._start(marshal.loads(order), fds)  # noqa: S302
            if job is not None:
                return job
        return None

    def _start(self, order: dict[str, Any], fds: list[int]) -> tuple[Any, ...] | None:
        """Fork for one order, which takes its part of the descriptors that came."""
        key = order["key"]
        own, fds[:] = fds[: order["fds"]], fds[order["fds"] :]
        cached, compiled = self._codes.get(order)
        if compiled:
            self._settle()
        changes = self._surroundings.changes(order)
        self._surroundings.mark(key)
        try:
            pid = os.fork()
        except OSError as error:
            self._news.append(("failed", key, str(error)))
            pid = -1
        if pid == 0:
            self._socket.detach()
            signal.pthread_sigmask(signal.SIG_SETMASK, ())
            self._prctl(_PR_SET_PDEATHSIG, 9, 0, 0, 0)
            if os.getppid() != self._pid:
                os._exit(1)
            if order["kind"] == "worker":  # so that what a job leaves behind is seen
                self._prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
            for fd in fds:  # of the orders that come after this one
                os.close(fd)
            gc.enable()
            place = self._surroundings.place
            return order, cached, changes, own, self._ours, self._facts, place
        self._surroundings.mark("")
        for fd in own:
            os.close(fd)
        if pid > 0:
            self._keys[pid] = key
            self._news.append(("started", key, pid))
        return None

    def _reap(self) -> None:
        """Report those that ended. Stops at the last run: orphans are looked for if seen."""
        keys = self._keys
        while keys:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            self._bury(pid, status, usage)
        self._reap_orphans()

    def _bury(self, pid: int, status: int, usage: Any) -> None:
        key = self._keys.pop(pid, None)
        if key is not None:
            cpu_s = usage.ru_utime + usage.ru_stime
            clean = self._is_clean()
            self._news.append(("ended", key, pid, status, cpu_s, usage.ru_maxrss * 1024, clean))

    def _reap_orphans(self) -> None:
        """Reap what no run waits for, if there is any."""
        if self._children >= 0 and not os.pread(self._children, 1, 0):
            return
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._bury(pid, status, usage)

    def _is_clean(self) -> bool:
        """Whether nothing can be left of a run: what it leaves behind becomes a child of ours."""
        if self._children < 0:
            return False
        children = os.pread(self._children, 1 << 16, 0)
        return not children or all(int(child) in self._keys for child in children.split())


def _watch_children() -> int:
    """A descriptor that is readable when a child has died, once that signal is blocked."""
    mask = (1 << signal.SIGCHLD - 1).to_bytes(128, sys.byteorder)
    fd = _foreign("signalfd")(-1, mask, os.O_CLOEXEC | os.O_NONBLOCK)
    if fd < 0:
        raise OSError("no signalfd")
    return fd


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
