"""What the supervisor does about mistakes of its own: one run ends, all others go on."""

from __future__ import annotations

import signal
import sys

from runyard.process import tree
from runyard.process.pool import Worker
from runyard.process.run import Run
from runyard.process.zygotes import Zygote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from runyard.process.loop import Loop
    from runyard.process.tree import Process

_AGAIN_S = 0.02


class Containment:
    """Takes the failures of the loop. `over(run, why)`: nothing of a failed run is left."""

    def __init__(
        self,
        loop: Loop,
        *,
        members: Callable[[Run], list[Process]],
        over: Callable[[Run, str], None],
    ) -> None:
        self._loop = loop
        self._members = members
        self._over = over
        loop.on_failure = self.contain

    def contain(self, owner: object, error: Exception) -> None:
        """Note what was raised in the supervisor's log and end what it was about."""
        import traceback  # noqa: PLC0415 - seldom needed, and slow to import

        trace = "".join(traceback.format_exception(error))
        name = getattr(owner, "key", type(owner).__name__)
        print(f"unexpected, for {name}:\n{trace}", file=sys.stderr, flush=True)  # noqa: T201
        if isinstance(owner, Worker):
            process = tree.look(owner.pid) if owner.pid is not None else None
            if process is not None:
                tree.send([process], signal.SIGKILL)
        elif isinstance(owner, Run):
            if not owner.abandoned:
                owner.abandon()
                self._bring_down(owner, f"{type(error).__name__}: {error}")
        elif isinstance(owner, Zygote):
            owner.kill()

    def _bring_down(self, run: Run, why: str) -> None:
        """Kill what there is of the run until its zygote has reaped it and nothing is left."""
        members = self._members(run)
        tree.send(members, signal.SIGKILL)
        zygote = run.zygote
        reaped = zygote is None or zygote.gone or run.key not in zygote.runs
        if members or not reaped:
            self._loop.call_later(_AGAIN_S, lambda: self._bring_down(run, why))
        else:
            self._over(run, why)
