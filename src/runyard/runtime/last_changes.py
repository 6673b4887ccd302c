"""When a run last changed, for faces whose records say so; a run's row has no such column."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from runyard.domain.runs import Run
from runyard.runtime.clock import Clock
from runyard.store import Change, of_known_things


class LastChanges:
    """Remembers it of live runs with labels; the run itself says it of all that is over.

    After a restart of the server, a live run has last changed when it started, until it reports
    again.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._at: dict[str, datetime] = {}

    def publish(self, batch: Sequence[Change]) -> None:
        """Called by the store after each commit, in the event loop."""
        now = self._clock.now()
        for change in of_known_things(batch):
            run = change.object
            if not isinstance(run, Run) or not run.labels:
                continue
            if run.status.is_final:
                self._at.pop(run.id, None)
            else:
                self._at[run.id] = now

    def of(self, run: Run) -> datetime:
        known = run.finished_at or self._at.get(run.id)
        return known or run.started_at or run.submitted_at
