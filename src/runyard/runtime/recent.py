"""Recent runs: the newest state of the runs that changed last, kept for those who ask again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from runyard.domain.runs import Run
from runyard.store import Change, of_known_things

_KEPT = 10_000


class RecentRuns:
    """Always as new as the last commit of this server: every write of a run passes through here.

    Runs that were submitted in bulk are not kept before something happens to them.

    A server that shares its database with others must not use it for what those write.
    """

    def __init__(self) -> None:
        self._runs: OrderedDict[str, Run] = OrderedDict()

    def publish(self, batch: Sequence[Change]) -> None:
        """Called by the store after each commit, in the event loop, before its callers go on."""
        for change in of_known_things(batch):
            run = change.object
            if isinstance(run, Run):
                self._runs[run.id] = run
                self._runs.move_to_end(run.id)
        while len(self._runs) > _KEPT:
            self._runs.popitem(last=False)

    def get(self, run_id: str) -> Run | None:
        return self._runs.get(run_id)
