"""How figures are taken and told: each line at once, CPU time beside the wall clock.

Where other tenants take half of the processor, a rate says little; what one unit cost in CPU time
says more, and the ratio to a peer that was measured in turns with it says most.
"""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What so many units took: wall seconds, and CPU seconds of all processes that worked."""

    units: int
    wall_s: float
    cpu_s: float

    @property
    def rate(self) -> float:
        return self.units / self.wall_s

    @property
    def cpu_us(self) -> float:
        return self.cpu_s / self.units * 1e6


def tell(what: str, figure: str, *, cpu_us: float | None = None, beside: str = "") -> None:
    """One line, at once."""
    cpu = "" if cpu_us is None else f"{cpu_us:,.0f} us CPU"
    print(f"{what:<40}{figure:>18}{cpu:>18}  {beside}", flush=True)


def measured(work: Callable[[], int], *, cpu: Callable[[], float]) -> Spent:
    """`work` answers how many units it did; `cpu` the CPU seconds spent so far."""
    before, began = cpu(), time.perf_counter()
    units = work()
    return Spent(units=units, wall_s=time.perf_counter() - began, cpu_s=cpu() - before)


def in_turns(rounds: int, *measures: Callable[[], Spent]) -> list[Spent]:
    """Each measure in each round, so that a slow moment hits all; the median round of each."""
    taken = [[measure() for measure in measures] for _ in range(rounds)]
    return [_median(column) for column in zip(*taken, strict=True)]


def _median(spent: Iterable[Spent]) -> Spent:
    every = list(spent)
    return Spent(
        units=every[0].units,
        wall_s=every[0].units / statistics.median(one.rate for one in every),
        cpu_s=statistics.median(one.cpu_us for one in every) * every[0].units / 1e6,
    )


def cpu_of_children() -> float:
    """Of the processes that this one has waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def cpu_of(*pids: int) -> float:
    """Of these processes, what lives below them, and what those have waited for."""
    total = 0.0
    for pid in pids:
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            try:
                total += sum(one.cpu_times()[:4])
            except psutil.Error:
                continue  # it has just ended; its parent has its time, or a reaper of its own
    return total
