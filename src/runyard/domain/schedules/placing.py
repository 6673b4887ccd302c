"""Places wall-clock times in a time zone: what becomes of those that do not exist or come twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from runyard.domain.schedules.model import Decision, Fire
from runyard.domain.schedules.spec import DstGap, DstRepeat
from runyard.domain.schedules.zones import FIRST, LAST, ZERO, ZERO_UTC, Span, clock_of

_MICROSECOND = timedelta(microseconds=1)
_MARGIN = timedelta(days=2)

Times = Callable[[datetime], Iterator[datetime]]
"""Naive wall-clock times at or after a given one, strictly ascending."""


@dataclass(frozen=True, slots=True)
class Placing:
    """A zone with the policies for its changes.

    `gap` None leaves times in a gap out without a word: an expression that holds in every hour
    goes on as if the gap were not there.
    """

    zone: ZoneInfo
    gap: DstGap | None
    repeat: DstRepeat


def place(times: Times, placing: Placing, moment: datetime) -> Iterator[Fire]:
    """The fires after `moment` (naive UTC), ascending by `at`, which is unique.

    Times in a gap that are shifted become one fire at the first instant after the gap, together
    with a time that is meant for that instant anyway. A skipped time in a gap has no instant of
    its own and borrows one just before the end of the gap: of n skipped ones the k-th stands
    n - k + 1 microseconds before it. The pass of a repeat that does not count stands at its own
    instant.
    """
    moment = min(max(moment, FIRST), LAST)
    clock = clock_of(placing.zone)
    repeated = clock.repeat_around(moment)
    walk = clock.spans(moment if repeated is None else repeated.end - _MICROSECOND)
    span = next(walk)
    quiet = min(span.end_local, span.start_local_after)  # up to here a time is just a time
    begin = moment + span.offset + _MICROSECOND
    stream = times(min(begin, quiet))
    local = next(stream, None)
    if repeated is None:
        zero = ZERO + span.offset
        while local is not None and local < quiet:
            yield Fire(at=ZERO_UTC + (local - zero), local=local)
            local = next(stream, None)
    yield from _through_changes(_Peekable(local, stream), chain((span,), walk), placing, moment)


def place_one(local: datetime, placing: Placing) -> tuple[Fire, ...]:
    """What becomes of a single wall-clock time: one fire, or two of a repeat."""

    def once(start: datetime) -> Iterator[datetime]:
        return iter((local,) if local >= start else ())

    return tuple(place(once, placing, max(local - _MARGIN, FIRST)))


def _through_changes(
    waiting: _Peekable, walk: Iterator[Span], placing: Placing, moment: datetime
) -> Iterator[Fire]:
    after = moment.replace(tzinfo=UTC)
    for span in walk:
        if waiting.done:
            return
        for fire in _of_span(waiting, span, placing):
            if fire.at > after:
                yield fire


class _Peekable:
    """An iterator of times that is read up to a limit."""

    def __init__(self, first: datetime | None, others: Iterator[datetime]) -> None:
        self._next = first
        self._times = others

    @property
    def done(self) -> bool:
        return self._next is None

    def before(self, limit: datetime) -> Iterator[datetime]:
        while self._next is not None and self._next < limit:
            found = self._next
            self._next = next(self._times, None)
            yield found


def _of_span(waiting: _Peekable, span: Span, placing: Placing) -> Iterator[Fire]:
    if span.after < span.offset:
        for local in waiting.before(span.start_local_after):
            yield _fire(local, span.offset)
        yield from _repeated(list(waiting.before(span.end_local)), span, placing)
        return
    for local in waiting.before(span.end_local):
        yield _fire(local, span.offset)
    if span.after > span.offset:
        missing = list(waiting.before(span.start_local_after))
        meant = next(waiting.before(span.start_local_after + _MICROSECOND), None)
        yield from _missing(missing, meant, span, placing)


def _fire(
    local: datetime, offset: timedelta, skipped: Decision | None = None, note: str = ""
) -> Fire:
    at = ZERO_UTC + (local - offset - ZERO)
    return Fire(at=at, local=local, skipped=skipped, note=note)


def _repeated(times: list[datetime], span: Span, placing: Placing) -> Iterator[Fire]:
    passes = (("first", DstRepeat.FIRST, span.offset), ("second", DstRepeat.LAST, span.after))
    for name, counts, offset in passes:
        for local in times:
            twice = f"{_clock(local)} comes twice on {local:%Y-%m-%d} in {placing.zone.key}"
            if placing.repeat is DstRepeat.BOTH:
                yield _fire(local, offset, None, f"{twice}: the {name} time")
            elif placing.repeat is counts:
                yield _fire(local, offset, None, f"{twice}: the {name} time counts")
            else:
                note = f"{twice}: the {name} time does not count"
                yield _fire(local, offset, Decision.DST_REPEAT, note)


def _missing(
    missing: list[datetime], meant: datetime | None, span: Span, placing: Placing
) -> Iterator[Fire]:
    end = span.end.replace(tzinfo=UTC)
    if missing and placing.gap is DstGap.SKIP:
        for number, local in enumerate(missing):
            yield Fire(
                at=end - (len(missing) - number) * _MICROSECOND,
                local=local,
                skipped=Decision.DST_GAP,
                note=f"{_absent([local], span, placing)}: skipped",
            )
    shifted = missing and placing.gap is DstGap.SHIFT
    put_off = f"{_absent(missing, span, placing)}: shifted to {_clock(span.start_local_after)}"
    if meant is not None:
        note = f"stands for {_listed(missing)} too, which does not exist" if shifted else ""
        yield Fire(at=end, local=meant, note=note)
    elif shifted:
        yield Fire(at=end, local=missing[0], note=put_off)


def _absent(times: list[datetime], span: Span, placing: Placing) -> str:
    if not times:
        return ""
    return (
        f"{_listed(times)} does not exist on {times[0]:%Y-%m-%d} in {placing.zone.key} (the clock "
        f"goes from {_stamp(span.end_local, span)} to {_stamp(span.start_local_after, span)})"
    )


def _listed(times: list[datetime]) -> str:
    shown = ", ".join(_clock(time) for time in times[:3])
    return f"{shown} and {len(times) - 3} more" if len(times) > 3 else shown


def _stamp(moment: datetime, span: Span) -> str:
    """With the date where a change leaves out a whole day, as Apia's in 2011."""
    same_day = span.end_local.date() == span.start_local_after.date()
    return _clock(moment) if same_day else f"{moment:%Y-%m-%d} {_clock(moment)}"


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"
