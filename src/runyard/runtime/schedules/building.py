"""Builds the parts of scheduling and wires them: the facade, the scheduler, what is upcoming."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from runyard.domain.ids import RunIds
from runyard.runtime.catalog import Catalog
from runyard.runtime.clock import Clock
from runyard.runtime.control import Cancellation
from runyard.runtime.schedules.calendars import Calendars
from runyard.runtime.schedules.carrying import Carrying
from runyard.runtime.schedules.editing import Editing
from runyard.runtime.schedules.making import Making
from runyard.runtime.schedules.preparing import BY, Preparing
from runyard.runtime.schedules.scheduler import Scheduler
from runyard.runtime.schedules.schedules import Schedules
from runyard.runtime.schedules.settling import Settling
from runyard.runtime.schedules.steering import Steering
from runyard.runtime.schedules.sync import Sync
from runyard.runtime.schedules.timelines import Timelines
from runyard.runtime.schedules.upcoming import Upcoming
from runyard.runtime.submission import Submission
from runyard.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduling:
    """`calendars.open`, then `scheduler.open`, then `scheduler.run`."""

    schedules: Schedules
    scheduler: Scheduler
    upcoming: Upcoming
    calendars: Calendars

    async def open(self) -> None:
        """Call with the catalog open, and before anything is asked."""
        await self.calendars.open()
        await self.scheduler.open()


def build_scheduling(
    *,
    store: Store,
    clock: Clock,
    ids: RunIds,
    catalog: Catalog,
    submission: Submission,
    cancellation: Cancellation,
    default_zone: str,
    monotonic: Callable[[], float] = time.monotonic,
) -> Scheduling:
    timelines = Timelines(default_zone=default_zone)
    preparing = Preparing(
        timelines=timelines,
        find_task=catalog.known,
        template=lambda request: submission.template(request, by=BY),
    )
    settling = Settling(preparing=preparing, ids=ids)
    editing = Editing(timelines=timelines, preparing=preparing, settling=settling)
    steering = Steering(
        editing=editing,
        settling=settling,
        ids=ids,
        template=lambda request, by: submission.template(request, by=by),
    )
    carrying = Carrying(announce=submission.announce, end=cancellation.carry_out)
    calendars = Calendars(
        store=store, clock=clock, timelines=timelines, editing=editing, carrying=carrying
    )
    sync = Sync(
        store=store,
        clock=clock,
        editing=editing,
        preparing=preparing,
        carrying=carrying,
        all_tasks=catalog.all_known,
    )
    making = Making(clock=clock, timelines=timelines, editing=editing, find_task=catalog.find)
    schedules = Schedules(
        store=store,
        clock=clock,
        timelines=timelines,
        editing=editing,
        making=making,
        steering=steering,
        sync=sync,
        carrying=carrying,
    )
    return Scheduling(
        schedules=schedules,
        scheduler=Scheduler(
            store=store,
            clock=clock,
            preparing=preparing,
            settling=settling,
            sync=sync,
            carrying=carrying,
            monotonic=monotonic,
        ),
        upcoming=Upcoming(pages=schedules.due_page, timeline=timelines.of, clock=clock),
        calendars=calendars,
    )
