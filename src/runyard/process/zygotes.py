"""One zygote as the supervisor sees it: its process, its socket, its unsent orders."""

from __future__ import annotations

import marshal
import os
import signal
import socket
import time

from runyard.process.identity import NAME
from runyard.process.loop import READ, WRITE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    from runyard.process.loop import Loop

    Message: TypeAlias = tuple[Any, ...]
    Recipe: TypeAlias = tuple[str, tuple[str, ...], tuple[str, ...], tuple[tuple[str, str], ...]]

MARKER_ROOM = 96
_PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "zygote.py")  # noqa: PTH100, PTH118, PTH120
_INLINE_BYTES = 60_000
_BUFFER = memoryview(bytearray(1 << 17))
_MOST_FDS = 64  # of one message


class Zygote:
    """A warm interpreter that forks runs.

    `recipe` is (interpreter, preload, extra sys.path, locale).

    `on_report` gets what it says; `on_gone` is called once, when its end of the socket closes.
    """

    def __init__(
        self,
        loop: Loop,
        recipe: Recipe,
        *,
        environ: dict[str, str],
        on_report: Callable[[Zygote, list[Message]], None],
        on_gone: Callable[[Zygote], None],
    ) -> None:
        """Raises OSError if the interpreter cannot be started."""
        self._loop = loop
        self.recipe = recipe
        self._on_report = on_report
        self._on_gone = on_gone
        self.problems: dict[str, str] = {}
        self.ready = False
        self.gone = False
        self.retired = False
        self.runs: set[str] = set()
        self.waiting: list[Callable[[], None]] = []
        self.idle_since = time.monotonic()
        self._orders: list[tuple[bytes, list[int]]] = []
        self._blocked = False
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        self._socket = ours
        try:
            self.pid, self._output = _spawn(recipe, theirs.fileno(), environ)
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        loop.watch(ours.fileno(), self._ready_fd, owner=self)
        loop.watch(self._output, self._copy_output, owner=self)

    def send(self, order: dict[str, Any], fds: list[int]) -> None:
        """Send an order with the next `flush`; its descriptors are closed once they are gone."""
        data = marshal.dumps(order, 2)
        if len(data) > _INLINE_BYTES:
            memory = os.memfd_create("order")
            with os.fdopen(memory, "wb", closefd=False) as file:
                file.write(data)
            fds, data = [*fds, memory], b""
        self._orders.append((data, fds))

    def flush(self) -> None:
        """Send what has gathered, many orders in one message."""
        if self._orders and not self._blocked and not self.gone:
            self._send_pending()

    def end(self) -> None:
        """Let it go: it leaves when its socket closes. Only for one without runs."""
        self._lose()

    def kill(self) -> None:
        """End it and its runs with it."""
        os.kill(self.pid, signal.SIGKILL)  # our own child, and not reaped while its socket is open
        self._lose()

    def _ready_fd(self, mask: int) -> None:
        if mask & WRITE:
            self._loop.change(self._socket.fileno(), READ)
            self._send_pending()
        if mask & READ and not self.gone:
            self._read()

    def _read(self) -> None:
        try:
            count = self._socket.recv_into(_BUFFER)
        except BlockingIOError:
            return
        except OSError:
            count = 0
        if count:
            self._on_report(self, marshal.loads(_BUFFER[:count]))  # noqa: S302 - from our own child
        else:
            self._lose()

    def _send_pending(self) -> None:
        self._blocked = False
        while self._orders and not self.gone:
            count, data, fds = self._next_message()
            try:
                socket.send_fds(self._socket, [data], fds)
            except BlockingIOError:
                self._blocked = True
                self._loop.change(self._socket.fileno(), READ | WRITE)
                return
            except OSError:
                self._lose()
                return
            del self._orders[:count]
            for fd in fds:
                os.close(fd)

    def _next_message(self) -> tuple[int, bytes, list[int]]:
        """(number of orders in it, data, descriptors): as many as the zygote takes at once."""
        data, fds = self._orders[0]
        if not data:
            return 1, b"\0", fds
        count, size, orders, fds = 0, 0, [], []
        for data, own in self._orders:
            size += len(data)
            if not data or (count and (size > _INLINE_BYTES or len(fds) + len(own) > _MOST_FDS)):
                break
            orders.append(data)
            fds += own
            count += 1
        return count, marshal.dumps(orders, 2), fds

    def _lose(self) -> None:
        if self.gone:
            return
        self.gone = True
        self._loop.forget(self._socket.fileno())
        self._socket.close()
        self._copy_output(READ)
        self._loop.forget(self._output)
        os.close(self._output)
        for _, fds in self._orders:
            for fd in fds:
                os.close(fd)
        self._orders = []
        self._on_gone(self)

    def _copy_output(self, _mask: int) -> None:
        """What a preloaded module prints goes to the supervisor's own log."""
        try:
            data = os.read(self._output, 1 << 16)
        except BlockingIOError:
            return
        if data:
            os.write(2, data)
        else:
            self._loop.forget(self._output)


def _spawn(recipe: Recipe, theirs: int, environ: dict[str, str]) -> tuple[int, int]:
    """Start the program; (its pid, the reading end of its standard output and error)."""
    python, preload, sys_path, locale = recipe
    read, write = os.pipe()
    null = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    argv = [python, _PROGRAM, str(os.getpid()), ",".join(preload), os.pathsep.join(sys_path)]
    # The marker comes first and has blanks: the key of each run is written over them. To look up
    # the C library's functions at the start spares every run process from doing it again.
    env = {"RUNYARD_RUN": " " * MARKER_ROOM, **environ, "LD_BIND_NOW": "1", **dict(locale)}
    try:
        pid = os.posix_spawn(
            python,
            argv,
            env,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, null, 0),
                (os.POSIX_SPAWN_DUP2, write, 1),
                (os.POSIX_SPAWN_DUP2, write, 2),
                (os.POSIX_SPAWN_DUP2, theirs, 3),
            ],
            setsid=True,
            setsigmask=[],
            setsigdef=[number for number in signal.valid_signals() if number not in (9, 19)],
        )
    except OSError:
        os.close(read)
        raise
    finally:
        os.close(write)
        os.close(null)
    os.set_blocking(read, False)
    return pid, read


def clean_environ(identity: str) -> dict[str, str]:
    """What zygotes start with: where and who we are, nothing that changes how Python behaves."""
    kept = ("PATH", "HOME", "USER", "LOGNAME", "TZ", "TMPDIR", "SHELL")
    return {NAME: identity} | {name: os.environ[name] for name in kept if name in os.environ}
