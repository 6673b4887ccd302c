"""Starting now: runs that begin at once or are refused; nothing waits in a line unseen."""

from __future__ import annotations

import asyncio

from runyard.domain.admission import Admission
from runyard.domain.errors import Conflict, Full
from runyard.domain.runs import Run
from runyard.domain.waiting import Reason, WaitCode
from runyard.runtime.control import Cancellation
from runyard.runtime.dispatcher import Dispatcher
from runyard.runtime.recent import RecentRuns
from runyard.runtime.requests import SubmitRequest, Submitted
from runyard.runtime.submission import Submission

_STARTED_WITHIN_S = 5.0
_LOOK_EVERY_S = 0.002


class Starting:
    """One start at a time, so that N that come together never get more places than there are."""

    def __init__(
        self,
        *,
        submission: Submission,
        dispatcher: Dispatcher,
        cancellation: Cancellation,
        admission: Admission,
        recent: RecentRuns,
        max_workers: int,
    ) -> None:
        self._recent = recent
        self._submission = submission
        self._dispatcher = dispatcher
        self._cancellation = cancellation
        self._admission = admission
        self._max_workers = max_workers
        self._one_at_a_time = asyncio.Lock()

    def check_room(self) -> None:
        """Raises `Full` when as many runs are live as may be."""
        live = self._admission.counts().live
        if live >= self._max_workers:
            raise Full(f"{live} runs are live, and no more may be", live=live)

    async def start(self, request: SubmitRequest, *, by: str) -> Submitted:
        """A run that is `running` when this returns.

        Raises `Full` when as many runs are live as may be, then what `submit` raises, and
        `Conflict` when something else holds the run: it is kept as cancelled, with that reason.
        """
        async with self._one_at_a_time:
            self.check_room()
            submitted = await self._submission.submit(request, by=by)
            reason = await self._held_by(submitted.run)
        if reason is None:
            return submitted
        message = f"it can't start now: {reason.message}"
        await self._cancellation.cancel(submitted.run.id, reason=message, by=by)
        raise Conflict(message, run_id=submitted.run.id, reason=reason.code)

    async def _held_by(self, run: Run) -> Reason | None:
        """What keeps it waiting; None once its start is recorded."""
        deadline = asyncio.get_running_loop().time() + _STARTED_WITHIN_S
        while True:
            reason = self._dispatcher.why(run.id)
            if reason is not None and reason.code is not WaitCode.STARTING:
                return reason
            known = self._recent.get(run.id)
            if known is None or not known.status.is_waiting:
                return None
            if asyncio.get_running_loop().time() > deadline:
                return reason
            await asyncio.sleep(_LOOK_EVERY_S)
