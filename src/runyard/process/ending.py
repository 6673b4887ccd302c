"""Ends runs: SIGTERM to the whole tree, grace, SIGKILL until nothing is left; only then is it over.

A run whose main process exits by itself passes here as well: what it left running is given a moment
to go, then ended the same way.
"""

from __future__ import annotations

import signal
import time

from runyard.process import tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from runyard.process.loop import Loop
    from runyard.process.run import Run
    from runyard.process.tree import Process

SETTLE_S = 1.0
"""How long helpers of the run (a resource tracker, say) have to notice that it is gone."""
_FIRST_PAUSE_S = 0.003
_LONGEST_PAUSE_S = 0.1


class Endings:
    """`members` looks up the living processes of a run; `finish` is called when there are none."""

    def __init__(
        self, loop: Loop, *, members: Callable[[Run], list[Process]], finish: Callable[[Run], None]
    ) -> None:
        self._loop = loop
        self._members = members
        self._finish = finish

    def stop(self, run: Run, *, reason: str, grace_s: float) -> None:
        """End a run that has a process. The first reason stands; a shorter grace wins."""
        kill_at = time.monotonic() + grace_s
        if run.reason is None and not run.main_gone:
            run.reason = reason
        if run.kill_at is None or kill_at < run.kill_at:
            run.kill_at = kill_at
        run.settle_at = None
        self._sweep_soon(run, pause_s=0.0)

    def main_gone(self, run: Run) -> None:
        """The main process was reaped (or its zygote is gone, and it with that)."""
        run.main_gone = True
        if run.clean:
            self._finish(run)
            return
        if run.kill_at is None and not run.terminated:
            run.settle_at = time.monotonic() + SETTLE_S
        self._sweep_soon(run, pause_s=0.0)

    def spoil(self, run: Run) -> None:
        """The run is done, but its process has to go with all that is left of it, now."""
        if run.kill_at is None:
            run.left_behind = 1
            run.log.platform_line("the run left processes behind; ending what is left")
        run.kill_at = time.monotonic()
        run.terminated = True
        self._sweep_soon(run, pause_s=0.0)

    def _sweep_soon(self, run: Run, *, pause_s: float) -> None:
        if run.sweep_timer is not None:
            run.sweep_timer.cancel()
        run.sweep_pause_s = pause_s
        run.sweep_timer = self._loop.call_later(pause_s, lambda: self._sweep(run), owner=run)

    def _sweep(self, run: Run) -> None:
        members = self._members(run)
        if not members and run.main_gone:
            self._finish(run)
            return
        now = time.monotonic()
        if run.settle_at is not None and now >= run.settle_at:
            self._end_leftovers(run, members, now)
        if run.kill_at is not None and now >= run.kill_at:
            tree.send(members, signal.SIGKILL)
        elif run.kill_at is not None and not run.terminated:
            self._terminate(run, members)
        self._sweep_soon(run, pause_s=self._pause_s(run, now))

    def _end_leftovers(self, run: Run, members: list[Process], now: float) -> None:
        run.settle_at = None
        run.kill_at = now + run.order.grace_s
        run.left_behind = len(members)
        count = "1 process" if len(members) == 1 else f"{len(members)} processes"
        run.log.platform_line(f"the run left {count} behind; ending what is left")

    def _terminate(self, run: Run, members: list[Process]) -> None:
        run.terminated = True
        tree.send(members, signal.SIGTERM)
        tree.send(members, signal.SIGCONT)  # a stopped process can't act on SIGTERM

    def _pause_s(self, run: Run, now: float) -> float:
        pause_s = min(max(run.sweep_pause_s * 1.5, _FIRST_PAUSE_S), _LONGEST_PAUSE_S)
        for moment in (run.settle_at, run.kill_at):
            if moment is not None and moment > now:
                pause_s = min(pause_s, moment - now)
        return pause_s
