"""Looks at the memory of runs with a limit on it: the whole tree, four times a second."""

from __future__ import annotations

from runyard.process import tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from runyard.process.loop import Loop
    from runyard.process.run import Run
    from runyard.process.tree import Process

    Members = Callable[[Run, dict[int, Process]], list[Process]]

_EVERY_S = 0.25


class MemoryWatch:
    """`exceeded(run)` is called once for a run whose processes take more than its limit."""

    def __init__(self, loop: Loop, *, members: Members, exceeded: Callable[[Run], None]) -> None:
        self._loop = loop
        self._members = members
        self._exceeded = exceeded
        self._runs: set[Run] = set()
        self._looking = False

    def add(self, run: Run) -> None:
        self._runs.add(run)
        if not self._looking:
            self._looking = True
            self._loop.call_later(_EVERY_S, self._look)

    def discard(self, run: Run) -> None:
        self._runs.discard(run)

    def _look(self) -> None:
        self._looking = bool(self._runs)
        if not self._looking:
            return
        self._loop.call_later(_EVERY_S, self._look)
        table = tree.look_at_all()
        for run in list(self._runs):
            limit = run.order.memory_bytes
            if run.pid is None or run.main_gone or run.reason is not None or limit is None:
                continue
            used = tree.resident_bytes(self._members(run, table))
            if used > limit:
                run.log.platform_line(f"the memory limit of {limit} bytes was exceeded ({used})")
                self._exceeded(run)
