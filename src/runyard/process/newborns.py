"""Runs that have just begun: their pipes are looked at only once they have lived for a moment.

Most short runs end before that, and what they wrote is then taken in one go; to watch three pipes
of each would cost more than all else that is done for them. A pipe holds 64 KiB meanwhile.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runyard.process.loop import Loop
    from runyard.process.run import Run

_LOOK_EVERY_S = 0.012


class Newborns:
    """Calls `watch` of each run between one and two periods after it was added."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._young: dict[Run, None] = {}
        self._old: dict[Run, None] = {}
        self._looking = False

    def add(self, run: Run) -> None:
        self._young[run] = None
        if not self._looking:
            self._looking = True
            self._loop.call_later(_LOOK_EVERY_S, self._look)

    def discard(self, run: Run) -> None:
        self._young.pop(run, None)
        self._old.pop(run, None)

    def _look(self) -> None:
        self._looking = False
        grown, self._old, self._young = self._old, self._young, {}
        if self._old:
            self._looking = True
            self._loop.call_later(_LOOK_EVERY_S, self._look)
        for run in grown:
            run.watch()
