"""Tells the server that logs have grown: at once after quiet, else at most every 50 ms a run."""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runyard.process.loop import Loop
    from runyard.process.run import Run
    from runyard.process.server_link import ServerLink

_EVERY_S = 0.05


class Hints:
    """Unnumbered `output` events; none is kept for a server that is away or slow."""

    def __init__(self, loop: Loop, link: ServerLink) -> None:
        self._loop = loop
        self._link = link
        self._held: set[Run] = set()  # runs with output that the server was not told of yet

    def output(self, run: Run) -> None:
        """The log of `run` has grown."""
        if run in self._held:
            return
        if time.monotonic() - run.hinted_at >= _EVERY_S:
            self._send(run)
            return
        if not self._held:
            self._loop.call_later(_EVERY_S, self._send_held)
        self._held.add(run)

    def last(self, run: Run) -> None:
        """The run is over and its log closed."""
        if run.log.size != run.hinted_size and run.log.size > run.log.start:
            self._send(run)

    def forget(self, run: Run) -> None:
        self._held.discard(run)

    def _send_held(self) -> None:
        held, self._held = self._held, set()
        for run in held:
            self._send(run)

    def _send(self, run: Run) -> None:
        run.hinted_at = time.monotonic()
        run.hinted_size = run.log.size
        if self._link.connected and not self._link.backlogged:
            self._link.send_with_next(
                b'{"event":"output","key":%b,"size":%d}\n' % (run.key_json, run.log.size)
            )
