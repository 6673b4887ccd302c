"""`runyard.cancelled()`: stop in your own way, within the grace period.

Runs inside user scripts: standard library only, syntax of Python 3.8.
"""

from __future__ import annotations

import signal
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType


class Cancellation:
    """Whether this process was asked to end (SIGTERM: a cancel, a timeout, a shutdown).

    Asking for the first time is what opts in: from then on SIGTERM no longer ends the process, it
    only makes the answer True (and calls the handler that the script had installed before, if
    any). The script then has the task's `grace` (5 s by default) to leave by itself; after that
    it is killed. A script that never asks is ended by SIGTERM at once, as always.

    Python lets only the main thread install a handler, so ask once in the main thread before
    other threads do; before that, they get False and nothing is changed.
    """

    def __init__(self) -> None:
        self._asked = False
        self._installed = False

    def __call__(self) -> bool:
        """True once the run was asked to end."""
        if not self._installed and threading.current_thread() is threading.main_thread():
            self._install()
        return self._asked

    def _install(self) -> None:
        before = signal.getsignal(signal.SIGTERM)

        def note(number: int, frame: FrameType | None) -> None:
            self._asked = True
            if callable(before):
                before(number, frame)

        signal.signal(signal.SIGTERM, note)
        self._installed = True


cancelled = Cancellation()
