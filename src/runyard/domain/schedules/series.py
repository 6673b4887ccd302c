"""The shape of a set of numbers in a cycle (minutes, hours, weekdays): all, steps, or runs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """`runs` are (first, last) with both; a run may go around the end of the cycle.

    `step` is set when the numbers stand at one distance above 1 and are more than three, or `even`:
    it goes on through the whole cycle, so that "every n" is the whole truth.
    """

    values: tuple[int, ...]
    all: bool
    step: int | None
    even: bool
    runs: tuple[tuple[int, int], ...]

    @property
    def only(self) -> int | None:
        """The number when there is just one."""
        return self.values[0] if len(self.values) == 1 else None


def series(values: tuple[int, ...], *, low: int, high: int) -> Series:
    """The shape of `values`, ascending and within `low` to `high`, both with them."""
    size = high - low + 1
    step = _distance(values)
    even = step is not None and len(values) * step == size and values[0] == low
    return Series(
        values=values,
        all=len(values) == size,
        step=step if even or len(values) > 3 else None,
        even=even,
        runs=_runs(values, low=low, high=high),
    )


def _distance(values: tuple[int, ...]) -> int | None:
    distances = {after - before for before, after in pairwise(values)}
    return distances.pop() if len(distances) == 1 and distances != {1} else None


def _runs(values: tuple[int, ...], *, low: int, high: int) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for value in values:
        if found and found[-1][1] == value - 1:
            found[-1] = found[-1][0], value
        else:
            found.append((value, value))
    around = len(found) > 1 and found[0][0] == low and found[-1][1] == high
    if around and found[-1][0] != high:  # 22-3 reads better than 0-3 and 22-23
        last = found.pop()
        found[0] = last[0], found[0][1]
        found.append(found.pop(0))
    return tuple(part for run in found for part in _pairs(run, low=low, high=high))


def _pairs(run: tuple[int, int], *, low: int, high: int) -> tuple[tuple[int, int], ...]:
    """Two numbers that follow each other are no range."""
    first, last = run
    if (last - first) % (high - low + 1) == 1:
        return ((first, first), (last, last))
    return (run,)
