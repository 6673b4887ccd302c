"""What one next fire costs, beside the cron libraries on PyPI: CPU time in one process, in ratios.

`next` is what a scheduler asks for: the first fire after a moment, from nothing but the text, with
the libraries' own caches warm. `walk` goes on from fire to fire. All are in the same zone.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from croniter import croniter
from cronsim import CronSim

from runyard.domain.schedules.spec import ScheduleSpec
from runyard.domain.schedules.timeline import make_timeline

ZONE = ZoneInfo("Europe/Berlin")
MOMENT = datetime(2026, 5, 5, 12, 34, 56, tzinfo=UTC)
LOCAL = MOMENT.astimezone(ZONE)
EXPRESSIONS = ("*/5 * * * *", "0 3 * * *", "30 9 * * 1-5", "0 0 L * *", "15 4 29 2 *")
SPECS = {expression: ScheduleSpec(cron=expression) for expression in EXPRESSIONS}
ROUNDS = 7


def ours(expression: str) -> Iterator[datetime]:
    timeline = make_timeline(
        SPECS[expression], default_zone="Europe/Berlin", anchor=MOMENT, key="a:b", calendar=None
    )
    return (fire.at for fire in timeline.after(MOMENT))


def by_cronsim(expression: str) -> Iterator[datetime]:
    return CronSim(expression, LOCAL)


def by_croniter(expression: str) -> Iterator[datetime]:
    found = croniter(expression, LOCAL, ret_type=datetime)
    return iter(found.get_next, None)


def by_apscheduler(expression: str) -> Iterator[datetime]:
    minute, hour, day, month, weekday = expression.replace("L", "last").split()
    # Its weekdays begin with Monday = 0.
    trigger = CronTrigger(
        minute=minute,
        hour=hour,
        day=day,
        month=month,
        day_of_week="mon-fri" if weekday == "1-5" else weekday,
        timezone=ZONE,
    )
    before: datetime | None = None
    now = LOCAL
    while (fire := trigger.get_next_fire_time(before, now)) is not None:
        yield fire
        before, now = fire, fire


WAYS: dict[str, Callable[[str], Iterator[datetime]]] = {
    "runyard": ours,
    "cronsim": by_cronsim,
    "croniter": by_croniter,
    "apscheduler": by_apscheduler,
}


def cost_us(work: Callable[[], object], count: int) -> float:
    """CPU microseconds of one call: the best of some rounds, since others share the machine."""
    best = float("inf")
    for _ in range(ROUNDS):
        begin = time.process_time()
        for _ in range(count):
            work()
        best = min(best, time.process_time() - begin)
    return best / count * 1e6


def compare(expression: str, count: int) -> None:
    first = {name: next(way(expression)) for name, way in WAYS.items()}
    if len(set(first.values())) != 1:
        print(f"{expression}: they do not agree: {first}")
    nexts = {
        name: cost_us(lambda way=way: next(way(expression)), count) for name, way in WAYS.items()
    }
    walks = {}
    for name, way in WAYS.items():
        steps = 200  # for each year that is new, we look once for the changes of the zone's clock
        walks[name] = cost_us(lambda way=way: list(islice(way(expression), 200)), 3) / steps
    for what, costs in (("next", nexts), ("walk", walks)):
        shown = "  ".join(
            f"{name} {cost:7.1f} us ({cost / costs['runyard']:4.1f}x)"
            for name, cost in costs.items()
        )
        print(f"{expression:<14} {what}: {shown}", flush=True)


def kept_timeline(expression: str, count: int) -> None:
    """A timeline that is kept, as previews and upcoming lists do."""
    timeline = make_timeline(
        ScheduleSpec(cron=expression),
        default_zone="Europe/Berlin",
        anchor=MOMENT,
        key="a:b",
        calendar=None,
    )
    cost = cost_us(lambda: next(timeline.after(MOMENT)), count)
    print(f"{expression:<14} next of a timeline at hand: {cost:.1f} us")


def memory(count: int) -> None:
    gc.collect()
    tracemalloc.start()
    kept = [
        make_timeline(
            ScheduleSpec(cron=f"{n % 60} {n // 60 % 24} * * *"),
            default_zone="Europe/Berlin",
            anchor=MOMENT,
            key=f"task-{n}:default",
            calendar=None,
        )
        for n in range(count)
    ]
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"{len(kept)} timelines of 1,440 expressions: {held / count:.0f} bytes each")


def far_rules(count: int) -> None:
    """A rule that began long ago: dateutil walks from there."""
    text = "DTSTART:20000101T000000 RRULE:FREQ=MINUTELY;INTERVAL=7"
    timeline = make_timeline(
        ScheduleSpec(rrule=text),
        default_zone="UTC",
        anchor=MOMENT,
        key="a:b",
        calendar=None,
    )
    cost = cost_us(lambda: next(timeline.after(MOMENT + timedelta(days=1))), count)
    print(f"rrule every 7 minutes since 2000, next: {cost:.1f} us")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=2000)
    count = options.parse_args().count
    for expression in EXPRESSIONS:
        compare(expression, count)
    for expression in EXPRESSIONS[:2]:
        kept_timeline(expression, count)
    memory(20_000)
    far_rules(count)
    return 0


if __name__ == "__main__":
    sys.exit(main())
