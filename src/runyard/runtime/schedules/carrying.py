"""Carries out what was decided about schedules, once it is committed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from runyard.domain.runs import Run
from runyard.runtime.control import CancelRecord
from runyard.runtime.schedules.settling import Settled


class Carrying:
    """New runs may start, replaced ones are ended.

    A server that dies before leaves nothing undone: the next one takes over stored runs, and
    recorded cancels, as it does all others.
    """

    def __init__(
        self,
        *,
        announce: Callable[[Sequence[Run]], None],
        end: Callable[[CancelRecord], Awaitable[None]],
    ) -> None:
        self._announce = announce
        self._end = end

    async def out(self, settled: Settled) -> None:
        self._announce(settled.runs)
        for record, kill in settled.cancels:
            await self._end(_without_grace(record) if kill else record)


def _without_grace(record: CancelRecord) -> CancelRecord:
    at_once = [replace(run, spec=replace(run.spec, grace=timedelta())) for run in record.running]
    return replace(record, running=at_once)
