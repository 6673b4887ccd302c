"""One zygote as the supervisor sees it: its process, its socket, its unsent orders."""

from __future__ import annotations

import marshal
import os
import signal
import socket
import time

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
_REPORT_BYTES = 1 << 16
_REPORTS_A_TURN = 64


class Zygote:
    """A warm interpreter that forks runs.

    `recipe` is (interpreter, preload, extra sys.path, locale).

    `on_report` gets its messages; `on_gone` is called once, when its end of the socket closes.
    """

    def __init__(
        self,
        loop: Loop,
        recipe: Recipe,
        *,
        environ: dict[str, str],
        on_report: Callable[[Zygote, Message], None],
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
        self._unsent: list[tuple[bytes, list[int]]] = []
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
        loop.watch(ours.fileno(), self._ready_fd)
        loop.watch(self._output, self._copy_output)

    def send(self, order: dict[str, Any], fds: list[int]) -> None:
        """Send an order with descriptors, which are closed here once they are on their way."""
        data = marshal.dumps(order, 2)
        if len(data) > _INLINE_BYTES:
            memory = os.memfd_create("order")
            with os.fdopen(memory, "wb", closefd=False) as file:
                file.write(data)
            fds, data = [*fds, memory], b"\0"
        self._unsent.append((data, fds))
        if len(self._unsent) == 1:
            self._send_pending()

    def end(self) -> None:
        """Let it go: it leaves when its socket closes. Only for one without runs."""
        self._lose()

    def _ready_fd(self, mask: int) -> None:
        if mask & WRITE:
            self._send_pending()
        if mask & READ and not self.gone:
            self._read()

    def _read(self) -> None:
        for _ in range(_REPORTS_A_TURN):
            try:
                data = self._socket.recv(_REPORT_BYTES)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self._lose()
                return
            self._on_report(self, marshal.loads(data))  # noqa: S302 - from our own child
            if self.gone:
                return

    def _send_pending(self) -> None:
        while self._unsent and not self.gone:
            data, fds = self._unsent[0]
            try:
                socket.send_fds(self._socket, [data], fds)
            except BlockingIOError:
                self._loop.change(self._socket.fileno(), READ | WRITE)
                return
            except OSError:
                self._lose()
                return
            self._unsent.pop(0)
            for fd in fds:
                os.close(fd)
        if not self.gone:
            self._loop.change(self._socket.fileno(), READ)

    def _lose(self) -> None:
        if self.gone:
            return
        self.gone = True
        self._loop.forget(self._socket.fileno())
        self._socket.close()
        self._copy_output(READ)
        self._loop.forget(self._output)
        os.close(self._output)
        for _, fds in self._unsent:
            for fd in fds:
                os.close(fd)
        self._unsent = []
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
    # The marker comes first and has blanks: each run process writes its key over them.
    env = {"RUNYARD_RUN": " " * MARKER_ROOM, **environ, **dict(locale)}
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


def clean_environ() -> dict[str, str]:
    """What zygotes start with: where and who we are, nothing that changes how Python behaves."""
    kept = ("PATH", "HOME", "USER", "LOGNAME", "TZ", "TMPDIR", "SHELL")
    return {name: os.environ[name] for name in kept if name in os.environ}
