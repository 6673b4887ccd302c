"""Signals of the supervisor: children are reaped, SIGTERM ends the runs and then itself."""

from __future__ import annotations

import os
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from runyard.process.loop import Loop


def watch_signals(loop: Loop, *, on_terminate: Callable[[], None]) -> None:
    """From now on handle them in `loop`."""
    read, write = os.pipe()
    os.set_blocking(read, False)
    os.set_blocking(write, False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)

    def signalled(_mask: int) -> None:
        if signal.SIGTERM in os.read(read, 4096):
            on_terminate()
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return

    loop.watch(read, signalled)
