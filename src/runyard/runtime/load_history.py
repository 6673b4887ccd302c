"""The last 24 hours of the machine in memory: a ring of samples, thinned out when it is read."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

EVERY_S = 10
_SAMPLES = 24 * 3600 // EVERY_S
_MOST_POINTS = 360


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSample:
    """Shares in percent; `running` and `waiting` count runs."""

    cpu_percent: float
    memory_percent: float
    disk_percent: float
    running: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPoint:
    """Means of the shares and the most of the counts, over the time up to `at`."""

    at: datetime
    load: LoadSample


class LoadHistory:
    """Moments are those of a clock that never jumps (seconds, also while the machine sleeps)."""

    def __init__(self) -> None:
        self._at = array("d")
        self._shares = array("H")  # tenths of a percent: processor, memory, disk
        self._counts = array("I")  # running, waiting
        self._next = 0

    def add(self, sample: LoadSample, *, at: float) -> None:
        shares = (sample.cpu_percent, sample.memory_percent, sample.disk_percent)
        tenths = array("H", [min(1000, max(0, round(share * 10))) for share in shares])
        counts = array("I", [sample.running, sample.waiting])
        if len(self._at) < _SAMPLES:
            self._at.append(at)
            self._shares.extend(tenths)
            self._counts.extend(counts)
            return
        here = self._next
        self._at[here] = at
        self._shares[3 * here : 3 * here + 3] = tenths
        self._counts[2 * here : 2 * here + 2] = counts
        self._next = (here + 1) % _SAMPLES

    def points(self, *, span_s: float, now: float, wall: datetime) -> list[LoadPoint]:
        """At most 360 points of the last `span_s`, oldest first; `wall` is what `now` is called."""
        samples = -(-span_s // EVERY_S)
        width_s = EVERY_S * max(1, -(-samples // _MOST_POINTS))
        buckets: dict[int, list[int]] = {}
        count = len(self._at)
        for back in range(1, count + 1):
            place = (self._next - back) % count
            at = self._at[place]
            if now - at >= span_s:
                break
            # Buckets stand still while time goes on, so that a chart does not flicker.
            buckets.setdefault(int(at // width_s), []).append(place)
        kept = sorted(buckets.items())[-_MOST_POINTS:]
        return [
            self._point(sorted(places, key=self._at.__getitem__), now=now, wall=wall)
            for _, places in kept
        ]

    def _point(self, places: list[int], *, now: float, wall: datetime) -> LoadPoint:
        def mean(which: int) -> float:
            return round(sum(self._shares[3 * p + which] for p in places) / len(places) / 10, 1)

        newest = self._at[places[-1]]
        return LoadPoint(
            at=(wall - timedelta(seconds=max(0.0, now - newest))).astimezone(UTC),
            load=LoadSample(
                cpu_percent=mean(0),
                memory_percent=mean(1),
                disk_percent=mean(2),
                running=max(self._counts[2 * p] for p in places),
                waiting=max(self._counts[2 * p + 1] for p in places),
            ),
        )
